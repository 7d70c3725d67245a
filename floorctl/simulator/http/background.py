"""Background work of the platform: running the simulated floor, loading its history, purging old data."""

import logging
import threading
from typing import Protocol

from sqlalchemy.exc import OperationalError

from floorctl.simulator.store.store import Store, StoreClosed

#: Seconds between the floor's steps, between tries to become the process that runs it, and between purges.
STEP_SECONDS = 0.125
_CLAIM_SECONDS = 2.0
_PURGE_SECONDS = 600.0

_log = logging.getLogger(__name__)


class Simulation(Protocol):
    """The part of the simulated floor that this module uses."""

    def load_history(self) -> None:
        """Load the missing parts of the past, in many short transactions."""

    def step(self) -> None:
        """Advance the floor to the platform's time."""


class Background:
    """Threads that run ``simulation`` on ``store`` while this process has the claim to it, until ``stop``."""

    def __init__(self, store: Store, simulation: Simulation) -> None:
        self._store = store
        self._simulation = simulation
        self._stop = threading.Event()
        self._loading: threading.Thread | None = None

    def start(self) -> None:
        """Start the threads; no failure in them ends the process."""
        threading.Thread(target=self._run, name="platform-floor", daemon=True).start()

    @property
    def loads_history(self) -> bool:
        """Whether the past is still being loaded by this process."""
        return self._loading is not None and self._loading.is_alive()

    def stop(self) -> None:
        """Ask the threads to end; they do before their next transaction."""
        self._stop.set()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._run_while_claimed()
        except StoreClosed:
            return

    def _run_while_claimed(self) -> None:
        """Wait for the claim on the database, then run the floor until the claim is lost."""
        if not self._wait_for_claim():
            return
        if self._loading is None or not self._loading.is_alive():
            self._loading = threading.Thread(target=self._load_history, name="platform-history", daemon=True)
            self._loading.start()
        steps_to_purge = 0
        while not self._stop.wait(STEP_SECONDS):
            if not self._store.database.keeps_claim():
                return
            try:
                self._simulation.step()
                if steps_to_purge == 0:
                    self._store.purge()
                    steps_to_purge = int(_PURGE_SECONDS / STEP_SECONDS)
            except StoreClosed:
                raise
            except Exception:
                _log.exception("a step of the floor failed")
                self._stop.wait(_CLAIM_SECONDS)
            steps_to_purge -= 1

    def _wait_for_claim(self) -> bool:
        """Return True once this process has the claim on the database, False if the platform stops before."""
        database = self._store.database
        while True:
            try:
                if database.keeps_claim() or database.claim():
                    return True
            except OperationalError:
                _log.warning("the database is away; the floor stands still")
            if self._stop.wait(_CLAIM_SECONDS):
                return False

    def _load_history(self) -> None:
        try:
            self._simulation.load_history()
        except StoreClosed:
            return
        except Exception:
            _log.exception("loading the floor's history failed")
