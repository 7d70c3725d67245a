"""Keep the floor up to date: sync in this process or follow the process that syncs, and run the alert rules."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.floor.views import Changed
from floorctl.models.kinds import ENTITIES
from floorctl.process.memory import give_back, settle
from floorctl.sync.batch import Batch
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.pace import USUAL, Pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from floorctl.floor.alerts.watch import Watch
    from floorctl.floor.assessment.assessment import Assessment
    from floorctl.floor.desk import Desk
    from floorctl.floor.events import Events
    from floorctl.floor.handover.signing import Signing
    from floorctl.floor.orders import Orders
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.session import Session
    from floorctl.floor.status import Status
    from floorctl.sync.engine.engine import Engine
    from floorctl.sync.engine.notifier import Followers
    from floorctl.sync.process.thread import EngineThread


class Live:
    """Applies what the engine fetches; runs a thread that syncs or follows and one that counts and runs alert rules.

    ``make_engine`` creates the engine in the sync thread, with this object as its listener; ``make_watch`` creates what
    runs the alert rules.
    """

    def __init__(
        self,
        data_dir: Path,
        read_model: ReadModel,
        *,
        session: Session,
        status: Status,
        events: Events,
        orders: Orders,
        assessment: Assessment,
        signing: Signing,
        desk: Desk,
        make_engine: Callable[[Live, Followers | None, Pace], Engine],
        make_watch: Callable[[Pace], Watch],
    ) -> None:
        self._data_dir = data_dir
        self._read_model = read_model
        self._session = session
        self._status = status
        self._events = events
        self._orders = orders
        self._assessment = assessment
        self._signing = signing
        self._desk = desk
        self._make_engine = make_engine
        self.make_watch = make_watch
        self._pace = USUAL
        self._watch: Watch | None = None
        self._sync: EngineThread | None = None
        self._pulse: threading.Thread | None = None
        self._stopping = threading.Event()

    # -- applying changes

    def take_in(self, batch: Batch) -> None:
        """Apply a change of the cache or the journal to what is in memory, and notify the subscribers."""
        self._read_model.apply(batch)
        if "outbox" in batch.ids:
            self._desk.look_at_platform()
        self._events.tell(Changed({kind: frozenset(ids) for kind, ids in batch.ids.items()}))

    def missed(self) -> None:
        """Treat every kind as changed: what is in memory is read again when it is next needed."""
        self.take_in(Batch({kind: set() for kind in (*ENTITIES, "outbox")}))

    def take_connection_status(self, told: ConnectionStatus) -> None:
        """Apply a new connection status, and read again who is signed in, which another window may have changed."""
        self._status.take(told)
        if told.mode == "live":
            self._session.went_live()
        self._session.look()
        # In an outage no feed page triggers a refresh, so commands submitted in another window are picked up here.
        if self._read_model.refresh():
            self._events.tell(Changed({"outbox": frozenset()}))
        self._events.tell(self._status.changed())

    def recount(self) -> None:
        """Count the open orders and the month's score again, and notify the subscribers of those that changed."""
        counts, score = self._orders.last_counts(), self._assessment.last()
        others = {"counts": self._orders.count() != counts, "assessment": self._assessment.score() != score}
        if any(others.values()):
            self._events.tell(Changed({each: frozenset() for each, other in others.items() if other}))

    # -- running

    def start(self, *, watch: bool = True, pace: Pace = USUAL) -> None:
        """Start to sync, or to follow the process that does.

        ``watch``: also recount and run the alert rules (for a cockpit; not for a command that only sends).
        """
        from floorctl.sync.process.thread import EngineThread

        self._pace = pace
        self._status.begin()
        self._sync = EngineThread(
            self._data_dir,
            lambda followers: self._make_engine(self, followers, pace),
            on_changed=self.take_in,
            on_missed=self.missed,
            on_connection_status=self.take_connection_status,
            pace=pace,
        )
        if watch:
            self._watch = self.make_watch(pace)
            self._pulse = threading.Thread(target=self._beat, name="floorctl-pulse", daemon=True)
        self._events.sent_by(self._sync.poke)
        self._sync.start()
        if self._pulse is not None:
            self._pulse.start()

    def stop(self) -> None:
        """Stop both threads and wait for them (the counting thread: at most 5 s); does nothing if none was started."""
        self._stopping.set()
        if self._sync is not None:
            self._sync.stop()
        if self._pulse is not None and self._pulse is not threading.current_thread():
            self._pulse.join(5)
        self._sync = self._pulse = None

    def leave_the_data(self) -> None:
        """Stop and show the terminal as offline, because another computer uses the data folder now."""
        self.stop()
        self.take_connection_status(ConnectionStatus(mode="offline", problem="error.other_machine"))

    def _beat(self) -> None:
        looked, tidied, settled = 0.0, self._pace.now(), False
        while not self._stopping.wait(self._pace.recount_every):
            if self._pace.now() - tidied >= self._pace.release_memory_every:
                tidied = self._pace.now()
                if not settled:
                    settled = True
                    settle()
                give_back()
            try:
                self.recount()
                sync = self._sync
                if sync is not None and sync.syncs and self._pace.now() - looked >= self._pace.rules_every:
                    looked = self._pace.now()
                    self._look()
            except FloorctlError as error:
                import logging  # not needed by commands that only read

                logging.getLogger(__name__).warning("counting: %s", error)

    def _look(self) -> None:
        """Run the alert rules, except during a first sync, where incomplete data would raise false alerts."""
        status = self._status.connection()
        if self._watch is not None and status.as_of is not None and status.first_sync is None:
            self._watch.look()
            self._signing.move_late_notes()
