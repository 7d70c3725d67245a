"""Lines for trunk and licences (as bars) and for the numbers of seats in each state."""

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

#: Fewest cells of a bar; below that it is left out.
_SHORTEST_BAR = 3
#: States in the order of the summary, the most important first.
_SUMMED = ("ready", "talking", "wrap_up", "away", "signed_out", "ringing", "hold", "outbound")


def resource_lines(resources: "Sequence[ResourceView]", width: int, warn_at: float) -> list[Line]:
    """Return ``中继 21/30 ███████░░░`` for each; ▲ from share ``warn_at`` on or if degraded, ‼ when full or down.

    The bar is left out where there is no room for it beside the words.
    """
    names = [brief(term("resource", view.resource.kind)) for view in resources]
    counts = [view.used() for view in resources]
    for_counts = max((len(count) for count in counts), default=0)
    # Names are not cut, except a name from outside that is longer than the box.
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
    """Return colour and sign for the share of the resource that is in use and for its state."""
    resource = view.resource
    share = float(view.share) if view.share is not None else 0.0
    if resource.state not in ("up", "degraded") or share >= 1:
        return looks.RED, "‼"
    if share >= warn_at or resource.faulty or resource.state == "degraded":
        return looks.AMBER, "▲"
    return looks.QUIET, " "


def grouped(seats: "Sequence[SeatView]") -> tuple[tuple[str, str, int, Style], ...]:
    """Return glyph, word, number and colour of each state that has seats; states that take no calls are one group."""
    counts = Counter([view.seat.state for view in seats])
    return _grouped(tuple(counts.items()), language())


#: Cached because it is called for each zone at each repaint, mostly with the same counts.
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
    """Return ``示闲 4  通话 27  话后 5`` in at most ``rows`` lines of ``width`` cells, no piece of which is cut.

    If the words don't fit, glyphs replace them; if those don't fit either, the least important groups are left out.
    """
    return [list(line) for line in _counted(grouped(seats), width, rows)]


#: Cached because the plan calls it for each zone every second, mostly with the same numbers.
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
    """Return ``pieces`` in at most ``rows`` lines of ``width`` cells, none cut, and how many pieces are left out."""
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
    """Return resources and states in one line for narrow terminals; no piece is cut."""
    pieces: list[Line] = []
    for view in resources[:3]:
        style, sign = _load(view, warn_at)
        name, used = brief(term("resource", view.resource.kind)), view.used()
        high = sign.strip()
        pieces.append([seg(f"{name} ", looks.QUIET), seg(used + high, style if high else looks.TEXT)])
    # The numbers of states matter more than the third resource.
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
