"""The ladder of an alert: what has to be done before it can be closed, and by when (the floor's rules)."""

from datetime import datetime, timedelta

from floorctl.models.alerts import Step

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
FOLLOW_UP_EVERY = 120 * _MINUTE


def ladder(alert_kind: str, start: datetime) -> tuple[Step, ...]:
    """The steps of an alert of ``alert_kind`` whose clock starts at ``start`` (the dispatch, else the alert itself)."""
    return tuple(Step(kind=kind, due_at=start + after) for kind, after in _LADDERS.get(alert_kind, ()))
