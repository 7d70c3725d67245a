"""A Floor that lives: this process syncs, or follows the one that does; counts and alert rules run beside it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.floor.alerts.watch import Watch
from floorctl.models import ENTITIES
from floorctl.process.memory import give_back, settle
from floorctl.sync.batch import Batch
from floorctl.sync.engine.engine import Engine
from floorctl.sync.pace import USUAL, Pace
from floorctl.sync.process.thread import EngineThread

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.sync.cache.cache import Cache
    from floorctl.sync.engine.notifier import Followers
    from floorctl.sync.journal.journal import Journal
    from floorctl.sync.platform.client import Client

log = logging.getLogger(__name__)


class Live:
    """Keeps ``floor`` up to date from two threads: one that syncs or follows, one that counts and watches.

    ``watch``: count and run the alert rules (a cockpit does, a command that only wants to send does not).
    """

    def __init__(self, floor: Floor, cache: Cache, journal: Journal, *, watch: bool = True, pace: Pace = USUAL) -> None:
        self._floor = floor
        self._pace = pace
        self._cache = cache
        self._journal = journal
        self._watch = Watch(floor, pace)
        self._stopping = threading.Event()
        self._sync = EngineThread(
            floor.data_dir,
            self._engine,
            on_changed=floor.take_in,
            on_missed=self._missed,
            on_connection_status=floor.take_connection_status,
            pace=pace,
        )
        self._pulse = threading.Thread(target=self._beat, name="floorctl-pulse", daemon=True) if watch else None

    def start(self) -> None:
        """Begin."""
        self._sync.start()
        if self._pulse is not None:
            self._pulse.start()

    def stop(self) -> None:
        """End, and wait until what was begun is finished."""
        self._stopping.set()
        self._sync.stop()
        if self._pulse is not None and self._pulse is not threading.current_thread():
            self._pulse.join(5)

    def poke(self) -> None:
        """Tell whoever syncs that the journal has something new. From any thread."""
        self._sync.poke()

    def _engine(self, followers: Followers | None) -> Engine:
        return Engine(
            self._cache,
            self._journal,
            self._client,
            self._floor.clock,
            on_changed=self._floor.take_in,
            on_missed=self._missed,
            on_connection_status=self._floor.take_connection_status,
            followers=followers,
            watched=True,
            password=self._floor.password_for_signing_in_again,
            pace=self._pace,
        )

    def _client(self) -> Client:
        from floorctl.sync.platform.client import Client

        config = self._floor.config
        return Client(
            config.platform.url,
            timeout=config.platform.timeout,
            ca_file=config.platform.ca_file,
            terminal=config.terminal.name,
        )

    def _missed(self) -> None:
        """Anything may have changed: all that is in memory is read again when it is next asked for."""
        self._floor.take_in(Batch({kind: set() for kind in (*ENTITIES, "outbox")}))

    def _beat(self) -> None:
        looked, tidied, settled = 0.0, self._pace.now(), False
        while not self._stopping.wait(self._pace.pulse):
            if self._pace.now() - tidied >= self._pace.give_back_every:
                tidied = self._pace.now()
                if not settled:
                    settled = True
                    settle()
                give_back()
            try:
                self._floor.recount()
                if self._sync.syncs and self._pace.now() - looked >= self._pace.rules_every:
                    looked = self._pace.now()
                    self._look()
            except FloorctlError as error:
                log.warning("counting: %s", error)

    def _look(self) -> None:
        """Rules judge what is complete: in the middle of a first sync they would see what is not there."""
        status = self._floor.connection_status()
        if status.as_of is not None and status.first_sync is None:
            self._watch.look()
            self._floor.move_late_notes()
