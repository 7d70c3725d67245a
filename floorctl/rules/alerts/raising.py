"""Raising and clearing alerts: the floor's rules run on the cache, so they work during an outage too.

Every terminal computes the same id (``rule:subject:day``) for the same alert, so that it exists once. The functions are
pure: ``evaluate`` returns what to raise and clear, ``remember`` the memory for the next evaluation.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import msgspec

from floorctl.models.alerts import Alert
from floorctl.models.base import Ref
from floorctl.rules.alerts import conditions_floor, conditions_hot_spots, conditions_orders
from floorctl.rules.alerts.conditions import AlertInputs, Condition, Memory, Phrase
from floorctl.rules.alerts.urgency import severity_rank

#: An alert is cleared only after its condition has not held for this long; within it a recurrence is the same alert.
COMES_BACK_WITHIN = timedelta(minutes=10)
_ID = re.compile(r"(?s)(?P<about>.+:.+):(?P<day>\d{4}-\d{2}-\d{2})(?::(?P<time>\d+))?")


class Raise(msgspec.Struct, frozen=True, kw_only=True):
    """An alert to raise: the data of its alert.raise, with title and detail as phrases."""

    id: str
    kind: str
    severity: str
    title: Phrase
    detail: Phrase | None
    subject: Ref
    raised_at: datetime


class Clear(msgspec.Struct, frozen=True, kw_only=True):
    """An alert to close because its condition no longer holds, and the note of its alert.close."""

    id: str
    note: Phrase


def alert_id(rule: str, subject_id: str, day: date, time: int = 1) -> str:
    """Return ``rule:subject:day``; the second and later occurrences of a day get their number (``time``) appended."""
    first = f"{rule}:{subject_id}:{day.isoformat()}"
    return first if time <= 1 else f"{first}:{time}"


def raised_by_rule(id_: str) -> bool:
    """Return whether a rule raised the alert with this id; not for special orders, which the platform raises first."""
    return _ID.fullmatch(id_) is not None and not id_.startswith("special_")


def evaluate(inputs: AlertInputs) -> list[Raise | Clear]:
    """Return what to raise and what to clear now: clears first, then raises, the severest first."""
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
    """Return the memory for the next evaluation."""
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
    yield from conditions_hot_spots.conditions(inputs)


def _by_subject(alerts: Mapping[str, Alert]) -> dict[str, list[tuple[str, Alert]]]:
    """Return the alerts that rules raised, by ``rule:subject``; yesterday's alert of a subject is included."""
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
    """Return which occurrence of the day this would be; None if it is not to be raised (again)."""
    first = alert_id(condition.rule, condition.named, condition.day)
    before = sum(1 for id_, _ in known if id_ == first or id_.startswith(f"{first}:"))
    if before == 0:
        # The alerts of events before ``known_since`` are not loaded: one may have been closed already.
        known_since = inputs.known_since or inputs.today
        return None if condition.once and condition.day < known_since else 1
    if condition.once:
        return None
    # A person closed it while the condition held: raise it again only after the condition was gone for a while.
    since = inputs.memory.quiet_since.get(condition.about)
    if since is None or inputs.now - since < COMES_BACK_WITHIN:
        return None
    return before + 1


def _raise(inputs: AlertInputs, condition: Condition, time: int) -> Raise:
    title, detail = condition.text()
    return Raise(
        id=alert_id(condition.rule, condition.named, condition.day, time),
        kind=condition.kind,
        severity=condition.severity,
        title=title,
        detail=detail,
        subject=condition.subject,
        raised_at=inputs.now,
    )


def _order(act: Raise | Clear) -> tuple[bool, int]:
    return (False, 0) if isinstance(act, Clear) else (True, severity_rank(act.severity))
