"""The ladder of an alert: what has to be done before it can be closed, and by when (the floor's rules)."""

from datetime import datetime, timedelta

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
#: A step that is due this much earlier or later than its ladder says has been moved.
_MOVED = timedelta(seconds=1)
FOLLOW_UP_EVERY = 120 * _MINUTE


def ladder(alert_kind: str, start: datetime) -> tuple[Step, ...]:
    """The steps of an alert of ``alert_kind`` whose clock starts at ``start`` (the dispatch, else the alert itself)."""
    return tuple(Step(kind=kind, due_at=start + after) for kind, after in _LADDERS.get(alert_kind, ()))


def moved_from(alert: Alert, step: Step) -> datetime | None:
    """When a step was due as counted from the alert itself, where it is due at another time now; else None.

    The clock of a special order starts again with its dispatch. A kind without a ladder here has no first limit.
    """
    first = next((each.due_at for each in ladder(alert.kind, alert.raised_at) if each.kind == step.kind), None)
    return first if first is not None and abs(first - step.due_at) > _MOVED else None
