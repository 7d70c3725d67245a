"""Drawing of one seat of the plan: number, state, time, the lines that it serves, who works there."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

from floorctl.i18n import t, term
from floorctl.models.floor import SEAT_STATES, SIGNED_OUT
from floorctl.text.safe import fit
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, brief
from floorctl.widgets.rows import widest

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView
    from floorctl.models.floor import Seat

#: Width (cells) of a time under an hour.
SHORT_TIME = 5
LONGEST_NAME = 8
MOVED = "⇄"


def line_marks(lines: Mapping[str, str]) -> dict[str, str]:
    """Return queue id → the last digit of its line (12345, 12333, 12320), or the last two if one is ambiguous."""
    names = {brief(line) for line in lines.values()}
    cells = 1 if len({name[-1:] for name in names}) == len(names) else 2
    return {queue_id: fit(brief(line)[-cells:], cells) for queue_id, line in lines.items()}


class _Drawn(msgspec.Struct):
    """A seat as last drawn: entity, appearance key, the line, the index of the time in it, and that time in seconds."""

    seat: "Seat"
    appearance: tuple[object, ...]
    line: Line
    time_at: int
    seconds: float


class SeatCells:
    """Draws seats in ``width`` cells each; the plan sets ``width``, ``badged``, ``worded``, ``number`` and ``time``.

    ``number`` and ``time`` are widths in cells; ``badged``: whether the lines that a seat serves are shown.
    """

    def __init__(self) -> None:
        self.width = 1
        self.number = 2
        self.time = SHORT_TIME
        self.badged = True
        #: Whether states have their full words (else the short ones).
        self.worded = True
        self._words = {True: {state: brief(term("seat_state", state)) for state in SEAT_STATES}}
        self._words[False] = {state: t(f"floor.state_short.{state}") for state in SEAT_STATES}
        self._cells_of_word = {worded: widest(words.values()) for worded, words in self._words.items()}
        self._queue_lines: dict[str, str] = {}
        self._marks: dict[str, str] = {}
        #: Width (cells) of a badge; skills of a seat → its badge.
        self._badge = 0
        self._badges: dict[tuple[str, ...], str] = {}
        #: Seat id → its last drawing, reused while only the time changes.
        self._drawn: dict[str, _Drawn] = {}

    @property
    def layout(self) -> tuple[int, int, bool, bool]:
        """The settings that determine the width of a seat: width, time, badged, worded."""
        return self.width, self.time, self.badged, self.worded

    @layout.setter
    def layout(self, layout: tuple[int, int, bool, bool]) -> None:
        self.width, self.time, self.badged, self.worded = layout

    def set_queue_lines(self, lines: Mapping[str, str]) -> None:
        """Set queue id → the line that it belongs to; drops the drawings if that changed."""
        if lines != self._queue_lines:
            self._queue_lines = dict(lines)
            self._marks = line_marks(lines)
            self._badge = sum(cell_len(mark) for mark in {*self._marks.values()})
            self._badges.clear()
            self._drawn.clear()

    def fixed(self, *, badged: bool | None = None) -> int:
        """Return the width (cells) of a seat without its name; ``badged`` None: as set."""
        badges = self._badge + 2 if (self.badged if badged is None else badged) else 0
        return 1 + self.number + 1 + 1 + self._word + 1 + self.time + 1 + badges

    @property
    def _word(self) -> int:
        return self._cells_of_word[self.worded]

    def signed_out(self, number: int, ground: Style, *, here: bool, shown: bool) -> Line:
        """Return ``签出 8``: a zone's signed-out seats that are not expected; ``shown``: they are drawn too."""
        words = f"{'▌' if here else ' '}{'▾' if shown else '·'} {term('seat_state', SIGNED_OUT)} {number}"
        return [Segment(fit(words, max(1, self.width - 1)), looks.QUIET + ground), Segment(" ")]

    def _badge_of(self, skills: tuple[str, ...]) -> str:
        """Return the badge, such as ``530``: the marks of the lines that a seat serves, first choice first."""
        badge = self._badges.get(skills)
        if badge is None:
            marks = dict.fromkeys(self._marks[each] for each in skills if each in self._marks)
            badge = self._badges[skills] = fit("".join(marks), self._badge)
        return badge

    def _call_mark(self, view: "SeatView") -> str:
        """Return the mark of the line of the current call; a blank without a call, ``?`` for an unknown line."""
        call = view.seat.call
        if call is None:
            return " "
        queue = next((each for each, line in self._queue_lines.items() if line == call.line), "")
        return self._marks.get(queue, "?")[-1:]

    def seat(self, view: "SeatView", mark: str, ground: Style, *, live: bool, missing: str | None) -> Line:
        """Return the line of a seat on ``ground`` behind ``mark``; ``missing``: the name of who should be there.

        Mostly only the time changes from second to second, so the rest of the line is reused.
        """
        appearance = (
            self.width, self.number, self.time, self.badged, self.worded, mark, ground, live, missing,
            view.person_name, view.moved, view.limit, not view.pending,
        )  # fmt: skip
        drawn = self._drawn.get(view.id)
        if drawn is None or drawn.seat is not view.seat or drawn.appearance != appearance:
            line, time_at = self._draw(view, mark, ground, live=live, missing=missing)
            drawn = self._drawn[view.id] = _Drawn(view.seat, appearance, line, time_at, view.seconds_in_state)
        elif drawn.seconds != view.seconds_in_state and view.seat.state != SIGNED_OUT:
            drawn.seconds = view.seconds_in_state
            drawn.line = [*drawn.line]
            drawn.line[drawn.time_at] = Segment(self._time(view), drawn.line[drawn.time_at].style)
        return drawn.line

    def _time(self, view: "SeatView") -> str:
        return view.lasts().rjust(self.time)

    def _draw(self, view: "SeatView", mark: str, ground: Style, *, live: bool, missing: str | None) -> tuple[Line, int]:
        """Return the line of a seat, and the index of its time in the line."""
        state, limit = view.seat.state, view.limit
        number = fit(brief(view.seat.number), self.number)
        line = [
            Segment(mark + number, (looks.MARKED if mark == "◆" else looks.QUIET) + ground),
            Segment(MOVED if view.moved else " ", looks.STRONG + ground),
        ]
        missing = missing if state == SIGNED_OUT else None
        if missing is not None:
            word = fit(f"▲{t('floor.missing')}", 1 + self._word)
            line.append(Segment(word + " ", looks.WARNING + ground))
        else:
            glyph = fit(term("seat_glyph", state) if state in SEAT_STATES else "?", 1)
            word = fit(self._words[self.worded].get(state) or brief(term("seat_state", state)), self._word)
            line.append(Segment(glyph + word, looks.seat_style(state) + ground))
            line.append(Segment((self._call_mark(view) if self.badged else "") + " ", looks.STRONG + ground))
        past = {"warning": looks.WARNING, "alert": looks.ALERT}.get(limit)
        pending = "↑" if view.pending else " "
        after = looks.LIMIT_GLYPHS.get(limit, pending)
        time = self._time(view) if state != SIGNED_OUT else " " * self.time
        if missing is not None and self.badged:
            time = " " + time
        time_style = (past or looks.TEXT) if live else looks.STALE
        name_room = min(self.width - self.fixed(), LONGEST_NAME)
        name = brief(missing if missing is not None else view.person_name)
        name = fit(name, name_room) if name_room > 3 else set_cell_size(name, max(0, name_room))
        faint = looks.WARNING if missing is not None else looks.FAINT if state == SIGNED_OUT else looks.TEXT
        time_at = len(line)
        line += [Segment(time, time_style + ground), Segment(after, (past or looks.AMBER) + ground)]
        if self.badged:
            style = looks.STRONG if view.moved else looks.QUIET
            line.append(Segment(self._badge_of(view.seat.skills) + " ", style + ground))
        line += [
            Segment(name, faint + ground),
            Segment(" " * max(0, self.width - self.fixed() - max(0, name_room))),
        ]
        return line, time_at
