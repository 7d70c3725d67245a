"""The alerts as views, and the acts on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorctl.errors import NotFoundError
from floorctl.floor.alerts.listing import AlertViews
from floorctl.floor.alerts.titles import Moment
from floorctl.floor.command_data import without_none
from floorctl.floor.views import Changed
from floorctl.models.alerts import Alert

if TYPE_CHECKING:
    from floorctl.floor.desk import Desk
    from floorctl.floor.events import Event, Events
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.session import Session
    from floorctl.floor.status import Status
    from floorctl.floor.views import AlertView, OutboxItem


class Alerts:
    """Reads alerts and acts on them. The acts raise what ``Desk`` raises."""

    def __init__(
        self, read_model: ReadModel, views: AlertViews, status: Status, session: Session, desk: Desk, events: Events
    ) -> None:
        self._read_model = read_model
        self._views = views
        self._status = status
        self._session = session
        self._desk = desk
        events.subscribe(self._forget)

    def _forget(self, event: Event) -> None:
        if not isinstance(event, Changed):
            return
        self._views.forget(event.ids)
        if event.ids == {"outbox": frozenset()}:  # another process acted, its target is not known here
            self._views.forget({"order": ()})

    def all(self, *, closed: bool = False) -> list[AlertView]:
        """*memory* The alerts that are not closed, in their order (``rules.alerts.urgency``); with ``closed``, all."""
        at = Moment(self._status.now(), self._status.shown_at(), citizens=not self._session.read_only)
        return self._views.at(at, closed=closed)

    def get(self, alert_id: str) -> Alert:
        """*memory* Return the alert with its pending commands.

        Raises:
            NotFoundError: there is none with this id.

        """
        alert = self._read_model.value(Alert, alert_id)
        if alert is None:
            raise NotFoundError("error.no_such_alert", id=alert_id)
        return alert

    def ids(self) -> list[str]:
        """*memory* The ids of all alerts, closed ones too, in no particular order."""
        return list(self._read_model.all(Alert))

    def acknowledge(self, alert_id: str, note: str | None = None) -> OutboxItem:
        """确认 an alert."""
        return self._desk.submit("alert.acknowledge", alert_id, without_none(note=note))

    def step(self, alert_id: str, kind: str, note: str) -> OutboxItem:
        """Mark a step of an alert's escalation as done."""
        return self._desk.submit("alert.step", alert_id, {"step": kind, "note": note})

    def close(self, alert_id: str, note: str) -> OutboxItem:
        """Close an alert; refused while a step is open."""
        return self._desk.submit("alert.close", alert_id, {"note": note})
