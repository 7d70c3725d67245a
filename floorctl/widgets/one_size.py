"""What every screen and dialog is laid out and painted with: one size, the terminal's, and our compositor."""

from typing import Any, TypeVar, cast

from rich.console import RenderableType
from textual.events import Event, Resize, ScreenResume
from textual.geometry import Size
from textual.renderables.background_screen import BackgroundScreen

from floorctl.tty.textual_internals import HookedScreen
from floorctl.widgets.beneath import Beneath
from floorctl.widgets.narrow import NarrowCompositor

T = TypeVar("T")


class OneSize(HookedScreen[T]):
    """A screen that lets go of sizes that the terminal no longer has.

    A screen that was laid out for another size tells itself so with a message. While pictures are held back two sizes
    that wait in its queue would take turns that way without end, and nothing else would ever have its turn.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draw_with(NarrowCompositor())
        # It is styled as it is mounted. Textual takes a new screen for one that has missed a change of style sheets: it
        # parses all of them and styles the whole app, twice for each screen that is seen for the first time.
        self.is_styled_by_now()

    async def on_event(self, event: Event) -> None:
        """Heed a size only while it is the terminal's, and come into sight as it was left.

        Each widget is styled as it is mounted and whenever its classes change, in sight or not. Textual styles all of
        them once more as the screen comes into sight, for a theme that was changed meanwhile; here there is one. The
        screen itself is there before its style sheet is read.
        """
        if isinstance(event, ScreenResume):
            event.refresh_styles = False
            if not self.stack_updates:  # for the first time
                self.app.stylesheet.update_nodes([self])
        if not (isinstance(event, Resize) and event.size != self.app.size):
            await super().on_event(event)

    def take_size(self, size: Size) -> None:
        """Lay out for ``size``, unless that is what it was laid out for last.

        Textual tells a screen its size more than once while it opens, and each that lies beneath it, too. What has
        changed since comes with the next picture.
        """
        if size != self.outer_size:
            super().take_size(size)

    def draw_changes(self) -> None:
        """Draw what has changed, unless it is laid out and drawn as a whole in the same turn."""
        if not (self.is_to_be_drawn_whole and self is self.app.screen):
            super().draw_changes()

    def render(self) -> RenderableType:
        """The ground; beneath a dialog the screen that it lies over."""
        ground = super().render()
        if not isinstance(ground, BackgroundScreen):
            return ground
        # Textual takes a Visual from any widget; that a screen may give one its annotation does not say.
        return cast("RenderableType", Beneath(ground.screen, ground.color))
