"""``SeatTable``: the seats as a table, those past a limit first, then by zone and number, signed-out ones last."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.models.floor import SEAT_KINDS, SEAT_STATES, SIGNED_OUT
from floorctl.screens.floor.ranking import limit_weight
from floorctl.screens.floor.seat_cell import MOVED
from floorctl.text.unknown import unknown
from floorctl.widgets import looks
from floorctl.widgets.painted import brief
from floorctl.widgets.rows import Column, Row, widest
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView


class SeatTable(PlainTable):
    """A table of the seats that ``show`` was last called with."""

    def __init__(self) -> None:
        states = widest(term("seat_state", state) for state in SEAT_STATES)
        columns = (
            Column(t("floor.column.number"), 5),
            Column(t("floor.column.zone"), 6),
            Column(t("floor.column.state"), 1 + states),
            Column(t("floor.column.time"), 8, right=True),
            Column("", 1),
            Column(t("floor.column.person"), 8, grow=1, most=20),
            Column(t("floor.column.line"), 6, rank=1),
            Column(t("floor.column.skills"), 18, grow=2, wish=20, most=40),
            Column(t("floor.column.kind"), widest(term("seat_kind", kind) for kind in SEAT_KINDS), rank=2),
        )
        super().__init__(columns, self._page, empty=t("floor.no_seats"), kind=t("ui.rows.seat"), locate=self._index)
        self._seats: list[SeatView] = []
        self._live = True
        self._lines_of: Mapping[str, str] = {}
        self._wanted: str | None = None
        self._stale_rows = False
        self._reading = False

    def show(self, seats: "Sequence[SeatView]", lines: Mapping[str, str], *, live: bool) -> None:
        """Show these seats; ``lines``: queue id → its line (12345); ``live`` False: times are grey."""
        self._lines_of = lines
        self._seats = sorted(seats, key=_weight)
        self._live = live
        self._stale_rows = True
        if not self._reading:
            self._reading = True
            self.run_worker(self._again())

    def start_at(self, seat_id: str | None) -> None:
        """Put the cursor on this seat with the next ``show``."""
        self._wanted = seat_id
        self.ask()

    async def _again(self) -> None:
        try:
            while self._stale_rows:
                self._stale_rows = False
                await self.reload()
        finally:
            self._reading = False
        if self._wanted is not None and (at := await self._index(self._wanted)) is not None:
            self._wanted = None
            await self.go_to(at)

    async def _index(self, seat_id: str) -> int | None:
        return next((at for at, view in enumerate(self._seats) if view.id == seat_id), None)

    async def _page(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        return [self._as_row(view) for view in self._seats[offset : offset + limit]], len(self._seats)

    def _as_row(self, view: "SeatView") -> Row:
        seat = view.seat
        past = {"warning": looks.WARNING, "alert": looks.ALERT}.get(view.limit, looks.TEXT)
        glyph = term("seat_glyph", seat.state) if seat.state in SEAT_STATES else "?"
        served = brief(" ".join(self._lines_of.get(skill, unknown("queue")) for skill in seat.skills))
        return Row(
            view.id,
            (
                brief(seat.number),
                brief(seat.zone),
                (f"{glyph}{brief(term('seat_state', seat.state))}", looks.seat_style(seat.state)),
                (view.lasts(), past if self._live else looks.STALE),
                (looks.LIMIT_GLYPHS.get(view.limit, "↑" if view.pending else ""), past),
                brief(view.person_name),
                brief(seat.call.line) if seat.call else "",
                ((f"{MOVED} " if view.moved else "") + served, looks.STRONG if view.moved else looks.TEXT),
                brief(term("seat_kind", seat.kind)),
            ),
        )


def _weight(view: "SeatView") -> tuple[int, float]:
    """Sort key: seats past a limit first, signed-out seats last; the others keep their order."""
    return limit_weight(view) if view.limit != "none" else (3 if view.seat.state == SIGNED_OUT else 2, 0.0)
