"""The list order of alerts, which one is handled next, and which may take the whole screen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from floorctl.models.alerts import SEVERITIES, Alert

#: A step due within this time comes first for the key `a`; with a later one, unacknowledged alerts come first.
STEP_SOON = timedelta(minutes=30)
#: Only alerts whose step is due within ``ANSWER_WITHIN`` of being raised take the whole screen, until they are
#: ``ALARMS_FOR`` old.
ANSWER_WITHIN = timedelta(minutes=60)
ALARMS_FOR = timedelta(hours=2)


class Shown(Protocol):
    """A row that contains an alert."""

    @property
    def alert(self) -> Alert:
        """The row's alert."""


S = TypeVar("S", bound=Shown)


def severity_rank(severity: str) -> int:
    """Return the sort key of a severity: the severest first, one unknown to this release last."""
    return -SEVERITIES.index(severity) if severity in SEVERITIES else 1


def urgency(alert: Alert) -> tuple[int, float, int, float]:
    """Return the sort key of alerts, used by every list.

    First alerts with an open step, by its due time (the most overdue on top), acknowledged or not; then unacknowledged
    ones by severity and age, the oldest first; then acknowledged ones without an open step, in the same order; then
    closed ones, the newest first.
    """
    severity, raised = severity_rank(alert.severity), alert.raised_at.timestamp()
    if alert.state == "closed":
        return 3, 0.0, 0, -raised
    if alert.next_step is not None:
        return 0, alert.next_step.due_at.timestamp(), severity, raised
    return 1 if alert.state == "open" else 2, 0.0, severity, raised


def unfinished(alert: Alert) -> bool:
    """Return whether the alert still needs a person (unacknowledged, or an open step); such alerts are never dim."""
    return alert.state == "open" or (alert.state != "closed" and alert.next_step is not None)


def next_to_take_up(alerts: Sequence[S], now: datetime, *, may_step: bool = True) -> S | None:
    """Return which of ``alerts``, sorted by ``urgency``, is handled next.

    It is the first that is unacknowledged or has a step due soon; without one, the first with an open step.
    ``may_step``: whether the person may do steps.
    """
    row = next((candidate for candidate in alerts if _wants_somebody(candidate.alert, now, may_step=may_step)), None)
    if row is None and may_step:
        row = next((candidate for candidate in alerts if unfinished(candidate.alert)), None)
    return row


def _wants_somebody(alert: Alert, now: datetime, *, may_step: bool) -> bool:
    step = alert.next_step
    due_soon = may_step and step is not None and step.due_at - now <= STEP_SOON
    return alert.state == "open" or (alert.state != "closed" and due_soon)


def takes_whole_screen(alert: Alert, now: datetime, after: timedelta) -> bool:
    """Return whether a critical alert takes the whole screen: to be answered within an hour, ``after`` unacknowledged.

    Older alerts are shown in the lists only.
    """
    step = alert.next_step
    return (
        alert.state == "open"
        and alert.severity == "critical"
        and step is not None
        and step.due_at - alert.raised_at <= ANSWER_WITHIN
        and after <= now - alert.raised_at < ALARMS_FOR
    )
