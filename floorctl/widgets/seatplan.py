"""The floor as a plan: every seat by zone in one widget; zones that don't fit show counts and their outliers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Blur, Click, Focus, MouseScrollDown, MouseScrollUp
from textual.message import Message

from floorctl.i18n import t, term
from floorctl.models.floor import SEAT_STATES, SIGNED_OUT
from floorctl.text import fit
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, brief, seg
from floorctl.widgets.resourcepane import grouped

if TYPE_CHECKING:
    from floorctl.views import SeatView

_TIME = 5
_SHORTEST_NAME = 2
_LONGEST_NAME = 8


def seat_clock(seconds: float) -> str:
    """Time in state in at most five cells: 3:12, 59:59, then 1h40, then 3d04."""
    left = int(seconds)
    if left < 6000:
        return f"{left // 60}:{left % 60:02}"
    if left < 100 * 3600:
        return f"{left // 3600}h{left // 60 % 60:02}"
    return f"{min(99, left // 86400)}d{left // 3600 % 24:02}"


def limit_weight(view: "SeatView") -> tuple[int, float]:
    """Sorts those past a limit first, the longest among them first."""
    return ({"alert": 0, "warning": 1}.get(view.limit, 2), -view.seconds_in_state)


def longest(seats: "Sequence[SeatView]", most: int) -> "list[SeatView]":
    """The seats within their limits that are longest in their state: one of each state in turn, none signed out."""
    by_state: dict[str, list[SeatView]] = {}
    for view in seats if most else ():
        if view.seat.state != SIGNED_OUT and view.limit == "none":
            by_state.setdefault(view.seat.state, []).append(view)
    states = sorted(by_state, key=lambda state: SEAT_STATES.index(state) if state in SEAT_STATES else len(SEAT_STATES))
    ranked = (nlargest(most, by_state[state], key=lambda view: view.seconds_in_state) for state in states)
    return [view for turn in zip_longest(*ranked) for view in turn if view is not None][:most]


def shared(wanted: Mapping[str, int], room: int) -> dict[str, int]:
    """``room`` rows given out one at a time in turn, to each no more than it wants."""
    given = dict.fromkeys(wanted, 0)
    while room > 0 and (short := [name for name in wanted if given[name] < wanted[name]]):
        step = max(1, min(room // len(short), *(wanted[name] - given[name] for name in short)))
        for name in short[:room]:
            given[name] += step
            room -= step
    return given


@dataclass(frozen=True)
class Spot:
    """Something the cursor can stand on: a seat, or (``seat`` None) the counts of a zone."""

    zone: str
    seat: "SeatView | None" = None

    @property
    def key(self) -> str:
        """What the cursor remembers."""
        return self.seat.id if self.seat is not None else f"zone:{self.zone}"


class SeatPlan(Painted, can_focus=True):
    """``show`` gives it the seats; ``live`` False turns times grey. ``marked`` holds seat ids."""

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
        """Enter or a double click on a seat."""

        def __init__(self, seat_id: str) -> None:
            super().__init__()
            self.seat_id = seat_id

    def __init__(self) -> None:
        super().__init__()
        self.marked: set[str] = set()
        self.expanded: set[str] = set()
        self._seats: Sequence[SeatView] = ()
        self._live = True
        self._cursor = ""
        self._zones: dict[str, list[SeatView]] = {}
        self._rows: list[list[Spot]] = []
        self._top = 0
        self._cell = 1
        self._gutter = 0
        #: Zone → how many of its seats past a limit found no room.
        self._hidden: dict[str, int] = {}
        self._word = max(cell_len(term("seat_state", state)) for state in SEAT_STATES)
        self._number = 2

    # -- what the screen asks -------------------------------------------------------------------------------------

    def show(self, seats: "Sequence[SeatView]", *, live: bool) -> None:
        """Show these seats, in their order."""
        self._seats, self._live = seats, live
        self.repaint()

    @property
    def cursor_seat(self) -> "SeatView | None":
        """The seat under the cursor."""
        if not self._rows:
            self._arrange(self.size.width or 80, self.size.height or 24)
        row, column = self._place()
        return self._rows[row][column].seat if self._rows else None

    def put_cursor(self, seat_id: str) -> None:
        """Put the cursor on this seat."""
        self._cursor = seat_id
        self.repaint()

    def targets(self) -> list[str]:
        """The ids an action acts on: the marked seats, else the one under the cursor."""
        if self.marked:
            return [view.id for view in self._seats if view.id in self.marked]
        here = self.cursor_seat
        return [here.id] if here is not None else []

    # -- arranging ------------------------------------------------------------------------------------------------

    def _arrange(self, width: int, height: int) -> None:
        zones: dict[str, list[SeatView]] = {}
        for view in self._seats:
            zones.setdefault(view.seat.zone, []).append(view)
        self._zones = zones
        self._number = min(6, max((cell_len(brief(view.seat.number)) for view in self._seats), default=2))
        self._gutter = min(8, max((cell_len(brief(zone)) for zone in zones), default=0)) + 2
        room = max(1, width - self._gutter)
        most = max(1, room // (self._fixed() + _SHORTEST_NAME))
        # Whole names where they fit; more seats to a row, with shorter names, where the height asks for it.
        across = max(1, min(most, room // (self._fixed() + _LONGEST_NAME)))
        while across < most and sum(-(-len(seats) // across) for seats in zones.values()) > height:
            across += 1
        self._cell = min(room // across, self._fixed() + _LONGEST_NAME + 2)
        if sum(-(-len(seats) // across) for seats in zones.values()) <= height:
            whole = [self._grid(zone, seats, across) for zone, seats in zones.items()]
            airy = sum(len(rows) for rows in whole) + len(whole) - 1 <= height
            self._rows = [row for at, rows in enumerate(whole) for row in ([[], *rows] if airy and at else rows)]
            return
        across = max(1, room // (self._fixed() + _LONGEST_NAME))
        self._cell = min(room // across, self._fixed() + _LONGEST_NAME + 2)
        self._collapse(across, height)

    def _collapse(self, across: int, height: int) -> None:
        """Every zone's counts, and beneath them as many seats as there is room for, those past a limit first."""
        past = {
            zone: sorted((view for view in seats if view.limit != "none"), key=limit_weight)
            for zone, seats in self._zones.items()
            if zone not in self.expanded
        }
        opened = sum(-(-len(seats) // across) for zone, seats in self._zones.items() if zone in self.expanded)
        room = height - len(self._zones) - opened
        # What is past a limit shares the room first, the worst zones before the others where there is little of it.
        # Then come those who have been in their state the longest.
        worst = sorted(past, key=lambda zone: limit_weight(past[zone][0]) if past[zone] else (3, 0.0))
        rows = shared({zone: -(-len(past[zone]) // across) for zone in worst}, room)
        left = room - sum(rows.values())
        more = shared({zone: -(-len(self._zones[zone]) // across) - rows[zone] for zone in past}, left)
        self._rows, self._hidden = [], {}
        for zone, seats in self._zones.items():
            self._rows.append([Spot(zone)])
            if zone in self.expanded:
                self._rows += self._grid(zone, seats, across)
                continue
            # Where not even the counts fit, one has to scroll, and does so past the outliers of each zone.
            least = min(len(past[zone]), 1) if room < 0 else 0
            places = max(rows[zone] + more[zone], least) * across
            shown = past[zone][:places]
            self._hidden[zone] = len(past[zone]) - len(shown)
            shown += longest(seats, places - len(shown))
            self._rows += self._grid(zone, self._with_chosen(shown, seats), across)

    def _with_chosen(self, shown: "list[SeatView]", seats: "Sequence[SeatView]") -> "list[SeatView]":
        """``shown`` with what is marked or under the cursor in place of its last ones, where that was left out."""
        chosen, here = self.marked | {self._cursor}, {view.id for view in shown}
        missing = [view for view in seats if view.id in chosen and view.id not in here]
        for at in range(len(shown) - 1, -1, -1):
            if missing and shown[at].id not in chosen:
                shown[at] = missing.pop()
        return shown

    def _fixed(self) -> int:
        return 1 + self._number + 1 + 1 + self._word + 1 + _TIME + 1

    @staticmethod
    def _grid(zone: str, seats: "Sequence[SeatView]", across: int) -> list[list[Spot]]:
        return [[Spot(zone, view) for view in seats[at : at + across]] for at in range(0, len(seats), across)]

    def _place(self) -> tuple[int, int]:
        """Row and column of the cursor; the first seat where it stands on nothing."""
        for at, row in enumerate(self._rows):
            for column, spot in enumerate(row):
                if spot.key == self._cursor:
                    return at, column
        if self._rows:
            self._cursor = self._rows[0][0].key
        return 0, 0

    # -- drawing --------------------------------------------------------------------------------------------------

    def picture(self, width: int, height: int) -> list[Line]:
        """The rows in sight."""
        self._arrange(width, height)
        if not self._rows:
            return [[seg("  " + t("floor.no_seats"), looks.QUIET)]]
        cursor_row, cursor_column = self._place()
        self._top = max(0, min(self._top, cursor_row, len(self._rows) - height), cursor_row - height + 1)
        lines: list[Line] = []
        for at in range(self._top, min(len(self._rows), self._top + height)):
            row = self._rows[at]
            if not row:
                lines.append([])
                continue
            here = cursor_column if at == cursor_row else -1
            if row[0].seat is None:
                lines.append(self._zone_line(row[0].zone, width, here == 0))
            else:
                label = "" if self._headed(at) else brief(row[0].zone)
                line = [seg(" " + fit(label, self._gutter - 1), looks.HEADER)]
                for column, spot in enumerate(row):
                    line += self._seat(spot.seat, column == here)
                lines.append(line)
        return lines

    def _headed(self, at: int) -> bool:
        """True where the line above already says which zone this is."""
        above = self._rows[at - 1] if at > self._top else []
        return bool(above) and above[0].zone == self._rows[at][0].zone

    def _seat(self, view: "SeatView | None", here: bool) -> Line:
        if view is None:
            return []
        state, limit = view.seat.state, view.limit
        ground = (looks.CURSOR if self.has_focus else looks.CURSOR_AWAY) if here else Style.null()
        colour = looks.seat_style(state)
        mark = "◆" if view.id in self.marked else "▌" if here else " "
        number = fit(brief(view.seat.number), self._number)
        glyph = fit(term("seat_glyph", state) if state in SEAT_STATES else "?", 1)
        word = fit(brief(term("seat_state", state)), self._word)
        time = seat_clock(view.seconds_in_state).rjust(_TIME)
        past = {"warning": looks.WARNING, "alert": looks.ALERT}.get(limit)
        pending = "↑" if view.pending else " "
        after = looks.LIMIT_GLYPHS.get(limit, pending)
        time_style = (past or (looks.QUIET if state == "signed_out" else looks.TEXT)) if self._live else looks.STALE
        name_room = min(self._cell - self._fixed(), _LONGEST_NAME)
        name = brief(view.person_name)
        name = fit(name, name_room) if name_room > 3 else set_cell_size(name, max(0, name_room))
        faint = looks.FAINT if state == "signed_out" else looks.TEXT
        return [
            Segment(mark + number + " ", (looks.MARKED if view.id in self.marked else looks.QUIET) + ground),
            Segment(glyph + word + " ", colour + ground),
            Segment(time, time_style + ground),
            Segment(after, (past or looks.AMBER) + ground),
            Segment(name, faint + ground),
            Segment(" " * max(0, self._cell - self._fixed() - max(0, name_room))),
        ]

    def _zone_line(self, zone: str, width: int, here: bool) -> Line:
        seats = self._zones[zone]
        ground = (looks.CURSOR if self.has_focus else looks.CURSOR_AWAY) if here else Style.null()
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
        for glyph, word, number, style in grouped(seats):
            line.append(Segment(f" {glyph}{word} {number} ", style + ground))
        return line

    # -- keys and mouse -------------------------------------------------------------------------------------------

    def action_move(self, columns: int, rows: int) -> None:
        """Move the cursor over the grid; past a row's end it goes on in the next."""
        if not self._rows:
            return
        row, column = self._place()
        if columns:
            column += columns
            if column >= len(self._rows[row]) and row + 1 < len(self._rows):
                row, column = self._full(row + 1, 1), 0
            elif column < 0 and row > 0:
                row = self._full(row - 1, -1)
                column = len(self._rows[row]) - 1
        row = self._full(max(0, min(len(self._rows) - 1, row + rows)), 1 if rows > 0 else -1)
        column = max(0, min(column, len(self._rows[row]) - 1))
        self._cursor = self._rows[row][column].key
        self.repaint()

    def _full(self, row: int, way: int) -> int:
        """The row, or the next one in this direction where it is only a gap between zones."""
        while not self._rows[row]:
            row += way
        return row

    def action_edge(self, row: int) -> None:
        """To the first spot (0) or the last (-1)."""
        if self._rows:
            self._cursor = self._rows[row][row].key
            self.repaint()

    def action_mark(self) -> None:
        """Mark or unmark the seat, or every seat of the zone, under the cursor."""
        if not self._rows:
            return
        row, column = self._place()
        spot = self._rows[row][column]
        if spot.seat is not None:
            self.marked ^= {spot.seat.id}
            self.action_move(1, 0)
        else:
            ids = {view.id for view in self._seats if view.seat.zone == spot.zone}
            self.marked = self.marked - ids if ids <= self.marked else self.marked | ids
            self.repaint()

    def clear_marks(self) -> bool:
        """Take all marks away; False where there were none."""
        had = bool(self.marked)
        self.marked.clear()
        self.repaint()
        return had

    def action_open(self) -> None:
        """Open the seat, or open and close the zone, under the cursor."""
        if not self._rows:
            return
        row, column = self._place()
        spot = self._rows[row][column]
        if spot.seat is not None:
            self.post_message(self.Opened(spot.seat.id))
        else:
            self.expanded ^= {spot.zone}
            self.repaint()

    def on_click(self, event: Click) -> None:
        """A click selects, a double click opens, with ctrl or shift it marks."""
        row = self._top + event.y
        if not 0 <= row < len(self._rows):
            return
        spots = self._rows[row]
        if not spots:
            return
        column = 0 if spots[0].seat is None else (event.x - self._gutter) // self._cell
        if not 0 <= column < len(spots):
            return
        self._cursor = spots[column].key
        if event.ctrl or event.shift:
            self.action_mark()
        elif event.chain == 2:
            self.action_open()
        self.repaint()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Scroll, the cursor along with it."""
        event.stop()
        self.action_move(0, 2)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Scroll, the cursor along with it."""
        event.stop()
        self.action_move(0, -2)

    def on_focus(self, _event: Focus) -> None:
        """Show that the keys come here."""
        self.repaint()

    def on_blur(self, _event: Blur) -> None:
        """Show that the keys go elsewhere."""
        self.repaint()


def matcher(text: str, initials: Callable[[str], str]) -> "Callable[[SeatView], bool]":
    """Whether a seat fits what was typed: number, name, state, zone, or the pinyin initials of these."""
    words = text.casefold().split()

    def fits(view: "SeatView") -> bool:
        seat = view.seat
        texts = [seat.number, view.person_name, term("seat_state", seat.state), seat.zone, term("seat_kind", seat.kind)]
        plain = [each.casefold() for each in texts]
        return all(
            any(word in each for each in plain)
            or (word.isascii() and any(word in initials(each) for each in texts if not each.isascii()))
            for word in words
        )

    return fits
