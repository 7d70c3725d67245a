"""The state of the connection to the platform, in one value that screens show and windows of a terminal share."""

from datetime import datetime
from typing import Literal

import msgspec

from floorctl.clock import asleep

Mode = Literal["live", "offline", "connecting", "signed_out"]


class ConnectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the connection at one moment.

    ``as_of`` is the platform time that the data shown dates from, None before the first sync. ``offline_seconds`` is
    how long nothing has been heard (0 while live). ``first_sync`` is (done, total) while the first sync runs, total 0
    where the platform does not know it. ``waiting``, ``refused`` and ``conflicts`` count commands of the outbox.
    ``problem`` is the catalogue key of the sentence that says what is wrong, if anything is, and ``about`` fills its
    places (a file's path).
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


#: A machine that slept for less than this, in seconds, has only been slow.
_NAP = 4.5


class LastTold:
    """When a status was told. One from before the machine slept says nothing about the connection after it."""

    def __init__(self) -> None:
        self._asleep = asleep()

    def now(self, told: ConnectionStatus) -> ConnectionStatus:
        """What ``told`` says now: not live any more where the machine has slept since."""
        slept = asleep() - self._asleep
        if slept < _NAP or told.mode not in ("live", "offline"):
            return told
        return msgspec.structs.replace(told, mode="offline", offline_seconds=told.offline_seconds + slept)
