"""All uses of Textual's private names that have no public counterpart.

They are offered under public names: hooks that a subclass overrides, and queries of an app, a screen or a line. A test
contains the list of the private names and fails if Textual drops one or another module uses one. Besides this module
only the driver (``tty.driver``) and the compositor (``widgets.narrow``) depend on Textual's internals, each as a whole.
"""

from typing import Any, TypeVar

from rich.console import RenderableType
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.events import Key
from textual.filter import LineFilter
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.screen import Screen

__all__ = [
    "ANSI_SEQUENCES_KEYS", "FUNCTIONAL_KEYS", "ChopsUpdate", "Compositor", "HookedApp", "HookedScreen", "LayoutUpdate",
    "XTermParser", "key_of",
]  # fmt: skip

T = TypeVar("T")


def key_of(character: str) -> Key:
    """Return the key event of a typed character."""
    return Key(_character_to_key(character), character)


class HookedApp(App[int]):
    """An app with hooks for drawing and errors."""

    def draw(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Write a frame to the terminal; every frame passes through here."""
        super()._display(screen, renderable)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        self.draw(screen, renderable)

    def handle_error(self, error: Exception) -> None:
        """End the app because of an uncaught error."""
        super()._handle_exception(error)

    def _handle_exception(self, error: Exception) -> None:
        self.handle_error(error)

    def report_error(self) -> None:
        """Word the error that the app ends with (``error``); see ``end_with``."""
        super()._fatal_error()

    def _fatal_error(self) -> None:
        self.report_error()

    @property
    def error(self) -> BaseException | None:
        """The error that the app ends with, or None."""
        return self._exception

    @property
    def is_leaving(self) -> bool:
        """Whether the app has been asked to exit."""
        return self._exit

    def end_with(self, words: RenderableType) -> None:
        """Exit, printing ``words`` on the terminal unless there is such a text already."""
        if not self._exit_renderables:
            self._exit_renderables.append(words)
        self._close_messages_no_wait()

    @property
    def stacks(self) -> dict[str, list[Screen[Any]]]:
        """The screens of each mode that has any, the visible one last."""
        return self._screen_stacks

    def has_mode(self, name: str) -> bool:
        """Return whether there is a mode of this name."""
        return name in self._modes

    def replace_filters(self, dropped: type[LineFilter], added: LineFilter) -> None:
        """Replace the line filters of type ``dropped`` by ``added``."""
        self._filters = [each for each in self._filters if not isinstance(each, dropped)] + [added]

    def forget_clipboard(self) -> None:
        """Clear the app's copy of the clipboard."""
        self._clipboard = ""

    def withdraw_toasts(self, message: str) -> None:
        """Remove the notifications with exactly this message, with the next frame."""
        for toast in [each for each in self._notifications if each.message == message]:
            self._unnotify(toast, refresh=False)

    async def run_waiting_callbacks(self) -> None:
        """Run the callbacks that wait for the app to be idle."""
        await self._flush_next_callbacks()


class HookedScreen(Screen[T]):
    """A screen with hooks for its size, drawing and focus."""

    def choose_focus(self) -> None:
        """Focus the widget that receives keys first when the screen is shown."""
        super()._update_auto_focus()

    def _update_auto_focus(self) -> None:
        self.choose_focus()

    def take_size(self, size: Size) -> None:
        """Lay out the screen for ``size``."""
        super()._screen_resized(size)

    def _screen_resized(self, size: Size) -> None:
        self.take_size(size)

    def draw_changes(self) -> None:
        """Draw what has changed."""
        super()._compositor_refresh()

    def _compositor_refresh(self) -> None:
        self.draw_changes()

    @property
    def is_to_be_drawn_whole(self) -> bool:
        """Whether the screen is about to be laid out and drawn completely."""
        return bool(self._layout_required and self._repaint_required)

    def draw_with(self, compositor: Compositor) -> None:
        """Replace the compositor."""
        self._compositor = compositor

    def is_styled_by_now(self) -> None:
        """Record that no style sheet has changed since the screen was made."""
        self._css_update_count = self.app._css_update_count

    @property
    def bound_actions(self) -> set[str]:
        """The names of the actions that the screen has key bindings for."""
        found = (each for bindings in self._bindings.key_to_bindings.values() for each in bindings)
        return {each.action.partition("(")[0] for each in found}
