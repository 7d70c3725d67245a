"""How things stand between this terminal and the platform, in one value that can be shown and sent on."""

from datetime import datetime
from typing import Literal

import msgspec

Mode = Literal["live", "offline", "connecting", "signed_out"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One moment's standing.

    ``as_of`` is the platform time that the data shown dates from, None before the first sync. ``offline_seconds`` is
    how long nothing has been heard (0 while live). ``first_sync`` is (done, total) while the first sync runs, total 0
    where the platform does not know it. ``waiting``, ``refused`` and ``conflicts`` count commands of the outbox.
    ``problem`` is the catalogue key of the sentence that says what is wrong, if anything is.
    """

    mode: Mode
    as_of: datetime | None = None
    offline_seconds: float = 0.0
    first_sync: tuple[int, int] | None = None
    waiting: int = 0
    refused: int = 0
    conflicts: int = 0
    problem: str | None = None
