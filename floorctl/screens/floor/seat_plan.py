"""The seat plan: the seats by zone in one widget; zones that don't fit show counts and the seats past a limit.

Seats that are signed out and not expected are only counted, not drawn, so that the plan shows who works.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp
from textual.message import Message

from floorctl.i18n import t
from floorctl.models.floor import SIGNED_OUT
from floorctl.screens.floor.held_layout import HeldLayout
from floorctl.screens.floor.ranking import limit_weight, longest, shared, with_chosen
from floorctl.screens.floor.resource_pane import state_counts
from floorctl.screens.floor.seat_cell import LONGEST_NAME, SHORT_TIME, SeatCells
from floorctl.screens.floor.seat_spot import Spot
from floorctl.text.durations import WIDEST, running
from floorctl.text.safe import fit
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, brief, seg, width_of
from floorctl.widgets.rows import nothing_fits

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView
    from floorctl.models.floor import Seat

_HOUR = 3600
#: Least cells of a name (less where all names are shorter): badges are dropped before names are cut further.
_SHORTEST_NAME = 6


class SeatPlan(Painted, can_focus=True):
    """The seats that ``show`` was last called with. ``marked`` holds seat ids.

    ``expanded`` holds the zones whose seats are all shown even if there is room for counts only, ``shown_out`` the
    zones whose signed-out seats are drawn too. While a person works in the plan, seats keep their places.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1, 0)", "ui.key.left", show=False),
        Binding("right", "move(1, 0)", "ui.key.right", show=False),
        Binding("up", "move(0, -1)", "ui.key.up", show=False),
        Binding("down", "move(0, 1)", "ui.key.down", show=False),
        Binding("home", "edge(0)", "ui.key.home", show=False),
        Binding("end", "edge(-1)", "ui.key.end", show=False),
        Binding("pageup", "move(0, -10)", "ui.key.page_up", show=False),
        Binding("pagedown", "move(0, 10)", "ui.key.page_down", show=False),
        Binding("space", "mark", "ui.key.mark"),
        Binding("enter", "open", "ui.key.open"),
    ]

    class Opened(Message):
        """A seat was opened with Enter or a double click."""

        def __init__(self, seat_id: str) -> None:
            super().__init__()
            self.seat_id = seat_id

    def __init__(self) -> None:
        super().__init__()
        self.marked: set[str] = set()
        self.expanded: set[str] = set()
        self.shown_out: set[str] = set()
        self._missing: Mapping[str, str] = {}
        self._searched = False
        #: Description of the current filter, as visible text.
        self.narrowed_to = ""
        self._cells = SeatCells()
        #: Zone → number of its signed-out seats that are drawn only if the zone is in ``shown_out``.
        self._signed_out_counts: dict[str, int] = {}
        self._seats: Sequence[SeatView] = ()
        #: The seats as entities (without running times): the width of numbers is recomputed when these change.
        self._entities: list[Seat] = []
        self._live = True
        self._cursor = ""
        #: Zone → the seats that are drawn; zone → all of its seats.
        self._zones: dict[str, list[SeatView]] = {}
        self._all_of_zone: dict[str, list[SeatView]] = {}
        self._rows: list[list[Spot]] = []
        self._held_layout: HeldLayout[tuple[list[list[Spot]], int, tuple[int, int, bool, bool]]] = HeldLayout()
        self._top = 0
        self._gutter = 0
        #: Zone → number of its seats past a limit that there is no room for.
        self._hidden: dict[str, int] = {}

    # -- for the screen -------------------------------------------------------------------------------------------

    def show(
        self,
        seats: "Sequence[SeatView]",
        *,
        live: bool,
        lines: Mapping[str, str],
        missing: Mapping[str, str],
        searched: bool = False,
    ) -> None:
        """Show these seats, in their order; ``live`` False: times are grey.

        ``lines``: queue id → its line. ``missing``: id of a seat where somebody should be → their name. ``searched``:
        the seats are the result of a filter; all are drawn, signed-out ones too.
        """
        self._seats, self._live, self._missing, self._searched = seats, live, missing, searched
        self._cells.set_queue_lines(lines)
        entities = [view.seat for view in seats]
        if entities != self._entities:
            self._entities = entities
            self._cells.number = min(6, max((cell_len(brief(seat.number)) for seat in entities), default=2))
        self.repaint()

    @property
    def cursor_seat(self) -> "SeatView | None":
        """The seat under the cursor; None if the cursor is on no seat."""
        if not self._rows:
            self._arrange(self.size.width or 80, self.size.height or 24)
        row, column = self._cursor_place()
        return self._rows[row][column].seat if self._rows else None

    def put_cursor(self, seat_id: str) -> None:
        """Put the cursor on this seat."""
        self._cursor = seat_id
        self.repaint()

    def targets(self) -> list[str]:
        """Return the ids an action acts on: the marked seats, else the one under the cursor."""
        self._held_layout.touch()
        if self.marked:
            return [view.id for view in self._seats if view.id in self.marked]
        under_cursor = self.cursor_seat
        return [under_cursor.id] if under_cursor is not None else []

    # -- arranging ------------------------------------------------------------------------------------------------

    def _drawn(self, view: "SeatView") -> bool:
        """Whether a signed-out seat is drawn: searched for, somebody should be there, marked, or at the cursor."""
        return self._searched or view.id in self._missing or view.id in self.marked or view.id == self._cursor

    def _arrange(self, width: int, height: int) -> None:
        zones: dict[str, list[SeatView]] = {}
        everyone: dict[str, list[SeatView]] = {}
        out: dict[str, int] = {}
        longest_time = 0.0
        for view in self._seats:
            zone = view.seat.zone
            everyone.setdefault(zone, []).append(view)
            drawn = zones.setdefault(zone, [])
            if view.seat.state == SIGNED_OUT and not self._drawn(view):
                out[zone] = out.get(zone, 0) + 1
                if zone not in self.shown_out:
                    continue
            drawn.append(view)
            longest_time = max(longest_time, view.seconds_in_state)
        self._zones, self._all_of_zone, self._signed_out_counts = zones, everyone, out
        layout_key = (width, height, self._searched, frozenset(self.expanded), frozenset(self.shown_out))
        if not self._restore_layout(layout_key):
            self._lay_out_anew(width, height, longest_time)
            self._held_layout.keep(layout_key, (self._rows, self._gutter, self._cells.layout))

    def _restore_layout(self, layout_key: Hashable) -> bool:
        """Keep the previous layout while a person works in the plan; return False if a new layout is needed."""
        held = self._held_layout.find(self, layout_key)
        views = {view.id: view for view in self._seats}
        if held is None or not all(spot.exists(views, self._all_of_zone) for row in held[0] for spot in row):
            return False
        rows, self._gutter, self._cells.layout = held
        self._rows = [[spot.updated(views, self._signed_out_counts) for spot in row] for row in rows]
        return True

    def _lay_out_anew(self, width: int, height: int, longest_time: float) -> None:
        self._cells.time = SHORT_TIME if longest_time < _HOUR else max(cell_len(running(time)) for time in WIDEST)
        self._gutter = min(8, max((cell_len(brief(zone)) for zone in self._zones), default=0)) + 2
        room = max(1, width - self._gutter)
        names = {view.person_name for view in self._seats}
        shortest = min(_SHORTEST_NAME, max((cell_len(brief(name)) for name in names), default=0))
        # Prefer badges with full state words, then badges with short words, then no badges.
        for self._cells.worded, self._cells.badged in ((True, True), (False, True), (True, False), (False, False)):
            if self._lay_out(room, height, shortest):
                return
        self._cells.worded = True
        self._cells.badged = room >= self._cells.fixed(badged=True) + shortest
        across = max(1, room // (self._cells.fixed() + LONGEST_NAME))
        self._cells.width = min(room // across, self._cells.fixed() + LONGEST_NAME + 2)
        self._collapse(across, height)

    def rows_for(self, width: int, height: int) -> int:
        """Return how many of ``height`` rows the plan needs."""
        self._arrange(width, height)
        return len(self._rows)

    def _lay_out(self, room: int, height: int, shortest: int) -> bool:
        """Lay out every zone with all of its seats; return False if they need more than ``height`` rows."""
        most = room // (self._cells.fixed() + shortest)
        if most < 1 and self._cells.badged:
            return False
        spots = [len(seats) + bool(self._signed_out_counts.get(zone)) for zone, seats in self._zones.items()]
        # Full names if they fit; else more seats in a row, with shorter names, until the height suffices.
        across = max(1, min(most, room // (self._cells.fixed() + LONGEST_NAME)))
        while across < most and sum(-(-count // across) for count in spots) > height:
            across += 1
        self._cells.width = min(room // across, self._cells.fixed() + LONGEST_NAME + 2)
        if sum(-(-count // across) for count in spots) > height:
            return False
        whole = [self._grid(zone, seats, across) for zone, seats in self._zones.items()]
        airy = sum(len(rows) for rows in whole) + len(whole) - 1 <= height
        self._rows = [row for at, rows in enumerate(whole) for row in ([[], *rows] if airy and at else rows)]
        return True

    def _collapse(self, across: int, height: int) -> None:
        """Lay out every zone's counts, and beneath them as many seats as there is room for, the most urgent first.

        Seats past a limit come first, then seats whose agent is missing, then those longest in their state.
        """
        whole = self.expanded | self.shown_out  # the person opened both
        past = {
            zone: sorted((view for view in seats if view.limit != "none" or view.id in self._missing), key=limit_weight)
            for zone, seats in self._zones.items()
            if zone not in whole
        }
        opened = sum(
            -(-(len(seats) + bool(self._signed_out_counts.get(zone))) // across)
            for zone, seats in self._zones.items()
            if zone in whole
        )
        room = height - len(self._zones) - opened
        # Seats past a limit get room first, the worst zones first where there is little of it; then the seats that
        # have been in their state the longest.
        worst = sorted(past, key=lambda zone: limit_weight(past[zone][0]) if past[zone] else (3, 0.0))
        rows = shared({zone: -(-len(past[zone]) // across) for zone in worst}, room)
        left = room - sum(rows.values())
        more = shared({zone: -(-len(self._zones[zone]) // across) - rows[zone] for zone in past}, left)
        self._rows, self._hidden = [], {}
        for zone, seats in self._zones.items():
            self._rows.append([Spot(zone)])
            if zone in whole:
                self._rows += self._grid(zone, seats, across)
                continue
            # If not even the counts fit, the plan scrolls anyway, so each zone shows a row of its seats past a limit.
            least = min(len(past[zone]), 1) if room < 0 else 0
            places = max(rows[zone] + more[zone], least) * across
            shown = past[zone][:places]
            self._hidden[zone] = len(past[zone]) - len(shown)
            shown += longest(seats, places - len(shown))
            self._rows += self._grid(
                zone, with_chosen(shown, seats, self.marked | {self._cursor}), across, counted=True
            )

    def _grid(self, zone: str, seats: "Sequence[SeatView]", across: int, *, counted: bool = False) -> list[list[Spot]]:
        """Return the rows of a zone; unless ``counted``, the last spot is its signed-out seats."""
        spots = [Spot(zone, view) for view in seats]
        if (out := self._signed_out_counts.get(zone, 0)) and not counted:
            spots.append(Spot(zone, out=out))
        return [spots[at : at + across] for at in range(0, len(spots), across)]

    def _cursor_place(self) -> tuple[int, int]:
        """Return row and column of the cursor; if its spot is gone, move it to the first spot."""
        for at, row in enumerate(self._rows):
            for column, spot in enumerate(row):
                if spot.key == self._cursor:
                    return at, column
        if self._rows:
            self._cursor = self._rows[0][0].key
        return 0, 0

    # -- drawing --------------------------------------------------------------------------------------------------

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the rows in sight."""
        self._arrange(width, height)
        if not self._rows:
            none = nothing_fits(self.narrowed_to, t("ui.rows.seat")) if self.narrowed_to else t("floor.no_seats")
            return [[seg("  " + none, looks.QUIET)]]
        cursor_row, cursor_column = self._cursor_place()
        self._top = max(0, min(self._top, cursor_row, len(self._rows) - height), cursor_row - height + 1)
        lines: list[Line] = []
        for at in range(self._top, min(len(self._rows), self._top + height)):
            row = self._rows[at]
            if not row:
                lines.append([])
                continue
            here = cursor_column if at == cursor_row else -1
            if row[0].seat is None and not row[0].out:
                lines.append(self._zone_line(row[0].zone, width, here == 0))
            else:
                label = "" if self._headed(at) else brief(row[0].zone)
                line = [seg(" " + fit(label, self._gutter - 1), looks.HEADER)]
                for column, spot in enumerate(row):
                    line += self._spot(spot, column == here)
                lines.append(line)
        return lines

    def _headed(self, at: int) -> bool:
        """Whether the line above is of the same zone, so that its name is not repeated."""
        above = self._rows[at - 1] if at > self._top else []
        return bool(above) and above[0].zone == self._rows[at][0].zone

    def _ground(self, here: bool) -> Style:
        return (looks.CURSOR if self.has_focus else looks.CURSOR_AWAY) if here else Style.null()

    def _spot(self, spot: Spot, here: bool) -> Line:
        view = spot.seat
        if view is None:
            shown = spot.zone in self.shown_out
            return self._cells.signed_out(spot.out, self._ground(here), here=here, shown=shown)
        mark = "◆" if view.id in self.marked else "▌" if here else " "
        missing = self._missing.get(view.id)
        return self._cells.seat(view, mark, self._ground(here), live=self._live, missing=missing)

    def _zone_line(self, zone: str, width: int, here: bool) -> Line:
        seats = self._all_of_zone[zone]
        ground = self._ground(here)
        arrow = "▾" if zone in self.expanded else "▸"
        point = "▌" if here else " "
        line = [
            Segment(point + fit(brief(zone), self._gutter - 2) + arrow, looks.HEADER + ground),
            Segment(" " + t("floor.zone_seats", n=len(seats)).ljust(5) + " ", looks.QUIET + ground),
        ]
        past = sum(view.limit != "none" for view in seats)
        if past:
            hidden = self._hidden.get(zone, 0)
            more = t("floor.zone_hidden", n=hidden) + " " if hidden else ""
            line.append(Segment(f" ▲{past} {more}", looks.WARNING + ground))
        if marked := sum(view.id in self.marked for view in seats) if self.marked else 0:
            line.append(Segment(f" ◆{marked} ", looks.MARKED + ground))
        line.append(Segment(" ", ground))
        counts = state_counts(seats, width - width_of(line), 1)[0]
        if here:
            counts = [Segment(piece.text, (piece.style or looks.TEXT) + ground) for piece in counts]
        return [*line, *counts]

    # -- keys and mouse -------------------------------------------------------------------------------------------

    def action_move(self, columns: int, rows: int) -> None:
        """Move the cursor; past the end of a row it continues in the next row."""
        self._held_layout.touch()
        if not self._rows:
            return
        row, column = self._cursor_place()
        if columns:
            column += columns
            if column >= len(self._rows[row]) and row + 1 < len(self._rows):
                row, column = self._filled_row(row + 1, 1), 0
            elif column < 0 and row > 0:
                row = self._filled_row(row - 1, -1)
                column = len(self._rows[row]) - 1
        row = self._filled_row(max(0, min(len(self._rows) - 1, row + rows)), 1 if rows > 0 else -1)
        column = max(0, min(column, len(self._rows[row]) - 1))
        self._cursor = self._rows[row][column].key
        self.repaint()

    def _filled_row(self, row: int, step: int) -> int:
        """Return ``row``, or the next row in direction ``step`` if it is an empty row between zones."""
        while not self._rows[row]:
            row += step
        return row

    def action_edge(self, row: int) -> None:
        """Move to the first spot (0) or the last (-1)."""
        self._held_layout.touch()
        if self._rows:
            self._cursor = self._rows[row][row].key
            self.repaint()

    def action_mark(self) -> None:
        """Mark or unmark the seat, or every seat of the zone, under the cursor."""
        self._held_layout.touch()
        if not self._rows:
            return
        row, column = self._cursor_place()
        spot = self._rows[row][column]
        if spot.seat is not None:
            self.marked ^= {spot.seat.id}
            self.action_move(1, 0)
        elif not spot.out:
            ids = {view.id for view in self._zones[spot.zone]}
            self.marked = self.marked - ids if ids <= self.marked else self.marked | ids
            self.repaint()

    def clear_marks(self) -> bool:
        """Remove all marks; return False if there were none."""
        had = bool(self.marked)
        self.marked.clear()
        self.repaint()
        return had

    def action_open(self) -> None:
        """Open the seat, or expand or collapse the zone or its signed-out seats, under the cursor."""
        if not self._rows:
            return
        row, column = self._cursor_place()
        spot = self._rows[row][column]
        if spot.seat is not None:
            self.post_message(self.Opened(spot.seat.id))
            return
        opened = self.shown_out if spot.out else self.expanded
        opened ^= {spot.zone}
        self.repaint()

    def on_click(self, event: Click) -> None:
        """Select the spot on a click, open it on a double click, mark it with Ctrl or Shift."""
        self._held_layout.touch()
        row = self._top + event.y
        if not 0 <= row < len(self._rows):
            return
        spots = self._rows[row]
        if not spots:
            return
        column = 0 if spots[0].seat is None and not spots[0].out else (event.x - self._gutter) // self._cells.width
        if not 0 <= column < len(spots):
            return
        self._cursor = spots[column].key
        if event.ctrl or event.shift:
            self.action_mark()
        elif event.chain == 2:
            self.action_open()
        self.repaint()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move the cursor by 2 rows; the view follows."""
        event.stop()
        self.action_move(0, 2)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Move the cursor by 2 rows; the view follows."""
        event.stop()
        self.action_move(0, -2)

    def on_focus(self, _event: Focus) -> None:
        """Draw the cursor in the style of the focus."""
        self.repaint()

    def on_blur(self, _event: Blur) -> None:
        """Draw the cursor in the style without the focus."""
        self.repaint()
