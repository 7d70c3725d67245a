"""What is read of hot spots."""

from __future__ import annotations

from datetime import datetime

import msgspec


class HotSpotView(msgspec.Struct, frozen=True, kw_only=True):
    """A matter that swells. ``category``: its path as it was sent, empty: any; ``region``: None: everywhere.

    ``key`` names what it is about when it began, and with the day of ``since`` the matter itself. ``count``: the
    orders of its window; ``word``: the fatal word that stands in one of them. ``critical_since``: since when it is
    critical. ``swells``: whether callers came in the last day.
    """

    key: str
    level: str
    category_id: str | None
    category: tuple[str, ...]
    region: str | None
    window: str
    count: int
    callers: int
    expected: float
    p_value: float
    since: datetime
    latest: datetime
    order_ids: tuple[str, ...]
    word: str | None
    critical_since: datetime | None
    swells: bool

    @property
    def id(self) -> str:
        """The matter's id, the same at every terminal that holds the same orders."""
        return f"{self.key}:{self.since:%Y-%m-%d}"

    @property
    def first_order_id(self) -> str:
        """The first order of those counted."""
        return self.order_ids[0]


class Part(msgspec.Struct, frozen=True):
    """A part of a matter's course: the callers from ``start`` on, and those that are usual then."""

    start: datetime
    callers: int
    expected: float


class HotSpots(msgspec.Struct, frozen=True):
    """What swells, the newest first. ``held``: the days of history; with fewer than ``needed`` nothing is said."""

    matters: tuple[HotSpotView, ...] = ()
    held: int = 0
    needed: int = 0

    @property
    def enough(self) -> bool:
        """Whether there is enough history to say what is usual."""
        return self.held >= self.needed

    @property
    def swelling(self) -> list[HotSpotView]:
        """The matters about which somebody called in the last day."""
        return [matter for matter in self.matters if matter.swells]
