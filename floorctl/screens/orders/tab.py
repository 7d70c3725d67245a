"""``Tab``: a view in the line of tabs above the orders."""

from dataclasses import dataclass

from rich.style import Style

from floorctl.widgets import looks

_COUNT_STYLES = {"overdue": looks.RED, "due_soon": looks.AMBER}


@dataclass(frozen=True)
class Tab:
    """A view: its name, its words (visible text), and its count ("": none)."""

    name: str
    words: str
    count: str = ""

    @property
    def style(self) -> Style:
        """The style of its count; 0 is nothing to look at."""
        return looks.QUIET if self.count == "0" else _COUNT_STYLES.get(self.name, looks.STRONG)
