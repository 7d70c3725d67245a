"""Floor: the one object that both front ends use. What is shown comes from here, what is done goes through here."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from floorctl.calendar import WorkCalendar
from floorctl.clock import PlatformClock
from floorctl.config import Config
from floorctl.errors import FloorctlError
from floorctl.floor import accounts
from floorctl.floor import contradictions as contradictory
from floorctl.floor.acts import Acts
from floorctl.floor.alerts.listing import AlertViews
from floorctl.floor.alerts.titles import AlertTitles, Moment
from floorctl.floor.assessment.assessment import Assessing
from floorctl.floor.assessment.counting import Inputs, MonthCounting
from floorctl.floor.assessment.views import ScoreView
from floorctl.floor.breaks import Breaks
from floorctl.floor.contradictions import Contradictory
from floorctl.floor.guard import Guard
from floorctl.floor.handover.signing import HandoverSigning
from floorctl.floor.kept_texts import KeptTexts
from floorctl.floor.orders import OrderReads
from floorctl.floor.quality.inspecting import Inspecting
from floorctl.floor.read_model import ReadModel
from floorctl.floor.seats import SeatViews
from floorctl.floor.staffing import StaffingReads
from floorctl.floor.undo import Undoing
from floorctl.floor.views import (
    AlertView,
    Changed,
    CommandStep,
    ConnectionStatus,
    ConnectionStatusChanged,
    OutboxItem,
    QueueView,
    ResourceView,
    SeatView,
    SetAside,
    Signed,
)
from floorctl.i18n import t
from floorctl.models import Category, Department, Interval, Resource, Shift
from floorctl.models.masked import Masked
from floorctl.models.order_filter import OrderCounts
from floorctl.rules.assessment.month import Month, MonthScore
from floorctl.rules.floor import contradictions, limits, metrics
from floorctl.rules.privacy import masked_queue
from floorctl.sync.batch import Batch
from floorctl.sync.cache.cache import Cache
from floorctl.sync.connection_status import LastTold
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.keys.keys import Ask, nobody_to_ask
from floorctl.sync.machine import Claim
from floorctl.sync.pace import USUAL, Pace
from floorctl.text.durations import duration
from floorctl.text.unknown import unknown

Subscriber = Callable[[Changed | ConnectionStatusChanged], None]


class Floor(OrderReads, StaffingReads, Acts, Breaks, Undoing, Inspecting, Assessing, Guard, HandoverSigning):
    """The floor as this terminal knows it.

    Thread-safe. Methods marked *memory* answer at once; the others read the disk for a few milliseconds and belong in
    a worker thread of the cockpit. Nothing here waits for the network except signing in and out.
    """

    def __init__(self, config: Config, data_dir: Path, cache: Cache, journal: Journal, calendar: WorkCalendar) -> None:
        self.config = config
        self.data_dir = data_dir
        self.calendar = calendar
        self.clock = PlatformClock()
        self._cache = cache
        self._journal = journal
        self.read_model = ReadModel(cache, journal, calendar)
        titles = AlertTitles(config, self.read_model, self.limit_of, self.expected_calls)
        self._alert_views = AlertViews(self.read_model, titles)
        self._subscribers: list[Subscriber] = []
        self._lock = threading.Lock()
        self._forecasting = threading.Lock()
        self._day_forecast = None
        self._acting = threading.RLock()
        self._together = threading.local()
        self._network = ConnectionStatus(mode="offline")
        self._told_at = LastTold()
        # What the data dated from when the terminal was last not live: until it dates from later, it is not complete.
        self._dated_offline: datetime | None = None
        self._counts: OrderCounts | None = None
        self._quality = None
        self._assessed: ScoreView | None = None
        self._counting = MonthCounting(config, self.read_model)
        self._scores: dict[Month, tuple[Inputs, MonthScore]] = {}
        self._told = False
        self._outbox_counts = journal.counts()
        self._last_known = cache.server_time
        self._seat_views = SeatViews(self.read_model, limits.SeatLimits.read(config.limits, duration))
        self._person = accounts.signed(journal)
        self.texts = KeptTexts(journal, lambda: self._person, self.now)
        self._on_close: list[Callable[[], None]] = []
        # Tells whoever syncs that the journal has something new; nobody does until ``start``.
        self._poke: Callable[[], object] = lambda: None
        if (last := cache.last_heard) is not None:
            self.clock.restore(*last)

    @classmethod
    def open(cls, config: Config, *, data_dir: Path | None = None, ask: Ask = nobody_to_ask) -> Floor:
        """Open the cache and the journal in ``data_dir`` (the configured one if left out), making them if need be.

        A damaged cache is set aside and begun anew. ``ask`` is called where the key is made of a passphrase.

        Raises:
            FloorctlError: the folder can't be written, another computer uses it, the key is missing or wrong, or the
                journal is damaged.

        """
        folder = data_dir or config.data_dir
        key = data_key(folder, config.terminal.key, ask)
        work = config.work
        calendar = WorkCalendar(config.zone, work.day_starts, work.day_ends, work.holidays, work.extra_workdays)
        with contextlib.ExitStack() as opened:  # what was opened is closed again where the next can't be
            claim = Claim(folder)
            claim.take()
            opened.callback(claim.release)
            cache = Cache.open(folder / "cache.db", key, calendar)
            opened.callback(cache.close)
            journal = Journal.open(folder / "journal.db", key)
            opened.pop_all()
        floor = cls(config, folder, cache, journal, calendar)
        floor._claim, claim.on_lost = claim, floor._leave_the_data
        return floor

    def close(self) -> None:
        """Stop what runs and close the files."""
        for stop in reversed(self._on_close):
            stop()
        self._on_close.clear()
        with contextlib.suppress(FloorctlError):  # a disk that takes nothing more must not keep the files open
            self.texts.write()
        self._cache.close()
        self._journal.close()
        if self._claim is not None:
            self._claim.release()

    def _leave_the_data(self) -> None:
        """Another computer has them now: nothing is fetched or done here any more."""
        for stop in reversed(self._on_close):
            stop()
        self._on_close.clear()
        self.take_connection_status(ConnectionStatus(mode="offline", problem="error.other_machine"))

    # --- who, and how things stand

    @property
    def person(self) -> Signed | None:
        """*memory* Who is signed in here, or None."""
        return self._person

    def signed_in_here(self) -> bool:
        """Whether somebody is signed in at the platform that is configured, and not at one before it."""
        session, url = self._journal.session(), self.config.platform.url
        return session is not None and (not url or session.is_of(url))

    def connection_status(self) -> ConnectionStatus:
        """*memory* How things stand with the platform, and what waits to be sent."""
        # Once something syncs, every change of the journal is told; until then, each asking looks for itself.
        counts = self._outbox_counts if self._told else self._journal.counts()
        seen = self._seen()
        return ConnectionStatus(
            mode=seen.mode,
            as_of=seen.as_of or (self._last_known if self._told else self._cache.server_time),
            offline_seconds=seen.offline_seconds,
            first_sync=seen.first_sync,
            waiting=counts.get("waiting", 0) + counts.get("sending", 0),
            refused=counts.get("refused", 0),
            conflicts=counts.get("conflict", 0),
            problem=seen.problem,
            about=seen.about,
        )

    def _seen(self) -> ConnectionStatus:
        """How things stand: what was last told, unless the machine has slept since."""
        return self._told_at.now(self._network)

    def _end_beside(self, person_id: str) -> None:
        accounts.end_beside(self.config, self._journal, person_id)

    @property
    def syncs(self) -> bool:
        """*memory* Whether this process syncs or follows the one that does: else nobody knows who can be reached."""
        return self._told

    def now(self) -> datetime:
        """*memory* Platform time, in the floor's time zone."""
        return self.clock.now().astimezone(self.config.zone)

    def shown_at(self) -> datetime:
        """*memory* The time that what is shown dates from: now while live, else that of the last answer.

        In whole seconds, so that every time in state moves with the clock on the screen: between two of its ticks a
        change redraws what changed and nothing else.
        """
        seen = self._seen()
        if seen.mode == "live" or seen.as_of is None:
            return self.now().replace(microsecond=0)
        return seen.as_of.astimezone(self.config.zone).replace(microsecond=0)

    def data_is_current(self) -> bool:
        """*memory* Whether seats, queues and resources are known as they are now.

        That is: live, and the feed has been heard to its end since the terminal was last not live.
        """
        seen = self._seen()
        return seen.mode == "live" and seen.as_of is not None and seen.as_of != self._dated_offline

    def live_rules_paused(self) -> bool:
        """*memory* Whether the alert rules about live data wait here until the data is current again."""
        return self.config.alerts.raise_here and not self.data_is_current()

    # --- reads

    def seats(self) -> list[SeatView]:
        """*memory* Every seat, by zone and number."""
        return self._seat_views.at(self.shown_at())

    def moved_seats(self) -> list[SeatView]:
        """*memory* The seats that 技能调整 has moved away from their usual queues."""
        return [view for view in self.seats() if view.moved]

    def queues(self) -> list[QueueView]:
        """*memory* Every queue, the general line first."""
        at = self.shown_at()
        return [
            QueueView(
                id=held.id,
                version=held.version,
                record=Masked(held.value, masked_queue),
                answer_rate=figures.answer_rate,
                target_rate=figures.target_rate,
                abandon_rate=figures.abandon_rate,
                asa_seconds=figures.asa_seconds,
                aht_seconds=figures.aht_seconds,
                longest_wait_seconds=figures.longest_wait_seconds,
                pending=held.pending,
                doubts=figures.doubts,
            )
            for held in self.read_model.queues()
            for figures in [metrics.figures(held.value, at)]
        ]

    def resources(self) -> list[ResourceView]:
        """*memory* Trunk, licences, equipment."""
        return [
            ResourceView(held.id, held.value, None if doubt else _share(held.value), doubt)
            for held in self.read_model.resources()
            for doubt in [bool(contradictions.of_resource(held.value))]
        ]

    def alerts(self, *, closed: bool = False) -> list[AlertView]:
        """*memory* Alerts in their order (``alert_order.urgency``); with ``closed``, those too."""
        at = Moment(self.now(), self.shown_at(), citizens=not self.read_only)
        return self._alert_views.at(at, closed=closed)

    def intervals(self, queue_id: str, day: date | None = None) -> list[Interval]:
        """The quarter hours of one queue on one day (today if left out), in order."""
        start, end = self._day(day)
        return self.read_model.intervals(queue_id, start, end)

    def shift(self, shift_id: str | None) -> Shift | None:
        """One shift as the person sees it, or None."""
        return self.read_model.value(Shift, shift_id)

    def recount(self) -> None:
        """Count the open orders and the month's score again, and tell the subscribers what is other than before."""
        counts, score = self._counts, self._assessed
        others = {"counts": self.count_orders() != counts, "assessment": self.score() != score}
        if any(others.values()):
            self._tell(Changed({each: frozenset() for each, other in others.items() if other}))

    def person_name(self, person_id: str | None) -> str:
        """*memory* The person's name, words that say so where it is not known."""
        return self.read_model.person_name(person_id)

    def named(self, kind: str, each: str) -> str:
        """What people call an entity (an order's number, a queue's name); never its id."""
        from floorctl.floor.names import named

        return named(self.read_model, kind, each, self.config.zone)

    def target(self, item: OutboxItem) -> str:
        """What people call the thing that a command is about; never its id."""
        from floorctl.floor.names import target

        return target(self.read_model, item, self.config.zone)

    def who_did(self, person_id: str | None, *, automatic: bool) -> str:
        """*memory* Who did something, in words: this terminal's rules, else the person."""
        return t("rules.alert.by_rules") if automatic and person_id else self.person_name(person_id)

    def department_name(self, department_id: str | None) -> str:
        """*memory* The department's name, words that say so where it is not known."""
        return self.read_model.department_name(department_id)

    def departments(self) -> list[tuple[str, Department]]:
        """*memory* Every department with its id, by name."""
        held = self.read_model.all(Department).values()
        return sorted(((each.id, each.value) for each in held), key=lambda pair: pair[1].name)

    def category_path(self, category_id: str | None) -> tuple[str, ...]:
        """The category's path, outermost first; words that say so where it is not known."""
        if not category_id:
            return ()
        category = self.read_model.value(Category, category_id)
        return (unknown("category"),) if category is None else category.path

    def category_departments(self, category_id: str | None) -> tuple[str, ...]:
        """The departments that orders of this category usually go to."""
        category = self.read_model.value(Category, category_id)
        return () if category is None else category.department_ids

    def outbox(self, states: Sequence[str] | None = None, *, limit: int | None = None) -> list[OutboxItem]:
        """What people did here, newest first; only those in ``states`` if given, and the newest ``limit`` if given."""
        return self.as_blind(self._journal.items(states, limit=limit, newest_first=True))

    def outbox_counts(self) -> dict[str, int]:
        """How many commands of this terminal there are in each state."""
        return self._journal.counts()

    def outbox_item(self, command_id: str) -> OutboxItem:
        """One command of ours.

        Raises:
            NotFoundError: there is none with this id.

        """
        return self.as_blind([self._outbox_item(command_id)])[0]

    def outbox_numbered(self, number: int) -> OutboxItem | None:
        """The command of ours at this place in the journal, or None."""
        item = self._journal.numbered(number)
        return None if item is None else self.as_blind([item])[0]

    def outbox_history(self, command_id: str) -> list[CommandStep]:
        """What happened to one command of ours since it was made, oldest first."""
        return [CommandStep(*each) for each in self._journal.history(command_id)]

    def set_aside(self) -> list[SetAside]:
        """Entities that broke the contract and were not taken."""
        return [SetAside(*each) for each in self._cache.set_aside()]

    def contradictions(self) -> list[Contradictory]:
        """Figures of the platform that contradict each other now, and are not counted."""
        return contradictory.found(self.read_model, self.shown_at())

    # --- live

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Call ``callback`` from worker threads whenever something changed; returns what ends it."""
        with self._lock:
            self._subscribers.append(callback)

        def end() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return end

    def start(self, *, watch: bool = True, pace: Pace = USUAL) -> None:
        """Begin to sync, or to follow the process that does; with ``watch``, the alert rules run here from now on."""
        from floorctl.floor.live import Live

        self._told = True
        if self._network.mode == "offline":  # nobody has asked the platform yet
            self._network = ConnectionStatus(mode="connecting")
        live = Live(self, self._cache, self._journal, watch=watch, pace=pace)
        live.start()
        self._on_close.append(live.stop)
        self._poke = live.poke

    def take_in(self, batch: Batch) -> None:
        """The cache or the journal changed: take in what is kept in memory and tell the subscribers."""
        changed = batch.ids
        self.read_model.apply(batch)
        self._alert_views.forget(changed)
        if "outbox" in changed:
            self._outbox_counts = self._journal.counts()
        self._recount_quality(changed)
        self._tell(Changed({kind: frozenset(ids) for kind, ids in changed.items()}))

    def take_connection_status(self, status: ConnectionStatus) -> None:
        """How things stand with the platform changed, and perhaps who is signed in: another window can do that too."""
        self._network, self._told_at = status, LastTold()
        if status.mode == "live":
            self._until_live = None
        else:
            self._dated_offline = status.as_of or self._last_known
        self._outbox_counts = self._journal.counts()
        self._look_who_is_signed_in()
        # In an outage nothing comes with the feed, and what another window did would be shown after it.
        if self.read_model.refresh():
            self._alert_views.forget({"order": ()})
            self._tell(Changed({"outbox": frozenset()}))
        self._tell(ConnectionStatusChanged(self.connection_status()))

    def _look_who_is_signed_in(self) -> Signed | None:
        with self._lock:
            self._person = accounts.signed(self._journal)
            return self._person

    def _poke_sync(self) -> None:
        self._poke()

    def _announce(self, changed: Changed) -> None:
        self._alert_views.forget(changed.ids)
        self._outbox_counts = self._journal.counts()
        self._recount_quality(changed.ids)
        self._tell(changed)
        self._tell(ConnectionStatusChanged(self.connection_status()))
        self._poke()

    def _tell(self, event: Changed | ConnectionStatusChanged) -> None:
        with self._lock:
            subscribers = list(self._subscribers)
        for callback in subscribers:
            callback(event)

    # --- views

    def _day(self, day: date | None) -> tuple[datetime, datetime]:
        start = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        if day is not None:
            start = start.replace(year=day.year, month=day.month, day=day.day)
        return start, start + timedelta(days=1)


def _share(thing: Resource) -> Fraction | None:
    return Fraction(thing.in_use, thing.capacity) if thing.capacity else None
