"""The seats as a plan by zone, in lines of text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from floorctl.cli.layout import width
from floorctl.i18n import term
from floorctl.text.safe import fit, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from floorctl.floor.views import SeatView

_STYLE = {"alert": "bold red", "warning": "yellow"}
_CELL = 22


def seat_plan(seats: Iterable[SeatView]) -> list[Text]:
    """The lines of the plan: a zone's name, then its seats side by side, then the number of seats signed out."""
    zones: dict[str, list[Text]] = {}
    signed_out: Counter[str] = Counter()
    for view in seats:
        cells = zones.setdefault(visible(view.seat.zone), [])
        if view.seat.state == "signed_out":
            signed_out[visible(view.seat.zone)] += 1
            continue
        mark = "▲" if view.limit != "none" else " "
        state = f"{term('seat_glyph', view.seat.state)}{visible(term('seat_state', view.seat.state))}"
        number = visible(view.seat.number) + ("⇄" if view.moved else " ")
        words = f"{number}{fit(state, 6)} {view.lasts()}{mark}{visible(view.person_name)}"
        cells.append(Text(fit(words, _CELL), style=_STYLE.get(view.limit, "")))
    for zone, n in signed_out.items():
        words = f"{term('seat_glyph', 'signed_out')} {term('seat_state', 'signed_out')} {n}"
        zones[zone].append(Text(fit(words, _CELL), style="dim"))
    label = max((cell_len(zone) for zone in zones), default=0) + 1
    across = max((width() - label) // (_CELL + 1), 1)
    lines = []
    for zone, cells in zones.items():
        for at in range(0, len(cells), across):
            lines.append(Text(fit(zone if at == 0 else "", label)) + Text(" ").join(cells[at : at + across]))
    return lines
