"""What the seats stand on: trunk and licences as bars, and how many seats are in which state."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style

from floorctl.i18n import language, t, term
from floorctl.models.floor import NOT_AVAILABLE, SEAT_STATES
from floorctl.text.safe import cut, fit
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, brief, seg, width_of
from floorctl.widgets.spark import bar

if TYPE_CHECKING:
    from floorctl.floor.views import ResourceView, SeatView

#: A bar of fewer cells says nothing.
_SHORTEST_BAR = 3
#: The order of the summary: what is asked for most comes first.
_SUMMED = ("ready", "talking", "wrap_up", "away", "signed_out", "ringing", "hold", "outbound")


def resource_lines(resources: "Sequence[ResourceView]", width: int, warn_at: float) -> list[Line]:
    """``中继 21/30 ███████░░░`` for each; ▲ from ``warn_at`` on, ‼ when full or down. The bar gives way to words."""
    names = [brief(term("resource", view.resource.kind)) for view in resources]
    counts = [view.used() for view in resources]
    for_counts = max((len(count) for count in counts), default=0)
    # Words come whole; only a name from outside can be longer than the box.
    for_names = min(max((cell_len(name) for name in names), default=0), max(2, width - for_counts - 3))
    lines: list[Line] = []
    for view, name, count in zip(resources, names, counts, strict=True):
        style, sign = _load(view, warn_at)
        room = width - for_names - for_counts - 5
        full, empty = bar(view.share, room) if room >= _SHORTEST_BAR else ("", "")
        lines.append(
            [
                seg(fit(name, for_names) + " ", looks.QUIET),
                seg(count.rjust(for_counts) + " ", looks.STRONG),
                seg(full, style),
                seg(empty, looks.FAINT),
                seg((" " if full or empty else "") + sign, style),
            ]
        )
    return lines


def _load(view: "ResourceView", warn_at: float) -> tuple[Style, str]:
    """The colour and the sign of how much of it is in use."""
    thing = view.resource
    share = float(view.share) if view.share is not None else 0.0
    if thing.state not in ("up", "degraded") or share >= 1:
        return looks.RED, "‼"
    if share >= warn_at or thing.faulty or thing.state == "degraded":
        return looks.AMBER, "▲"
    return looks.QUIET, " "


def grouped(seats: "Sequence[SeatView]") -> tuple[tuple[str, str, int, Style], ...]:
    """Glyph, word, number and colour for each group of states that has seats; those who take no calls are one group."""
    counts = Counter([view.seat.state for view in seats])
    return _grouped(tuple(counts.items()), language())


#: Asked for each zone of the plan at each repaint; most of them count what they counted before.
@lru_cache(maxsize=512)
def _grouped(states: tuple[tuple[str, int], ...], _language: str) -> tuple[tuple[str, str, int, Style], ...]:
    counts = Counter(dict(states))
    counts["away"] = sum(counts[state] for state in NOT_AVAILABLE)
    groups = [(state, counts[state]) for state in _SUMMED]
    others = [(state, n) for state, n in counts.items() if state not in SEAT_STATES and state != "away"]
    found = []
    for state, number in [*groups, *others]:
        if not number and state != "ready":
            continue
        glyph = "◇" if state == "away" else term("seat_glyph", state) if state in SEAT_STATES else "?"
        word = t("floor.away") if state == "away" else cut(brief(term("seat_state", state)), 12)
        found.append((glyph, word, number, looks.seat_style(state)))
    return tuple(found)


def state_counts(seats: "Sequence[SeatView]", width: int, rows: int) -> list[Line]:
    """``示闲 4  通话 27  话后 5``: what the plan shows, in numbers, in at most ``rows`` lines that cut nothing.

    Where there is no room for the words, the glyphs stand for them; where there is none for those either, the groups
    that are asked for least are left out.
    """
    return [list(line) for line in _counted(grouped(seats), width, rows)]


#: The plan asks for each of its zones every second, and few of their numbers are others then.
@lru_cache(maxsize=256)
def _counted(groups: tuple[tuple[str, str, int, Style], ...], width: int, rows: int) -> tuple[Line, ...]:
    lines: list[Line] = []
    for pieces in (
        [[seg(word + " ", style), seg(f"{number}", looks.STRONG)] for _, word, number, style in groups],
        [[seg(glyph + " ", style), seg(f"{number}", looks.STRONG)] for glyph, _, number, style in groups],
        [[seg(glyph, style), seg(f"{number}", looks.STRONG)] for glyph, _, number, style in groups],
    ):
        for gap in ("  ", " "):
            lines, left_out = packed(pieces, width, rows, gap)
            if not left_out:
                return tuple(lines)
    return tuple(lines)


def packed(pieces: Sequence[Line], width: int, rows: int, gap: str = " ") -> tuple[list[Line], int]:
    """``pieces`` one after the other in ``rows`` lines of ``width`` cells, none of them cut; how many are left out."""
    lines: list[Line] = [[]]
    room = width
    for at, piece in enumerate(pieces):
        cells = width_of(piece)
        if lines[-1] and cells + len(gap) > room:
            if len(lines) == rows:
                return lines, len(pieces) - at
            lines.append([])
            room = width
        if cells > room:
            return lines, len(pieces) - at
        if lines[-1]:
            lines[-1].append(seg(gap))
            room -= len(gap)
        lines[-1] += piece
        room -= cells
    return lines, 0


def summary(resources: "Sequence[ResourceView]", seats: "Sequence[SeatView]", width: int, warn_at: float) -> Line:
    """All of it in one line, for narrow terminals: what is named there is named whole."""
    pieces: list[Line] = []
    for view in resources[:3]:
        style, sign = _load(view, warn_at)
        name, used = brief(term("resource", view.resource.kind)), view.used()
        high = sign.strip()
        pieces.append([seg(f"{name} ", looks.QUIET), seg(used + high, style if high else looks.TEXT)])
    # Who is in which state is asked for more than the third resource is.
    while len(pieces) > 1 and not _all_fit(pieces, seats, width):
        pieces.pop()
    line = packed(pieces or [[seg(t("floor.no_resources"), looks.QUIET)]], width, 1, "  ")[0][0]
    if (room := width - width_of(line) - 2) > 0:
        line = [*line, seg("  "), *state_counts(seats, room, 1)[0]]
    return line


def _all_fit(pieces: Sequence[Line], seats: "Sequence[SeatView]", width: int) -> bool:
    """Whether there is room for ``pieces`` and at least a glyph and a number for each group of states."""
    states: list[Line] = [[seg(f"{glyph}{number}")] for glyph, _, number, _ in grouped(seats)]
    lines, left_out = packed(pieces, width, 1, "  ")
    return not left_out and not packed(states, width - width_of(lines[0]) - 2, 1)[1]
