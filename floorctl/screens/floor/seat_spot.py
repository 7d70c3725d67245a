"""``Spot``: a position of the seat plan's cursor."""

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView


class Spot(msgspec.Struct, frozen=True):
    """A cursor position: a seat, else a zone's signed-out seats (``out`` of them), else the line of a zone's counts."""

    zone: str
    seat: "SeatView | None" = None
    out: int = 0

    @property
    def key(self) -> str:
        """Identifier of the spot that stays the same over redraws."""
        if self.seat is not None:
            return self.seat.id
        return f"out:{self.zone}" if self.out else f"zone:{self.zone}"

    def exists(self, views: "Mapping[str, SeatView]", zones: Container[str]) -> bool:
        """Whether its seat (``views`` by id) or its zone (``zones``) still exists."""
        return self.zone in zones if self.seat is None else self.seat.id in views

    def updated(self, views: "Mapping[str, SeatView]", out: Mapping[str, int]) -> "Spot":
        """Return the spot with present values: ``views`` by seat id, numbers of signed-out seats ``out`` by zone."""
        if self.seat is not None:
            return Spot(self.zone, views[self.seat.id])
        return Spot(self.zone, out=out.get(self.zone, 0) or 1) if self.out else self
