"""``LineKeys``: a screen on which a focused text line keeps the focus until the person leaves it."""

from typing import TypeVar

from textual.widget import Widget
from textual.widgets import Input

from floorctl.widgets.one_size import OneSize

T = TypeVar("T")


class LineKeys(OneSize[T]):
    """A screen whose text lines lose the focus only through ``leave_line`` (Enter or Esc).

    A screen focuses its list after reading it, a click focuses the clicked widget, and Textual moves the focus when a
    widget is removed. If that happened while a person types, the rest of the text would be taken as keys of the screen
    and would run their actions.
    """

    @property
    def typing(self) -> bool:
        """Whether a text line has the focus."""
        return isinstance(self.focused, Input)

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Focus ``widget``, unless a text line has the focus and ``widget`` is no text line."""
        before = self.typing
        if not before or isinstance(widget, Input):
            super().set_focus(widget, scroll_visible, from_app_focus)
        if self.typing != before:
            self.line_opened_or_left()

    def leave_line(self, to: Widget | None = None) -> None:
        """Move the focus from the text line to ``to``, after the text was entered or given up."""
        before = self.typing
        super().set_focus(to)
        if self.typing != before:
            self.line_opened_or_left()

    def line_opened_or_left(self) -> None:
        """Set the class ``line-open`` while a text line has the focus, so that notes are placed clear of it."""
        self.set_class(self.typing, "line-open")
