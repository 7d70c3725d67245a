"""What every dialog is: a screen on top that can be closed once."""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

from floorctl.widgets.line_keys import LineKeys

T = TypeVar("T")


class Dialog(ModalScreen[T], LineKeys[T]):
    """A modal screen. Keys typed fast may close it twice; the second time must not close what stands beneath."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with ``result``, unless it is closed already."""
        if not self.is_active:
            return AwaitComplete()
        closing: AwaitComplete = super().dismiss(result)
        return closing
