"""What the seats stand on: trunk and licences as bars, and how many seats are in which state."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.models.floor import SEAT_STATES
from floorctl.text import cut, fit, visible
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.spark import bar

if TYPE_CHECKING:
    from floorctl.views import ResourceView, SeatView

#: The states that the summary names; the rest stand in the plan.
_SUMMED = ("ready", "talking", "wrap_up", "break", "not_ready", "signed_out")


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
        name = fit(visible(term("resource", thing.kind)), 5)
        count = f"{thing.in_use}/{thing.capacity}".rjust(7)
        full, empty = bar(view.share, max(3, width - 16))
        lines.append([
            seg(name, looks.QUIET), seg(count, looks.STRONG), seg(" "), seg(full, style), seg(empty, looks.FAINT),
            seg(" " + sign, style),
        ])  # fmt: skip
    return lines


def state_counts(seats: "Sequence[SeatView]", *, words: bool = True) -> Line:
    """``示闲 4 通话 27 话后 5``: what the plan shows, in numbers; without ``words`` the glyphs stand for them."""
    counts = Counter(view.seat.state for view in seats)
    line: Line = []
    for state in (*_SUMMED, *(each for each in SEAT_STATES if each not in _SUMMED)):
        if counts[state] or state == "ready":
            name = visible(term("seat_state", state)) if words else term("seat_glyph", state)
            line += [seg(cut(name, 12) + " ", looks.seat_style(state)), seg(f"{counts[state]}  ", looks.STRONG)]
    return line


def summary(resources: "Sequence[ResourceView]", warn_at: float) -> Line:
    """All of it in one line, for narrow terminals."""
    line: Line = []
    for view in resources[:3]:
        thing = view.resource
        high = view.share is not None and float(view.share) >= warn_at
        line.append(seg(visible(term("resource", thing.kind)) + " ", looks.QUIET))
        line.append(
            seg(f"{thing.in_use}/{thing.capacity}{'▲' if high else ''}  ", looks.WARNING if high else looks.TEXT)
        )
    return line or [seg(t("floor.no_resources"), looks.QUIET)]
