"""``OneSize``: the base of every screen and dialog, which ignores outdated sizes and uses ``NarrowCompositor``."""

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
    """A screen that ignores sizes that the terminal no longer has.

    A screen that was laid out for another size posts itself a message about it. While painting is held back, two
    sizes in its queue would replace each other without end, and no other message would be handled.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.draw_with(NarrowCompositor())
        # The screen is styled when it is mounted. Textual treats a new screen as one that has missed a change of style
        # sheets: it parses all of them and styles the whole app, twice for each screen shown for the first time.
        self.is_styled_by_now()

    async def on_event(self, event: Event) -> None:
        """Ignore a size that is not the terminal's, and do not restyle all widgets when the screen comes into sight.

        Each widget is styled when it is mounted and whenever its classes change, in sight or not. Textual styles all
        of them again when the screen comes into sight, in case the theme changed; here there is only one theme. Only
        the screen itself exists before its style sheet is read, so it is styled when it is first shown.
        """
        if isinstance(event, ScreenResume):
            event.refresh_styles = False
            if not self.stack_updates:  # for the first time
                self.app.stylesheet.update_nodes([self])
        if not (isinstance(event, Resize) and event.size != self.app.size):
            await super().on_event(event)

    def take_size(self, size: Size) -> None:
        """Lay out for ``size``, unless the last layout was for that size.

        Textual sends the size more than once while a screen opens, also to each screen beneath it. Other changes are
        drawn with the next update.
        """
        if size != self.outer_size:
            super().take_size(size)

    def draw_changes(self) -> None:
        """Draw what has changed, unless the whole screen will be laid out and drawn in the same turn."""
        if not (self.is_to_be_drawn_whole and self is self.app.screen):
            super().draw_changes()

    def render(self) -> RenderableType:
        """Return the background; for a dialog, the dimmed screen beneath it."""
        ground = super().render()
        if not isinstance(ground, BackgroundScreen):
            return ground
        # Textual accepts a Visual from any widget, although the annotation of ``Screen.render`` does not allow one.
        return cast("RenderableType", Beneath(ground.screen, ground.color))
