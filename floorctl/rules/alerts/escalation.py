"""The escalation of an alert: the steps that must be done before it can be closed, and by when (the floor's rules)."""

from datetime import datetime, timedelta
from typing import Literal

from floorctl.models.alerts import Alert, Step

_MINUTE = timedelta(minutes=1)
#: Alert kind → (step, time after the start). Phone and report first; the follow-up comes round every two hours.
_LADDERS: dict[str, tuple[tuple[str, timedelta], ...]] = {
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
#: A step that is due this much earlier or later than its escalation says has been moved.
_MOVED = timedelta(seconds=1)
#: How the time of a step stands: ``due`` with time left, ``due_soon`` at most five minutes before its limit, ``late``.
Lamp = Literal["due", "due_soon", "late"]
#: A third of the shortest limit of a step, as the dispatch clock warns in the last of its three hours; and as long as a
#: critical alert may stand unacknowledged.
DUE_SOON = 5 * _MINUTE


def lamp(due_at: datetime, now: datetime) -> Lamp:
    """Return how a step that is due at ``due_at`` stands at ``now``; exactly at its limit it is not late yet."""
    left = due_at - now
    return "late" if left < timedelta(0) else "due_soon" if left <= DUE_SOON else "due"


def escalation_steps(alert_kind: str, start: datetime) -> tuple[Step, ...]:
    """The steps of an alert of ``alert_kind`` whose clock starts at ``start`` (the dispatch, else the alert itself)."""
    return tuple(Step(kind=kind, due_at=start + after) for kind, after in _LADDERS.get(alert_kind, ()))


def moved_from(alert: Alert, step: Step) -> datetime | None:
    """When a step was due as counted from the alert itself, where it is due at another time now; else None.

    The clock of a special order starts again with its dispatch. A kind without steps here has no first limit.
    """
    first = next(
        (each.due_at for each in escalation_steps(alert.kind, alert.raised_at) if each.kind == step.kind), None
    )
    return first if first is not None and abs(first - step.due_at) > _MOVED else None
