"""The connection to the platform, platform time, and the time of the data that is shown."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from floorctl.floor.views import Changed, ConnectionStatusChanged
from floorctl.sync.connection_status import ConnectionStatus, StatusAge

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.clock import PlatformClock
    from floorctl.config import Config
    from floorctl.floor.events import Event, Events


class Status:
    """The connection's status, platform time, whether the data is current. Thread-safe; after ``begin``, memory only.

    ``counts`` reads the number of commands in each state; ``server_time`` returns the platform time of the last sync.
    """

    def __init__(
        self,
        config: Config,
        clock: PlatformClock,
        counts: Callable[[], dict[str, int]],
        server_time: Callable[[], datetime | None],
        events: Events,
    ) -> None:
        self._config = config
        self._clock = clock
        self._counts = counts
        self._server_time = server_time
        self._network = ConnectionStatus(mode="offline")
        self._status_age = StatusAge()
        self._last_known = server_time()
        #: ``as_of`` when the terminal was last not live; the data is complete once its ``as_of`` differs from this.
        self._dated_offline: datetime | None = None
        self._outbox_counts = counts()
        #: Whether this process syncs or follows the one that does; if not, the connection's state is not known here.
        self.syncs = False
        events.subscribe(self._recount)

    def _recount(self, event: Event) -> None:
        if isinstance(event, Changed) and "outbox" in event.ids:
            self._outbox_counts = self._counts()

    def begin(self) -> None:
        """Record that this process syncs or follows the process that does, or is about to."""
        self.syncs = True
        if self._network.mode == "offline":  # the initial state: the platform has not been asked yet
            self._network = ConnectionStatus(mode="connecting")

    def take(self, told: ConnectionStatus) -> None:
        """Apply the engine's status of the connection."""
        self._network, self._status_age = told, StatusAge()
        if told.mode != "live":
            self._dated_offline = told.as_of or self._last_known
        self._outbox_counts = self._counts()

    def connection(self) -> ConnectionStatus:
        """Return the connection's status, with the numbers of commands that wait, are refused or in conflict."""
        # With a sync running, every change of the journal is announced and counted; without one, count on each call.
        counts = self._outbox_counts if self.syncs else self._counts()
        seen = self._seen()
        return ConnectionStatus(
            mode=seen.mode,
            as_of=seen.as_of or (self._last_known if self.syncs else self._server_time()),
            offline_seconds=seen.offline_seconds,
            first_sync=seen.first_sync,
            waiting=counts.get("waiting", 0) + counts.get("sending", 0),
            refused=counts.get("refused", 0),
            conflicts=counts.get("conflict", 0),
            problem=seen.problem,
            about=seen.about,
        )

    def changed(self) -> ConnectionStatusChanged:
        """Return the event that carries the current status."""
        return ConnectionStatusChanged(self.connection())

    def _seen(self) -> ConnectionStatus:
        """Return the engine's last status; adjusted if the machine has been asleep since."""
        return self._status_age.now(self._network)

    def now(self) -> datetime:
        """Platform time, in the floor's time zone."""
        return self._clock.now().astimezone(self._config.zone)

    def day(self, day: date | None = None) -> tuple[datetime, datetime]:
        """Return the start and the end of a day (today if left out), in the floor's time zone."""
        start = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        if day is not None:
            start = start.replace(year=day.year, month=day.month, day=day.day)
        return start, start + timedelta(days=1)

    def shown_at(self) -> datetime:
        """Return the time of the data that is shown: now while live, else the time of the last answer.

        Rounded down to whole seconds, so that times in state change only with the clock on the screen: a change between
        two ticks redraws only what changed.
        """
        seen = self._seen()
        if seen.mode == "live" or seen.as_of is None:
            return self.now().replace(microsecond=0)
        return seen.as_of.astimezone(self._config.zone).replace(microsecond=0)

    def data_is_current(self) -> bool:
        """Return whether seats, queues and resources are up to date.

        They are if the terminal is live and the feed has been read to its end since it was last not live.
        """
        seen = self._seen()
        return seen.mode == "live" and seen.as_of is not None and seen.as_of != self._dated_offline

    def live_rules_paused(self) -> bool:
        """Whether the alert rules about live data are paused here until the data is current again."""
        return self._config.alerts.raise_here and not self.data_is_current()
