"""``Pane``: scrollable lines of text, repainted only where they change; and functions that wrap text into lines."""

from collections.abc import Callable
from functools import lru_cache
from itertools import zip_longest
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Blur, Focus, MouseScrollDown, MouseScrollUp

from floorctl.text.safe import cut, fit, visible
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, clip, seg

#: Width (cells) → the lines; called whenever the pane is drawn.
Content = Callable[[int], list[Line]]

#: Most characters of a text that are shown, so that a text of a megabyte does not block the screen.
_LONGEST = 20_000
#: Punctuation that no line begins with.
_NEVER_FIRST = frozenset("，。；：、！？）》」』”’,.;:!?)")


@lru_cache(maxsize=256)
def wrapped(text: str, width: int) -> tuple[str, ...]:
    """Return ``text`` from outside as lines of at most ``width`` cells.

    Lines break between Chinese characters or words, not inside a number and not before closing punctuation; a word
    longer than a line is broken anywhere. Text beyond ``_LONGEST`` characters is dropped.
    """
    lines: list[str] = []
    for part in visible(text[:_LONGEST], keep_newlines=True).split("\n"):
        line, cells, could_break, before = "", 0, 0, ""
        for char in part:
            wide = cell_len(char)
            if (wide == 2 or before == " " or cell_len(before) == 2) and char not in _NEVER_FIRST:
                could_break = len(line)
            if cells + wide > max(2, width):
                at = could_break if could_break > len(line) // 2 else len(line)
                lines.append(line[:at].rstrip(" "))
                line = line[at:].lstrip(" ")
                cells, could_break = cell_len(line), 0
            before = char
            if char == " " and not line and lines:
                continue
            line += char
            cells += wide
        lines.append(line)
    return tuple(lines)


def paragraph(text: str, width: int, style: Style = looks.TEXT, *, indent: str = "") -> list[Line]:
    """Return ``text`` from outside, wrapped to ``width`` cells, each line after ``indent``."""
    return [[seg(indent), seg(line, style)] for line in wrapped(text, width - cell_len(indent))]


def labelled(label: str, text: str, width: int, *, at: int = 10, style: Style = looks.TEXT) -> list[Line]:
    """Return ``label`` in the first ``at`` cells (more if longer) and ``text`` from outside, wrapped, beside it."""
    label = cut(label, max(at, width // 2) - 1)
    cells = max(at, cell_len(label) + 1)
    lines = wrapped(text, width - cells)
    gap = seg(" " * cells)
    return [[seg(fit(label, cells), looks.QUIET) if n == 0 else gap, seg(line, style)] for n, line in enumerate(lines)]


def compared(
    name: str, left: str, right: str, widths: tuple[int, int], styles: tuple[Style, Style], *, mark: str = " "
) -> list[Line]:
    """Return the lines of a row that compares two texts, each wrapped.

    ``widths``: cells of the name, and of each text. ``styles``: of the left and of the right text. ``mark`` stands
    between them: ≠ in red for a difference, others in amber.
    """
    label, half = widths
    pieces = (wrapped(name, label - 1), wrapped(left, half), wrapped(right, half))
    lines: list[Line] = []
    for at, (word, left_text, right_text) in enumerate(zip_longest(*pieces, fillvalue="")):
        lines.append(
            [
                *clip([seg(word, looks.QUIET)], label),
                *clip([seg(left_text, styles[0])], half),
                seg(f" {mark if at == 0 else ' '} ", looks.RED if mark == "≠" else looks.AMBER),
                *clip([seg(right_text, styles[1])], half),
            ]
        )
    return lines


def heading(words: str, width: int) -> Line:
    """Return a section's name, followed by a rule."""
    return [seg(words + " ", looks.HEADER), seg("─" * max(0, width - cell_len(words) - 1), looks.FAINT)]


class Pane(Painted, can_focus=True):
    """Shows lines, and scrolls if they do not fit."""

    DEFAULT_CSS = "Pane { padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_lines(-1)", "ui.key.up", show=False),
        Binding("down", "scroll_lines(1)", "ui.key.down", show=False),
        Binding("pageup", "scroll_pages(-1)", "ui.key.page_up", show=False),
        Binding("pagedown", "scroll_pages(1)", "ui.key.page_down", show=False),
        Binding("home", "scroll_lines(-1000000)", "ui.key.home", show=False),
        Binding("end", "scroll_lines(1000000)", "ui.key.end", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._content: Content = lambda _width: []
        self._top = 0
        self._about: object = None

    def show(self, content: Content, *, about: object = None) -> None:
        """Show ``content``; the scroll position is kept while ``about`` is equal to the last one."""
        if about != self._about:
            self._top = 0
        self._about = about
        self._content = content
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the lines in sight, with a scroll thumb if not all fit."""
        lines = self._content(width - 1)
        hidden = len(lines) - height
        self._top = max(0, min(self._top, hidden))
        shown = lines[self._top : self._top + height]
        if hidden <= 0:
            return shown
        size = max(1, height * height // len(lines))
        start = (height - size) * self._top // hidden
        style = looks.SKY if self.has_focus else looks.FAINT
        return [
            [*clip(line, width - 1), seg("▐" if start <= at < start + size else " ", style)]
            for at, line in enumerate(shown)
        ]

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by ``lines``."""
        self._top = max(0, self._top + lines)
        self.repaint()

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by ``pages`` screenfuls."""
        self.action_scroll_lines(pages * max(1, self.size.height - 2))

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Scroll by 3 lines."""
        event.stop()
        self.action_scroll_lines(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Scroll by 3 lines."""
        event.stop()
        self.action_scroll_lines(-3)

    def on_focus(self, _event: Focus) -> None:
        """Draw the scroll thumb in the style of the focus."""
        self.repaint()

    def on_blur(self, _event: Blur) -> None:
        """Draw the scroll thumb in the style without the focus."""
        self.repaint()
