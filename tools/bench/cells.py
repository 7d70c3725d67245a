"""The peer of the live floor: a Textual program of as many cells, which repaints them by ``Static.update``.

``python -m tools.bench.cells SEATS RATE``: so many cells, of which so many change each second.
"""

import sys
from itertools import count, cycle

from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.widgets import Static

_STATES = "●◐○"
#: So many rows of cells, so that all of them are in sight.
_ROWS = 38


class Cells(App[None]):
    """A grid of cells, each a widget."""

    CSS = "Grid { grid-rows: 1; } Static { height: 1; }"

    def __init__(self, seats: int, rate: float) -> None:
        super().__init__()
        self._seats, self._rate = seats, rate
        self._changes = zip(cycle(range(seats)), count(), strict=False)

    def compose(self) -> ComposeResult:
        """Yield the cells."""
        with Grid() as grid:
            grid.styles.grid_size_columns = -(-self._seats // _ROWS)
            for seat in range(self._seats):
                yield Static(f"{seat:03}{_STATES[0]}")

    def on_mount(self) -> None:
        """Begin to change them."""
        self._cells = list(self.query(Static))
        self.set_interval(1 / self._rate, self._change)

    def _change(self) -> None:
        seat, number = next(self._changes)
        self._cells[seat].update(f"{seat:03}{_STATES[number % len(_STATES)]}{number % 600:4}")


if __name__ == "__main__":
    Cells(int(sys.argv[1]), float(sys.argv[2])).run()
