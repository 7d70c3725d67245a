"""How the terminal stands with the platform, and the time that what it shows dates from."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from floorctl.floor.views import Changed, ConnectionStatusChanged
from floorctl.sync.connection_status import ConnectionStatus, LastTold

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.clock import PlatformClock
    from floorctl.config import Config
    from floorctl.floor.events import Event, Events


class Status:
    """The connection's status, platform time, and whether the data is current. Thread-safe, memory only.

    ``counts`` reads how many commands there are in each state; ``server_time`` the platform time of the last sync.
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
        self._told_at = LastTold()
        self._last_known = server_time()
        #: ``as_of`` when the terminal was last not live: the data is not complete until it dates from later.
        self._dated_offline: datetime | None = None
        self._outbox_counts = counts()
        #: Whether this process syncs or follows the one that does; otherwise nobody knows who can be reached.
        self.syncs = False
        events.subscribe(self._recount)

    def _recount(self, event: Event) -> None:
        if isinstance(event, Changed) and "outbox" in event.ids:
            self._outbox_counts = self._counts()

    def begin(self) -> None:
        """Note that this process syncs, or follows the one that does, from now on."""
        self.syncs = True
        if self._network.mode == "offline":  # nobody has asked the platform yet
            self._network = ConnectionStatus(mode="connecting")

    def take(self, told: ConnectionStatus) -> None:
        """Take in what the engine says about the connection."""
        self._network, self._told_at = told, LastTold()
        if told.mode != "live":
            self._dated_offline = told.as_of or self._last_known
        self._outbox_counts = self._counts()

    def connection(self) -> ConnectionStatus:
        """How this terminal stands with the platform, and what waits to be sent."""
        # While something syncs, every change of the journal is announced; before, each call reads it.
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
        """The event that says how the terminal stands now."""
        return ConnectionStatusChanged(self.connection())

    def _seen(self) -> ConnectionStatus:
        """What the engine said last, unless the machine has slept since."""
        return self._told_at.now(self._network)

    def now(self) -> datetime:
        """Platform time, in the floor's time zone."""
        return self._clock.now().astimezone(self._config.zone)

    def day(self, day: date | None = None) -> tuple[datetime, datetime]:
        """Where a day (today if left out) begins and ends, in the floor's time zone."""
        start = self.now().replace(hour=0, minute=0, second=0, microsecond=0)
        if day is not None:
            start = start.replace(year=day.year, month=day.month, day=day.day)
        return start, start + timedelta(days=1)

    def shown_at(self) -> datetime:
        """The time that what is shown dates from: now while live, else that of the last answer.

        In whole seconds, so that every time in state moves with the clock on the screen: between two of its ticks a
        change redraws what changed and nothing else.
        """
        seen = self._seen()
        if seen.mode == "live" or seen.as_of is None:
            return self.now().replace(microsecond=0)
        return seen.as_of.astimezone(self._config.zone).replace(microsecond=0)

    def data_is_current(self) -> bool:
        """Whether seats, queues and resources are known as they are now.

        That is: live, and the feed has been heard to its end since the terminal was last not live.
        """
        seen = self._seen()
        return seen.mode == "live" and seen.as_of is not None and seen.as_of != self._dated_offline

    def live_rules_paused(self) -> bool:
        """Whether the alert rules about live data wait here until the data is current again."""
        return self._config.alerts.raise_here and not self.data_is_current()
