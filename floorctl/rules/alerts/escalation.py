"""The escalation of an alert: which steps must be done before it can be closed, and by when (the floor's rules)."""

from datetime import datetime, timedelta
from typing import Literal

from floorctl.models.alerts import Alert, Step

_MINUTE = timedelta(minutes=1)
#: Alert kind → (step, time after the start). Phone and report first; a follow-up every two hours.
_STEPS: dict[str, tuple[tuple[str, timedelta], ...]] = {
    "special_urgent_order": (
        ("phone_department", 15 * _MINUTE),
        ("report_purchaser", 15 * _MINUTE),
        ("follow_up", 120 * _MINUTE),
    ),
    "special_order": (
        ("phone_department", 60 * _MINUTE),
        ("report_purchaser", 60 * _MINUTE),
        ("follow_up", 120 * _MINUTE),
    ),
}
#: A step whose due time differs by more than this from its escalation has been moved.
_MOVED = timedelta(seconds=1)
#: State of a step's clock: ``due``, ``due_soon`` (at most five minutes left) or ``late``.
Lamp = Literal["due", "due_soon", "late"]
#: A third of the shortest limit of a step, as the dispatch clock warns in the last of its three hours. Also the default
#: time that a critical alert may stay unacknowledged.
DUE_SOON = 5 * _MINUTE


def lamp(due_at: datetime, now: datetime) -> Lamp:
    """Return the state at ``now`` of a step due at ``due_at``; a step is not late exactly at its limit."""
    left = due_at - now
    return "late" if left < timedelta(0) else "due_soon" if left <= DUE_SOON else "due"


def escalation_steps(alert_kind: str, start: datetime) -> tuple[Step, ...]:
    """Return the steps of an alert whose clock starts at ``start`` (of the dispatch, else of the alert)."""
    return tuple(Step(kind=kind, due_at=start + after) for kind, after in _STEPS.get(alert_kind, ()))


def moved_from(alert: Alert, step: Step) -> datetime | None:
    """Return the step's original due time, counted from the alert, if it has been moved; else None.

    The clock of a special order restarts with its dispatch. None too for a kind without escalation steps here.
    """
    first = next(
        (each.due_at for each in escalation_steps(alert.kind, alert.raised_at) if each.kind == step.kind), None
    )
    return first if first is not None and abs(first - step.due_at) > _MOVED else None
