"""``HeldLayout``: keeps the layout of the seat plan while a person works in it, so that no seat moves meanwhile."""

import time
from collections.abc import Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

from floorctl.widgets import table
from floorctl.widgets.top_screen import top_screen

if TYPE_CHECKING:
    from textual.widget import Widget

T = TypeVar("T")


class HeldLayout(Generic[T]):
    """Layouts of a widget by what they depend on (its size, what is expanded), kept while a person works in it."""

    def __init__(self) -> None:
        self._touched = -table.HOLD_SECONDS
        self._layouts: dict[Hashable, T] = {}

    def touch(self) -> None:
        """Restart the ``table.HOLD_SECONDS`` during which layouts are kept."""
        self._touched = time.monotonic()

    def holds(self, widget: "Widget") -> bool:
        """Whether a person touched ``widget`` within ``table.HOLD_SECONDS``, or has a dialog open over it."""
        if time.monotonic() - self._touched < table.HOLD_SECONDS:
            return True
        return widget.is_attached and widget.screen is not top_screen(widget.app)

    def find(self, widget: "Widget", key: Hashable) -> T | None:
        """Return the layout kept for ``key``; None if there is none, or if nobody works in ``widget``."""
        if not self.holds(widget):
            self._layouts.clear()
        return self._layouts.get(key)

    def keep(self, key: Hashable, layout: T) -> None:
        """Keep ``layout`` for ``key``."""
        self._layouts[key] = layout
