"""The one order in which alerts are listed, which of them is taken up next, and which may take the whole screen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from floorctl.models.alerts import Alert

#: A step that is due within this time wants somebody now; one further off leaves `a` to what nobody has acknowledged.
STEP_SOON = timedelta(minutes=30)
#: Only what has to be answered within this time may take the whole screen, and only for so long after it was raised.
ANSWER_WITHIN = timedelta(minutes=60)
ALARMS_FOR = timedelta(hours=2)
_SEVEREST_FIRST = {"critical": 0, "warning": 1, "notice": 2}


class Shown(Protocol):
    """An alert as a list shows it."""

    @property
    def alert(self) -> Alert:
        """The alert."""


S = TypeVar("S", bound=Shown)


def urgency(alert: Alert) -> tuple[int, float, int, float]:
    """The key that alerts are sorted by, everywhere.

    A running step comes first, by the time that is left (so the most overdue is on top), acknowledged or not. Then what
    nobody has acknowledged by severity and age, the oldest first; then what is acknowledged and wants nothing more, in
    the same way; then what is closed, the newest first.
    """
    severity, raised = _SEVEREST_FIRST.get(alert.severity, len(_SEVEREST_FIRST)), alert.raised_at.timestamp()
    if alert.state == "closed":
        return 3, 0.0, 0, -raised
    if alert.next_step is not None:
        return 0, alert.next_step.due_at.timestamp(), severity, raised
    return 1 if alert.state == "open" else 2, 0.0, severity, raised


def unfinished(alert: Alert) -> bool:
    """Whether it still wants somebody: nobody has acknowledged it, or a step runs. Such a one is never shown dim."""
    return alert.state == "open" or (alert.state != "closed" and alert.next_step is not None)


def next_to_take_up(alerts: Sequence[S], now: datetime, *, may_step: bool = True) -> S | None:
    """The one of ``alerts``, which are in their order, that is taken up next.

    It is the first that nobody has acknowledged or whose step is due soon; where there is none, the first with a step.
    """
    found = next((each for each in alerts if _wants_somebody(each.alert, now, may_step=may_step)), None)
    if found is None and may_step:
        found = next((each for each in alerts if unfinished(each.alert)), None)
    return found


def _wants_somebody(alert: Alert, now: datetime, *, may_step: bool) -> bool:
    step = alert.next_step
    due_soon = may_step and step is not None and step.due_at - now <= STEP_SOON
    return alert.state == "open" or (alert.state != "closed" and due_soon)


def takes_whole_screen(alert: Alert, now: datetime, after: timedelta) -> bool:
    """Whether it may take the whole screen: critical, to be answered within minutes, and ``after`` unacknowledged.

    What happened hours or days ago is a fact, and stands in the lists.
    """
    step = alert.next_step
    return (
        alert.state == "open"
        and alert.severity == "critical"
        and step is not None
        and step.due_at - alert.raised_at <= ANSWER_WITHIN
        and after <= now - alert.raised_at < ALARMS_FOR
    )
