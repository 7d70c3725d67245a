"""Runs the alert rules on what this terminal's cache holds and writes their results to the journal."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from floorctl.errors import FloorctlError
from floorctl.floor.alerts.order_turns import OrderTurns
from floorctl.i18n import t
from floorctl.models.alerts import Alert
from floorctl.models.base import Entity, Ref
from floorctl.models.floor import Interval, Queue, Resource, Seat
from floorctl.models.orders import Order
from floorctl.rules.alerts.conditions import AlertInputs, HotSpot, Memory, Thresholds, Usage
from floorctl.rules.alerts.raising import Clear, Raise, evaluate, remember
from floorctl.rules.commands.capability import alert_capability
from floorctl.sync.pace import USUAL, Pace
from floorctl.text import hot_spots
from floorctl.text.phrases import phrase

if TYPE_CHECKING:
    from floorctl.config import Config
    from floorctl.floor.audit import Audit
    from floorctl.floor.desk import Desk
    from floorctl.floor.events import Events
    from floorctl.floor.hot_spots.reads import HotSpotReads
    from floorctl.floor.hot_spots.views import HotSpotView
    from floorctl.floor.orders import Orders
    from floorctl.floor.quality.reads import Quality
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.session import Session
    from floorctl.floor.staffing import Staffing
    from floorctl.floor.status import Status

E = TypeVar("E", bound=Entity)

log = logging.getLogger(__name__)

#: The most alerts raised in one run, the severest first, so that they stay readable; the rest follow in the next.
_MOST_AT_ONCE = 20
#: The prefix of ids of alerts about double scores.
_DOUBLE_SCORE = "contested_score"
#: Seconds after the start before the threshold of hot spots is fitted, which takes a second of a core.
_FIT_AFTER = 60.0
#: The most numbers of orders that an alert about a hot spot lists.
_MOST_LISTED = 40
#: The text for a terminal without a name.
_NAMELESS = "—"


class Verified:
    """Whether the audit trail verifies. It is verified at the start, and then every ten minutes if it has grown."""

    def __init__(self, audit: Audit, pace: Pace = USUAL) -> None:
        self._audit = audit
        self._pace = pace
        self._known: bool | None = None
        self._next_at = 0.0
        self._entries = -1

    def verifies(self) -> bool:
        """Verify the trail if it is due; return the latest result. For a worker thread."""
        if self._pace.now() >= self._next_at:
            self._next_at = self._pace.now() + self._pace.verify_every
            _, entries = self._audit.trail(limit=0, sending=True)
            if entries != self._entries:
                self._entries = entries
                self._known = self._audit.verify().flaw is None
        return self._known is not False


class Watch:
    """Runs the rules on the read model, pending commands included, and submits the resulting commands."""

    def __init__(
        self,
        config: Config,
        read_model: ReadModel,
        *,
        status: Status,
        session: Session,
        audit: Audit,
        orders: Orders,
        hot_spots: HotSpotReads,
        staffing: Staffing,
        quality: Quality,
        desk: Desk,
        events: Events,
        pace: Pace = USUAL,
    ) -> None:
        self._config = config
        self._read_model = read_model
        self._status = status
        self._session = session
        self._audit = audit
        self._hot_spots = hot_spots
        self._staffing = staffing
        self._quality = quality
        self._desk = desk
        self._pace = pace
        self._thresholds = Thresholds.read(config.alerts, config.limits.talking_warning.seconds)
        self._turns = OrderTurns(read_model, events, self._thresholds, orders.limit_of)
        self._memory = Memory()
        self._tried: dict[str, float] = {}
        self._trail = Verified(audit, pace)
        self._fit_from = pace.now() + _FIT_AFTER

    def look(self) -> None:
        """Run the rules once: raise due alerts and close those whose condition has passed. For a worker thread."""
        if not (self._config.alerts.raise_here and self._desk.may("alert.raise")):
            return
        inputs = self._inputs(self._status.now())
        acts = evaluate(inputs)
        self._memory = remember(inputs)
        self._turns.finish(_orders_of(acts, inputs.alerts))
        now = self._pace.now()
        self._tried = {act: at for act, at in self._tried.items() if now - at < self._pace.retry_rules_after}
        untried = [act for act in acts if f"{type(act).__name__} {act.id}" not in self._tried]
        for act in untried[:_MOST_AT_ONCE]:
            self._tried[f"{type(act).__name__} {act.id}"] = now
            try:
                self._do(act)
            except FloorctlError as error:
                # Another terminal acted first, or this person lacks the role; the next run reads the result.
                log.info("rule's act not taken: %s", error)
        self._tell_of_double_scores(inputs.alerts)

    def _tell_of_double_scores(self, alerts: Mapping[str, Alert]) -> None:
        """Raise an alert for each double score held here, since the supervisor who decides may be at any terminal.

        The alert has no points in it: more people may read alerts than scores.
        """
        for double in self._quality.double_scores():
            subject = Ref("sample", double.sample.id)
            alert_id = f"{_DOUBLE_SCORE}:{subject.id}:{double.command_id}"
            if alert_id in alerts or f"Raise {alert_id}" in self._tried:
                continue
            self._tried[f"Raise {alert_id}"] = self._pace.now()
            terminal = self._config.terminal.name or _NAMELESS
            data = {
                "kind": "other",
                "severity": "notice",
                "title": t("inspect.alert.title", sample=subject.id),
                "detail": t("inspect.alert.detail", terminal=terminal, first=double.first.inspector_name,
                            second=double.second_name),
                "subject": {"kind": subject.kind, "id": subject.id},
                "raised_at": self._status.now().isoformat(),
            }  # fmt: skip
            try:
                self._desk.submit("alert.raise", alert_id, data, automatic=True)
            except FloorctlError as error:
                log.info("contest not told: %s", error)

    def _do(self, act: Raise | Clear) -> None:
        if isinstance(act, Raise):
            self._desk.submit("alert.raise", act.id, data_of(act), automatic=True)
        elif isinstance(act, Clear) and self._desk.may("alert.close"):
            self._desk.submit("alert.close", act.id, {"note": phrase(act.note.key, act.note.params)}, automatic=True)

    def _inputs(self, now: datetime) -> AlertInputs:
        today = now.date()
        # Include yesterday's closed alerts, so that what was late just before midnight is not raised again after it.
        since = today - timedelta(days=1)
        held = {
            alert_id: each
            for alert_id, each in self._read_model.all(Alert).items()
            if each.value.state != "closed" or each.value.raised_at.astimezone(now.tzinfo).date() >= since
        }
        return AlertInputs(
            now=now,
            zone=self._config.zone,
            current=self._status.data_is_current(),
            seats=self._values(Seat),
            queues=self._values(Queue),
            resources=self._values(Resource),
            intervals=self._intervals(now.replace(hour=0, minute=0, second=0, microsecond=0), now),
            orders=self._turns.take(now, held),
            alerts={alert_id: each.value for alert_id, each in held.items()},
            thresholds=self._thresholds,
            forecast=self._staffing.forecast(),
            memory=self._memory,
            usage=self._usage(),
            known_since=since,
            hot_spots=self._swelling(),
        )

    def _swelling(self) -> list[HotSpot] | None:
        """The hot spots; None where history is short, or the platform takes no alerts about them."""
        if self._pace.now() >= self._fit_from:
            self._hot_spots.fit()
        found = self._hot_spots.all()
        if not found.enough or not self._desk.can(alert_capability("hot_spot")):
            return None
        return [self._hot_spot(matter) for matter in found.matters]

    def _hot_spot(self, matter: HotSpotView) -> HotSpot:
        orders = self._read_model.many(Order, matter.order_ids)
        numbers = [held.value.number for each in matter.order_ids if (held := orders.get(each)) is not None]
        listed = t("hot_spots.comma").join(numbers[:_MOST_LISTED])
        return HotSpot(
            key=matter.key,
            matter=hot_spots.matter(matter.category),
            place=hot_spots.place(matter.region),
            callers=matter.callers,
            expected=matter.expected,
            since=matter.since,
            orders=listed if len(numbers) <= _MOST_LISTED else t("hot_spots.and_more", orders=listed, n=len(numbers)),
            order_id=matter.first_order_id,
            word=matter.word,
            critical_since=matter.critical_since,
            swells=matter.swells,
        )

    def _usage(self) -> Usage | None:
        person = self._session.person
        if person is None:
            return None
        uses = self._audit.uses_today()
        return Usage(
            person_id=person.person_id,
            reveals=uses["reveal"],
            exports=uses["export"],
            audit_verifies=self._trail.verifies(),
        )

    def _intervals(self, since: datetime, until: datetime) -> list[Interval]:
        read_model = self._read_model
        return [each for queue_id in read_model.all(Queue) for each in read_model.intervals(queue_id, since, until)]

    def _values(self, entity: type[E]) -> dict[str, E]:
        return {id_: held.value for id_, held in self._read_model.all(entity).items()}


def _orders_of(acts: Iterable[Raise | Clear], alerts: Mapping[str, Alert]) -> Iterator[str]:
    """Yield the orders that acts are about."""
    for act in acts:
        subject = act.subject if isinstance(act, Raise) else alerts[act.id].subject
        if subject.kind == "order":
            yield subject.id


def data_of(act: Raise) -> dict[str, Any]:
    """The data of the ``alert.raise`` command for ``act``, in the current language."""
    data = {
        "kind": act.kind,
        "severity": act.severity,
        "title": phrase(act.title.key, act.title.params),
        "subject": {"kind": act.subject.kind, "id": act.subject.id},
        "raised_at": act.raised_at.isoformat(),
    }
    return data if act.detail is None else data | {"detail": phrase(act.detail.key, act.detail.params)}
