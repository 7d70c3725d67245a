"""Keys act one after another, on what is there when the ones before have acted, however fast they are typed."""

from typing import TYPE_CHECKING

from textual.app import App
from textual.dom import DOMNode
from textual.events import Event, Key, Paste

from floorctl.screens.typed_ahead import TypedAhead

if TYPE_CHECKING:
    from floorctl.screens.typed_ahead import HeldFor


class KeysInTurn(App[int]):
    """An app whose keys wait for each other.

    Textual gives a key to the widget that has the focus as soon as it arrives, and acts on it when the widget and
    everything above it have passed it on. Of keys that arrive together, which a fast hand on a slow line makes of any
    two, the second would go to where the first is about to lead away from.
    """

    def __init__(self) -> None:
        super().__init__()
        self._typed_ahead = TypedAhead()

    def hold_keys(self, held_for: "HeldFor" = "dialog") -> None:
        """Keep the keys that are typed from now on for what is about to open, until ``release_keys``."""
        self._typed_ahead.hold(held_for)

    def release_keys(self, held_for: "HeldFor | None" = "dialog") -> None:
        """It is open (None: whatever it was): give it the keys that were typed for it."""
        self._typed_ahead.release(held_for)
        self.call_later(self._give_next)

    def heed_keys_kept_too_long(self) -> None:
        """Give out the keys that are held although something must have gone wrong."""
        if self._typed_ahead.overdue:
            self.release_keys(None)

    async def on_event(self, event: Event) -> None:
        """Let a key act, or wait for its turn."""
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif not self._typed_ahead.keeps(event):
            await self._let_act(event)

    async def _give_next(self) -> None:
        if (key := self._typed_ahead.next()) is not None:
            await self._let_act(key)

    async def _let_act(self, key: Key | Paste) -> None:
        self._typed_ahead.hold("turn")
        takes_it = self.focused or self.screen
        await super().on_event(key)
        self._follow(takes_it)

    def _follow(self, node: DOMNode) -> None:
        """Come after the key on its way from ``node`` up to the app; then it is the next one's turn."""
        if node is self:
            self.call_later(self.release_keys, "turn")
            return
        above = node.parent or self
        if not node.call_later(self._follow, above):  # it has closed, and takes no key either
            self._follow(above)
