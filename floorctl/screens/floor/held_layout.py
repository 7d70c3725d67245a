"""Where the seats of the plan stand while somebody works in it: no seat moves under the hand, whoever comes or goes."""

import time
from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

from floorctl.widgets import table
from floorctl.widgets.top_screen import top_screen

if TYPE_CHECKING:
    from textual.widget import Widget

T = TypeVar("T")


class HeldLayout(Generic[T]):
    """The layouts of a widget, for what it was asked for each (its size, what is opened in it), while they hold."""

    def __init__(self) -> None:
        self._touched = -table.HOLD_SECONDS
        self._layouts: dict[Hashable, T] = {}

    def touch(self) -> None:
        """Somebody does something in the widget."""
        self._touched = time.monotonic()

    def holds(self, widget: "Widget") -> bool:
        """Whether somebody works in it: touched it just now, or answers a question about it."""
        if time.monotonic() - self._touched < table.HOLD_SECONDS:
            return True
        return widget.is_attached and widget.screen is not top_screen(widget.app)

    def find(self, widget: "Widget", asked: Hashable) -> T | None:
        """The layout that holds; None where there is none, or nobody works in it."""
        if not self.holds(widget):
            self._layouts.clear()
        return self._layouts.get(asked)

    def keep(self, asked: Hashable, layout: T) -> None:
        """It was laid out so."""
        self._layouts[asked] = layout
