"""What the cursor of the plan can stand on."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView


@dataclass(frozen=True)
class Spot:
    """Something the cursor can stand on: a seat, else a zone's signed-out seats (``out`` of them), else its counts."""

    zone: str
    seat: "SeatView | None" = None
    out: int = 0

    @property
    def key(self) -> str:
        """What the cursor remembers."""
        if self.seat is not None:
            return self.seat.id
        return f"out:{self.zone}" if self.out else f"zone:{self.zone}"

    def stands(self, views: "Mapping[str, SeatView]", zones: Container[str]) -> bool:
        """Whether what it is about is still there."""
        return self.zone in zones if self.seat is None else self.seat.id in views

    def renewed(self, views: "Mapping[str, SeatView]", out: Mapping[str, int]) -> "Spot":
        """The same spot with what is now there: ``views`` by seat id, ``out`` by zone."""
        if self.seat is not None:
            return Spot(self.zone, views[self.seat.id])
        return Spot(self.zone, out=out.get(self.zone, 0) or 1) if self.out else self
