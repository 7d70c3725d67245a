"""Adherence 排班遵循度: the share of a shift that a person spends in the planned state (the floor's rules)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from floorctl.models.floor import HANDLING, READY
from floorctl.models.team import Shift

WORK = "work"


def planned(shift: Shift, at: datetime) -> str | None:
    """Return what ``shift`` plans at ``at``: work, or a kind of break (a cancelled one is work); None outside."""
    if not shift.starts_at <= at < shift.ends_at:
        return None
    for pause in shift.pauses:
        if not pause.cancelled and pause.starts_at <= at < pause.ends_at:
            return pause.kind
    return WORK


def as_planned(state: str, plan: str) -> bool:
    """Return whether a seat's ``state`` matches the plan; a call that runs into a break counts as matching."""
    if plan == WORK:
        return state == READY or state in HANDLING
    return state == plan or state in HANDLING


def adherence(
    shift: Shift, states: Iterable[tuple[str, datetime, datetime]], until: datetime | None = None
) -> Fraction | None:
    """Return time in the planned state ÷ planned time, up to ``until``; None before the shift began.

    ``states``: the states of the person's seat as (state, from, to).
    """
    end = shift.ends_at if until is None else min(until, shift.ends_at)
    if end <= shift.starts_at:
        return None
    kept = timedelta(0)
    edges = sorted({shift.starts_at, end, *(at for each in shift.pauses for at in (each.starts_at, each.ends_at))})
    for state, since, to in states:
        for start, stop in pairwise(edges):
            plan = planned(shift, start)
            if plan is not None and as_planned(state, plan):
                kept += max(timedelta(0), min(stop, to, end) - max(start, since))
    return Fraction(kept // timedelta(microseconds=1), (end - shift.starts_at) // timedelta(microseconds=1))
