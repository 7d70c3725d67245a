"""Status of the connection to the platform, as screens show it and as the processes of a terminal share it."""

from datetime import datetime
from typing import Literal

import msgspec

from floorctl.clock import asleep

Mode = Literal["live", "offline", "connecting", "signed_out"]


class ConnectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the connection at one moment.

    ``as_of`` is the platform time of the data shown, None before the first sync. ``offline_seconds`` is how long
    nothing has been heard (0 while live). ``first_sync`` is (done, total) while the first sync runs, total 0 if the
    platform does not state it. ``waiting``, ``refused`` and ``conflicts`` count commands of the outbox. ``problem`` is
    the catalogue key of the error to show, if any, and ``about`` holds its parameters (a file's path).
    """

    mode: Mode
    as_of: datetime | None = None
    offline_seconds: float = 0.0
    first_sync: tuple[int, int] | None = None
    waiting: int = 0
    refused: int = 0
    conflicts: int = 0
    problem: str | None = None
    about: tuple[tuple[str, str], ...] = ()


#: Seconds of sleep below which a machine counts as slow, not as having slept.
_LONGEST_PAUSE = 4.5


class StatusAge:
    """Tells a status from before the machine slept, which does not describe the connection after it.

    Make one when the status is received.
    """

    def __init__(self) -> None:
        self._asleep = asleep()

    def now(self, received: ConnectionStatus) -> ConnectionStatus:
        """Return ``received`` as it applies now: offline if it was live and the machine has slept since."""
        slept = asleep() - self._asleep
        if slept < _LONGEST_PAUSE or received.mode not in ("live", "offline"):
            return received
        return msgspec.structs.replace(received, mode="offline", offline_seconds=received.offline_seconds + slept)
