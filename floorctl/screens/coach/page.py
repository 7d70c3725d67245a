"""The page at the end of a practice: every task with its keys and seconds."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from floorctl.i18n import t
from floorctl.screens.coach.attempt import Result
from floorctl.screens.coach.words import HEADS, Row, rows, verdict
from floorctl.screens.shell.dialogs import Dialog

#: Cells between two columns.
_APART = 2


class ResultsPage(Dialog[None]):
    """The results so far. Esc goes back to the floor."""

    DEFAULT_CSS = "ResultsPage { align: center middle; background: $background 60%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "ui.key.back"),
    ]

    def __init__(self, results: Sequence[Result]) -> None:
        super().__init__()
        self._results = results

    def compose(self) -> ComposeResult:
        """Yield the table, the sentence and the keys."""
        with VerticalScroll(classes="dialog wide") as box:
            box.styles.padding, box.styles.max_height = (0, 1), "100%"  # all tasks fit into 24 rows
            yield Static(Content.styled(t("coach.results"), "bold"), classes="heading")
            yield Static(Content("\n".join(table(rows(self._results)))))
            yield Static(Content.styled(verdict(self._results), "bold"))
            yield Static(Content(t("coach.keys_page")), classes="field")

    def action_close(self) -> None:
        """Close the page."""
        self.dismiss(None)


def table(found: Sequence[Row]) -> list[str]:
    """Return the lines of a table of results in plain text, its title first."""
    heads = Row(*(t(f"coach.head.{name}") for name in HEADS))
    every = [heads, *found]
    widths = [max(cell_len(row[at]) for row in every) for at in range(len(HEADS))]
    fill: list[Callable[[str, int], str]] = [_left, _right, _left, _right, _left]
    return [(" " * _APART).join(fill[at](row[at], widths[at]) for at in range(len(HEADS))).rstrip() for row in every]


def _left(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text
