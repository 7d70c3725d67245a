"""What every screen and dialog is laid out and painted with: one size, the terminal's, and our compositor."""

from typing import Any, TypeVar, cast

from rich.console import RenderableType
from textual.events import Event, Resize
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen

from floorctl.widgets.beneath import Beneath
from floorctl.widgets.narrow import NarrowCompositor

T = TypeVar("T")


class OneSize(Screen[T]):
    """A screen that lets go of sizes that the terminal no longer has.

    A screen that was laid out for another size tells itself so with a message. While pictures are held back two sizes
    that wait in its queue would take turns that way without end, and nothing else would ever have its turn.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._compositor = NarrowCompositor()
        # It is styled as it is mounted. Textual takes a new screen for one that has missed a change of style sheets: it
        # parses all of them and styles the whole app, twice for each screen that is seen for the first time.
        self._css_update_count = self.app._css_update_count

    async def on_event(self, event: Event) -> None:
        """Heed a size only while it is the terminal's."""
        if not (isinstance(event, Resize) and event.size != self.app.size):
            await super().on_event(event)

    def render(self) -> RenderableType:
        """The ground; beneath a dialog the screen that it lies over."""
        ground = super().render()
        if not isinstance(ground, BackgroundScreen):
            return ground
        # Textual takes a Visual from any widget; that a screen may give one its annotation does not say.
        return cast("RenderableType", Beneath(ground.screen, ground.color))
