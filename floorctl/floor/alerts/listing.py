"""The alerts' views in their order; kept for a second, since several panes read them in each."""

from collections.abc import Callable, Collection, Mapping
from functools import partial

import msgspec

from floorctl.floor.alerts.titles import AlertTitles, Moment
from floorctl.floor.read_model import ReadModel
from floorctl.floor.views import AlertView
from floorctl.i18n import language
from floorctl.models.alerts import Alert
from floorctl.models.base import Held, Ref
from floorctl.models.floor import Queue, Resource, Seat
from floorctl.models.masked import Masked
from floorctl.rules.alerts.raising import raised_by_rule
from floorctl.rules.alerts.urgency import urgency
from floorctl.rules.privacy import masked
from floorctl.text.alert_text import AlertText

#: The kinds, besides orders, from which the alerts' texts are made.
_IN_WORDS = (Alert, Queue, Seat, Resource)


class _Made(msgspec.Struct, frozen=True):
    """Views, the second and the language that they are for, and the entities that they are made from."""

    second: Moment
    language: str
    made_of: tuple[object, ...]
    views: list[AlertView]

    def still_hold(self, second: Moment, made_of: tuple[object, ...]) -> bool:
        return self.second == second and self.language == language() and self.made_of == made_of


class AlertViews:
    """Makes the alerts' views. Thread-safe: what is kept is replaced as a whole."""

    def __init__(self, read_model: ReadModel, titles: AlertTitles):
        self._read_model = read_model
        self._titles = titles
        self._kept: dict[bool, _Made] = {}
        #: Replaced with each change, to be compared by identity.
        self._state = object()

    def forget(self, changed: Mapping[str, Collection[str]]) -> None:
        """Drop what is kept of these entities (kind → ids, no ids: all of the kind)."""
        self._titles.forget(changed)
        self._state = object()

    def at(self, at: Moment, *, closed: bool) -> list[AlertView]:
        """The views of alerts not closed, in their order (``rules.alerts.urgency``); with ``closed``, of all alerts."""
        # Limits are in whole seconds, so the time left is constant within a second.
        second = msgspec.structs.replace(at, now=at.now.replace(microsecond=0))
        made_of = (self._state, *(self._read_model.all(entity) for entity in _IN_WORDS))
        kept = self._kept.get(closed)
        if kept is None or not kept.still_hold(second, made_of):
            kept = _Made(second, language(), made_of, self._made(at, closed=closed))
            self._kept = {**self._kept, closed: kept}
        return list(kept.views)

    def _made(self, at: Moment, *, closed: bool) -> list[AlertView]:
        alerts = self._read_model.all(Alert).values()
        shown = [held for held in alerts if closed or held.value.state != "closed"]
        self._titles.prepare(held.value for held in shown)
        # Masking a record takes as long as the rest of its view, and most alerts rarely change.
        records = {view.id: view.record for kept in self._kept.values() for view in kept.views}
        views = []
        for held in shown:
            record = records.get(held.id)
            if record is None or not record.holds(held.value):
                record = Masked(held.value, masked, Ref("alert", held.id), confidential=self._confidential(held))
            text, step = self._titles.of(held.id, record.shown, at), record.shown.next_step
            views.append(
                AlertView(
                    id=held.id,
                    version=held.version,
                    record=record,
                    source="terminal" if raised_by_rule(held.id) else "platform",
                    next_step=step,
                    next_due_at=step.due_at if step else None,
                    pending=held.pending,
                    title=text.shown,
                    heading=text.title,
                    text=text,
                    words=self._words(held, record, text, at),
                    normal=text.normal,
                )
            )
        return sorted(views, key=lambda view: (urgency(view.alert), view.id))

    def _words(self, held: Held[Alert], record: Masked[Alert], text: AlertText, at: Moment) -> Masked[str]:
        """The alert's title as a masked text; ``text`` is its masked form."""
        plain = text if record.shown is held.value else self._titles.of(held.id, held.value, at)
        confidential = self._confidential(held)
        return Masked(plain.shown, lambda _: text.shown, Ref("alert", held.id), confidential=confidential)

    def _confidential(self, held: Held[Alert]) -> Callable[[], bool]:
        return partial(self._read_model.confidential, held.value.subject.kind, held.value.subject.id)
