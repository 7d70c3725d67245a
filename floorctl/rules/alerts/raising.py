"""Alerts raised here: the floor's rules run on what is cached, so that they work in an outage too.

Every terminal that sees the same thing arrives at the same id (``rule:subject:day``), so that the alert stands once.
The functions are pure: ``evaluate`` says what to raise and what to clear, ``remember`` what to give it the next time.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import msgspec

from floorctl.models.alerts import Alert
from floorctl.models.base import Ref
from floorctl.rules.alerts import conditions_floor, conditions_orders
from floorctl.rules.alerts.conditions import AlertInputs, Condition, Memory, Phrase, Thresholds, Usage, WatchedOrder
from floorctl.rules.alerts.escalation import escalation_steps

__all__ = [
    "COMES_BACK_WITHIN",
    "AlertInputs",
    "Clear",
    "Memory",
    "Raise",
    "Thresholds",
    "Usage",
    "WatchedOrder",
    "alert_id",
    "escalation_steps",
    "evaluate",
    "remember",
]  # fmt: skip

#: An alert that comes back within this time is the same one: it is only closed when it has been gone for so long.
COMES_BACK_WITHIN = timedelta(minutes=10)
_ID = re.compile(r"(?s)(?P<about>.+:.+):(?P<day>\d{4}-\d{2}-\d{2})(?::(?P<time>\d+))?")
_SEVEREST_FIRST = {"critical": 0, "warning": 1, "notice": 2}


class Raise(msgspec.Struct, frozen=True, kw_only=True):
    """An alert to raise: the data of its alert.raise, its title and detail as codes."""

    id: str
    kind: str
    severity: str
    title: Phrase
    detail: Phrase | None
    subject: Ref
    raised_at: datetime


class Clear(msgspec.Struct, frozen=True, kw_only=True):
    """An alert whose condition is gone, and the note that closes it."""

    id: str
    note: Phrase


def alert_id(rule: str, subject_id: str, day: date, time: int = 1) -> str:
    """``rule:subject:day``; what comes back later on the day, after it was closed, gets a number behind it."""
    first = f"{rule}:{subject_id}:{day.isoformat()}"
    return first if time <= 1 else f"{first}:{time}"


def raised_by_rule(id_: str) -> bool:
    """Whether a terminal's rule raised the alert with this id; special orders are the platform's to raise first."""
    return _ID.fullmatch(id_) is not None and not id_.startswith("special_")


def evaluate(inputs: AlertInputs) -> list[Raise | Clear]:
    """What to raise (severest first) and what to clear now; nothing where all stands as it should."""
    standing = _by_subject(inputs.alerts)
    acts: list[Raise | Clear] = []
    for condition in _conditions(inputs):
        known = standing.get(condition.about, [])
        open_ids = [id_ for id_, alert in known if alert.state != "closed"]
        if open_ids:
            if not condition.holds and _gone_for_good(inputs, condition):
                key = "rules.alert.escalated" if condition.superseded else "rules.alert.cleared"
                acts += [Clear(id=id_, note=Phrase(key)) for id_ in open_ids if inputs.alerts[id_].next_step is None]
        elif condition.rises and (time := _which_time(inputs, condition, known)) is not None:
            acts.append(_raise(inputs, condition, time))
    return sorted(acts, key=_order)


def remember(inputs: AlertInputs) -> Memory:
    """What to hand to the next evaluation."""
    waiting = {
        key: inputs.memory.waiting_since.get(key, inputs.now)
        for key, too_many in conditions_floor.waiting_levels(inputs)
        if too_many
    }
    busy = {
        queue_id: inputs.memory.busy_since.get(queue_id, inputs.now)
        for queue_id in conditions_floor.queues_without_idle(inputs)
    }
    standing = _by_subject(inputs.alerts)
    quiet = {
        condition.about: inputs.memory.quiet_since.get(condition.about, inputs.now)
        for condition in _conditions(inputs)
        if condition.about in standing and not condition.holds
    }
    return Memory(waiting_since=waiting, busy_since=busy, quiet_since=quiet)


def _conditions(inputs: AlertInputs) -> Iterator[Condition]:
    yield from conditions_orders.conditions(inputs)
    yield from conditions_floor.conditions(inputs)


def _by_subject(alerts: Mapping[str, Alert]) -> dict[str, list[tuple[str, Alert]]]:
    """The alerts that rules raised, by ``rule:subject``: one of yesterday that still stands is the same one."""
    grouped: dict[str, list[tuple[str, Alert]]] = {}
    for id_, alert in alerts.items():
        if found := _ID.fullmatch(id_):
            grouped.setdefault(found["about"], []).append((id_, alert))
    return grouped


def _gone_for_good(inputs: AlertInputs, condition: Condition) -> bool:
    if condition.superseded or not condition.patient:
        return True
    since = inputs.memory.quiet_since.get(condition.about)
    return since is not None and inputs.now - since >= COMES_BACK_WITHIN


def _which_time(inputs: AlertInputs, condition: Condition, known: list[tuple[str, Alert]]) -> int | None:
    """The occurrence of the day that this would be; None where it is not to be raised (again)."""
    first = alert_id(condition.rule, condition.subject.id, condition.day)
    before = sum(1 for id_, _ in known if id_ == first or id_.startswith(f"{first}:"))
    if before == 0:
        # Of an event before the days that are known, nobody can tell whether its alert was closed.
        known_since = inputs.known_since or inputs.today
        return None if condition.once and condition.day < known_since else 1
    if condition.once:
        return None
    # Someone closed it while the condition stood: it only comes back after the condition was gone for a while.
    since = inputs.memory.quiet_since.get(condition.about)
    if since is None or inputs.now - since < COMES_BACK_WITHIN:
        return None
    return before + 1


def _raise(inputs: AlertInputs, condition: Condition, time: int) -> Raise:
    title, detail = condition.text()
    return Raise(
        id=alert_id(condition.rule, condition.subject.id, condition.day, time),
        kind=condition.kind,
        severity=condition.severity,
        title=title,
        detail=detail,
        subject=condition.subject,
        raised_at=inputs.now,
    )


def _order(act: Raise | Clear) -> int:
    return -1 if isinstance(act, Clear) else _SEVEREST_FIRST.get(act.severity, 3)
