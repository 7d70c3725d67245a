"""The alerts as they are shown, in their order; kept within a second, for several panes ask for them in each."""

from collections.abc import Collection, Mapping

import msgspec

from floorctl.floor.alerts.titles import AlertTitles, Moment
from floorctl.floor.read_model import Picture
from floorctl.floor.views import AlertView
from floorctl.i18n import language
from floorctl.rules.alerts.raising import raised_by_rule
from floorctl.rules.alerts.urgency import urgency
from floorctl.rules.privacy import masked_alert

#: What the words of alerts are made of, besides the alerts and the orders.
_IN_WORDS = ("alert", "queue", "seat", "resource")


class Asked(msgspec.Struct, frozen=True):
    """Which alerts are asked for: with the closed ones, with the numbers in their texts."""

    closed: bool = False
    reveal: bool = False


class _Made(msgspec.Struct, frozen=True):
    """Views, the second that they are of, the language of their words, and what they are made of."""

    second: Moment
    language: str
    made_of: tuple[object, ...]
    views: list[AlertView]

    def still_hold(self, second: Moment, made_of: tuple[object, ...]) -> bool:
        return (
            self.second == second
            and self.language == language()
            and all(one is other for one, other in zip(self.made_of, made_of, strict=True))
        )


class AlertViews:
    """Makes the views of the alerts. Thread-safe: what is kept is replaced as a whole."""

    def __init__(self, picture: Picture, titles: AlertTitles):
        self._picture = picture
        self._titles = titles
        self._kept: dict[Asked, _Made] = {}
        #: Another one with each change.
        self._state = object()

    def forget(self, changed: Mapping[str, Collection[str]]) -> None:
        """These changed (kind → ids, none: any of them): what is kept of them is read again."""
        self._titles.forget(changed)
        self._state = object()

    def at(self, at: Moment, asked: Asked) -> list[AlertView]:
        """The alerts in their order (``alert_order.urgency``)."""
        # Limits are in whole seconds: what is left of them is the same within a second.
        second = msgspec.structs.replace(at, now=at.now.replace(microsecond=0))
        made_of = (self._state, *(self._picture.base(kind) for kind in _IN_WORDS))
        kept = self._kept.get(asked)
        if kept is None or not kept.still_hold(second, made_of):
            kept = _Made(second, language(), made_of, self._made(at, asked))
            self._kept = {**self._kept, asked: kept}
        return list(kept.views)

    def _made(self, at: Moment, asked: Asked) -> list[AlertView]:
        rows = [row for row in self._picture.alerts() if asked.closed or row[2].state != "closed"]
        self._titles.prepare(alert for _, _, alert, _ in rows)
        views = []
        for each, version, alert, pending in rows:
            seen = alert if asked.reveal else masked_alert(alert)
            told, step = self._titles.of(each, seen, at), alert.next_step
            views.append(
                AlertView(
                    id=each,
                    version=version,
                    alert=seen,
                    source="terminal" if raised_by_rule(each) else "platform",
                    next_step=step,
                    next_due_at=step.due_at if step else None,
                    pending=pending,
                    title=told.shown,
                    heading=told.title,
                    told=told,
                    normal=told.normal,
                )
            )
        return sorted(views, key=lambda view: (urgency(view.alert), view.id))
