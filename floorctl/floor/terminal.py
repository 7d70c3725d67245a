"""The composition root: opens a terminal's files and builds ``Floor`` on them."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from floorctl.calendar import WorkCalendar
from floorctl.clock import PlatformClock
from floorctl.errors import FloorctlError, UsageError
from floorctl.floor.alerts.alerts import Alerts
from floorctl.floor.alerts.listing import AlertViews
from floorctl.floor.alerts.titles import AlertTitles
from floorctl.floor.assessment.assessment import Assessment
from floorctl.floor.audit import Audit
from floorctl.floor.breaks import Breaks
from floorctl.floor.decisions import Decisions
from floorctl.floor.departments import Departments
from floorctl.floor.desk import Desk
from floorctl.floor.events import Events
from floorctl.floor.floor import Floor
from floorctl.floor.handover.handover import Handovers
from floorctl.floor.handover.signing import Signing
from floorctl.floor.hot_spots.reads import HotSpotReads
from floorctl.floor.kept_texts import KeptTexts
from floorctl.floor.left_redos import LeftRedos
from floorctl.floor.live import Live
from floorctl.floor.missed_calls import MissedCalls
from floorctl.floor.names import Names
from floorctl.floor.orders import Orders
from floorctl.floor.outbox import Outbox
from floorctl.floor.own_views import OwnViews
from floorctl.floor.platform_client import platform_client
from floorctl.floor.quality.reads import Quality
from floorctl.floor.quality.scoring import Scoring
from floorctl.floor.queues import Queues
from floorctl.floor.read_model import ReadModel
from floorctl.floor.repetitions import Repetitions
from floorctl.floor.seats import Seats, SeatViews
from floorctl.floor.session import Session
from floorctl.floor.staffing import Staffing
from floorctl.floor.status import Status
from floorctl.floor.undo import Undo
from floorctl.rules.floor.limits import SeatLimits
from floorctl.sync.cache.cache import Cache
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.keys.keys import Ask, nobody_to_ask
from floorctl.sync.machine import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from floorctl.config import Config
    from floorctl.floor.alerts.watch import Watch
    from floorctl.floor.hot_spots.counting import Counting
    from floorctl.sync.engine.engine import Engine
    from floorctl.sync.engine.notifier import Followers
    from floorctl.sync.pace import Pace
    from floorctl.sync.process.one_shot import OneShot


def open_terminal(
    config: Config,
    *,
    data_dir: Path | None = None,
    ask: Ask = nobody_to_ask,
    clock: PlatformClock | None = None,
) -> Floor:
    """Open the cache and the journal in ``data_dir`` (the configured one if left out), creating them if missing.

    A damaged cache is set aside and replaced by an empty one. ``ask`` is called for the passphrase if the key is
    derived from one. ``clock``: the platform's time; if left out, estimated from the last answer in the cache.

    Raises:
        FloorctlError: the folder can't be written, another computer uses it, the key is missing or wrong, or the
            journal is damaged.

    """
    folder = data_dir or config.data_dir
    key = data_key(folder, config.terminal.key, ask)
    calendar = config.work_calendar()
    opened = ExitStack()
    try:
        claim = Claim(folder)
        claim.acquire()
        opened.callback(claim.release)
        cache = Cache.open(folder / "cache.db", key, calendar)
        opened.callback(cache.close)
        journal = Journal.open(folder / "journal.db", key)
        opened.callback(journal.close)
        return compose(config, folder, cache, journal, calendar, clock=clock, claim=claim, files=opened)
    except BaseException:
        opened.close()  # close what was opened before the failure
        raise


def compose(
    config: Config,
    folder: Path,
    cache: Cache,
    journal: Journal,
    calendar: WorkCalendar,
    *,
    clock: PlatformClock | None = None,
    claim: Claim | None = None,
    files: ExitStack | None = None,
) -> Floor:
    """Build the services of a ``Floor`` on an open cache and journal; closing the floor closes ``files``."""
    if clock is None:
        clock = PlatformClock()
        if (last := cache.last_heard) is not None:
            clock.restore(*last)
    events = Events()
    read_model = ReadModel(cache, journal, calendar, LeftRedos(journal))
    status = Status(config, clock, journal.counts, lambda: cache.server_time, events)
    session = Session(config, journal, journal, read_model, events.wake_sender)
    texts = KeptTexts(journal, lambda: session.person, status.now)
    desk = Desk(session, read_model, journal, status, events, texts, claim)
    audit = Audit(session, journal, status)
    names = Names(read_model, config.zone)

    def make_counting() -> Counting:
        from floorctl.floor.hot_spots.counting import Counting  # not needed by commands that read something else

        return Counting(config, calendar, read_model, names, status.now, journal)

    hot_spots = HotSpotReads(make_counting)
    orders = Orders(config, calendar, read_model, status.now, desk, hot_spots.number)
    queues = Queues(read_model, status)
    seat_views = SeatViews(read_model, SeatLimits.read(config.limits))
    seats = Seats(read_model, seat_views, status, desk)
    staffing = Staffing(config.zone, read_model, status, queues.all)
    titles = AlertTitles(config, read_model, orders.limit_of, staffing.expected_calls, hot_spots.last)
    alerts = Alerts(read_model, AlertViews(read_model, titles), status, session, desk, events)
    quality = Quality(calendar, read_model, journal, journal, session, status.now, events)
    outbox = Outbox(journal, cache.set_aside, read_model, status, quality.as_blind, quality.as_seen)
    assessment = Assessment(config, read_model, journal, status, desk)
    missed_calls = MissedCalls(config, read_model, orders, status.now, desk, events)
    handovers = Handovers(
        config,
        calendar,
        read_model,
        journal,
        session,
        desk,
        orders=orders,
        alerts=alerts,
        missed_calls=missed_calls,
        seats=seats,
        outbox=outbox,
        assessment=assessment,
        hot_spots=hot_spots,
        now=status.now,
    )
    signing = Signing(handovers, session, status, journal, journal, desk, texts)

    def make_watch(pace: Pace) -> Watch:
        from floorctl.floor.alerts.watch import Watch  # not needed by commands that only read

        return Watch(
            config,
            read_model,
            status=status,
            session=session,
            audit=audit,
            orders=orders,
            hot_spots=hot_spots,
            staffing=staffing,
            quality=quality,
            desk=desk,
            events=events,
            pace=pace,
        )

    def make_engine(listener: Live, followers: Followers | None, pace: Pace) -> Engine:
        from floorctl.sync.engine.engine import Engine  # not needed by commands that only read

        return Engine(
            cache,
            journal,
            partial(platform_client, config),
            clock,
            on_changed=listener.take_in,
            on_missed=listener.missed,
            on_connection_status=listener.take_connection_status,
            followers=followers,
            watched=True,
            password=session.password_for_signing_in_again,
            pace=pace,
        )

    live = Live(
        folder,
        read_model,
        session=session,
        status=status,
        events=events,
        orders=orders,
        assessment=assessment,
        signing=signing,
        desk=desk,
        make_engine=make_engine,
        make_watch=make_watch,
    )
    if claim is not None:
        claim.on_lost = live.leave_the_data
    files = files or ExitStack()
    files.callback(_write_texts, texts)
    files.callback(live.stop)
    return Floor(
        config=config,
        data_dir=folder,
        calendar=calendar,
        clock=clock,
        status=status,
        session=session,
        audit=audit,
        desk=desk,
        events=events,
        live=live,
        names=names,
        texts=texts,
        seats=seats,
        queues=queues,
        orders=orders,
        decisions=Decisions(read_model, orders, assessment, desk, events, config.zone),
        own_views=OwnViews(journal, session, orders),
        departments=Departments(config, read_model, names, status.now),
        hot_spots=hot_spots,
        repetitions=Repetitions(orders, read_model, desk),
        missed_calls=missed_calls,
        alerts=alerts,
        staffing=staffing,
        breaks=Breaks(read_model, seats.all, staffing.shift, status.now, desk),
        quality=quality,
        scoring=Scoring(config, read_model, quality, journal, journal, session, status.now, desk),
        assessment=assessment,
        handovers=handovers,
        signing=signing,
        outbox=outbox,
        undo=Undo(journal, read_model, session, status.now, desk),
        files=files,
    )


def _write_texts(texts: KeptTexts) -> None:
    with suppress(FloorctlError):  # on a full disk, still close the files
        texts.write()


@contextmanager
def open_to_sync(floor: Floor, ask: Ask) -> Iterator[OneShot]:
    """Open the files of ``floor`` a second time, to sync inside the block; ``ask``: see ``open_terminal``.

    Raises:
        UsageError: ``error.no_platform``: none is configured.
        FloorctlError: the files or their key can't be read.

    """
    config = floor.config
    if not config.platform.url:
        raise UsageError("error.no_platform")
    from floorctl.sync.engine.engine import Engine
    from floorctl.sync.process.one_shot import OneShot

    key = data_key(floor.data_dir, config.terminal.key, ask)
    with (
        closing(Cache.open(floor.data_dir / "cache.db", key, floor.calendar)) as cache,
        closing(Journal.open(floor.data_dir / "journal.db", key)) as journal,
    ):
        password = floor.session.password_for_signing_in_again
        make_client = partial(platform_client, config)
        yield OneShot(
            floor.data_dir,
            cache,
            journal,
            lambda: Engine(cache, journal, make_client, floor.clock, password=password),
        )
