"""A line for text that has the keys keeps them: nothing else on its screen takes them until it is left."""

from typing import TypeVar

from textual.widget import Widget
from textual.widgets import Input

from floorctl.widgets.one_size import OneSize

T = TypeVar("T")


class LineKeys(OneSize[T]):
    """A screen whose lines for text are left by Enter or Esc alone.

    A screen gives the focus to its list when it has read it, a click gives it to what was clicked, and Textual takes it
    back when a widget goes. Whichever of these came while somebody types would turn the rest of the text into keys of
    the screen, and they would act.
    """

    @property
    def typing(self) -> bool:
        """Whether a line of text has the keys."""
        return isinstance(self.focused, Input)

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Give the keys to ``widget``, unless a line has them; another line of the same form may take them over."""
        before = self.typing
        if not before or isinstance(widget, Input):
            super().set_focus(widget, scroll_visible, from_app_focus)
        if self.typing != before:
            self.line_opened_or_left()

    def leave_line(self, to: Widget | None = None) -> None:
        """The text is typed, or given up: now ``to`` has the keys."""
        before = self.typing
        super().set_focus(to)
        if self.typing != before:
            self.line_opened_or_left()

    def line_opened_or_left(self) -> None:
        """A line has the keys now, or has them no more: notes stand where they lie over no line."""
        self.set_class(self.typing, "line-open")
