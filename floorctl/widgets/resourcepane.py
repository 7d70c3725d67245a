"""What the seats stand on: trunk and licences as bars, and how many seats are in which state."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.style import Style

from floorctl.i18n import t, term
from floorctl.models.floor import NOT_AVAILABLE, SEAT_STATES
from floorctl.text import cut, fit
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, brief, seg
from floorctl.widgets.spark import bar

if TYPE_CHECKING:
    from floorctl.views import ResourceView, SeatView

#: The order of the summary: what is asked for most comes first.
_SUMMED = ("ready", "talking", "wrap_up", "away", "signed_out", "ringing", "hold", "outbound")


def resource_lines(resources: "Sequence[ResourceView]", width: int, warn_at: float) -> list[Line]:
    """``中继 21/30 ███████░░░`` for each; ▲ from ``warn_at`` on, ‼ when full or down."""
    lines: list[Line] = []
    for view in resources:
        thing = view.resource
        down = thing.state not in ("up", "degraded")
        share = float(view.share) if view.share is not None else 0.0
        style, sign = looks.SKY, " "
        if down or share >= 1:
            style, sign = looks.RED, "‼"
        elif share >= warn_at or thing.faulty or thing.state == "degraded":
            style, sign = looks.AMBER, "▲"
        name = fit(brief(term("resource", thing.kind)), 5)
        count = f"{thing.in_use}/{thing.capacity}".rjust(7)
        full, empty = bar(view.share, max(3, width - 16))
        lines.append([
            seg(name, looks.QUIET), seg(count, looks.STRONG), seg(" "), seg(full, style), seg(empty, looks.FAINT),
            seg(" " + sign, style),
        ])  # fmt: skip
    return lines


def grouped(seats: "Sequence[SeatView]") -> list[tuple[str, str, int, Style]]:
    """Glyph, word, number and colour for each group of states that has seats; those who take no calls are one group."""
    counts = Counter(view.seat.state for view in seats)
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
    return found


def state_counts(seats: "Sequence[SeatView]", *, words: bool = True) -> Line:
    """``示闲 4 通话 27 话后 5``: what the plan shows, in numbers; without ``words`` the glyphs stand for them."""
    line: Line = []
    for glyph, word, number, style in grouped(seats):
        line += [seg((word if words else glyph) + " ", style), seg(f"{number}  ", looks.STRONG)]
    return line


def summary(resources: "Sequence[ResourceView]", warn_at: float) -> Line:
    """All of it in one line, for narrow terminals."""
    line: Line = []
    for view in resources[:3]:
        thing = view.resource
        high = view.share is not None and float(view.share) >= warn_at
        line.append(seg(brief(term("resource", thing.kind)) + " ", looks.QUIET))
        line.append(
            seg(f"{thing.in_use}/{thing.capacity}{'▲' if high else ''}  ", looks.WARNING if high else looks.TEXT)
        )
    return line or [seg(t("floor.no_resources"), looks.QUIET)]
