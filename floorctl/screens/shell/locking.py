"""The lock of the cockpit: by key, at the start, and after a time without input, also while the machine sleeps."""

from functools import partial
from typing import TYPE_CHECKING

from rich.console import RenderableType
from textual.events import Event, InputEvent, Paste
from textual.screen import Screen
from textual.widgets import Input

from floorctl.screens.shell.dialogs import Dialog
from floorctl.screens.shell.idle import Idle
from floorctl.screens.shell.keys import KeysInTurn
from floorctl.widgets.top_screen import top_screen

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor


class LockDialog(Dialog[bool]):
    """A dialog that asks for a password. While ``locked``, nothing is done or shown without one."""

    locked = False

    def keep_out(self) -> None:
        """Lock the terminal with this dialog, which was opened while the terminal was not locked."""
        raise NotImplementedError


class Locking(KeysInTurn):
    """An app that locks itself after too long without input, before it does or shows anything.

    No timer runs while the machine sleeps or the process is stopped. So the time is checked before every key, click and
    paste acts and before every paint, and once a second.
    """

    def __init__(self, floor: "Floor") -> None:
        super().__init__()
        self.floor = floor
        self.glyphs = floor.config.terminal.glyphs
        self.idle = Idle(floor.config.terminal.lock_after)

    def sign_in_dialog(self, *, locked: bool) -> LockDialog:
        """Return a dialog that signs a person in or, with ``locked``, unlocks the terminal."""
        raise NotImplementedError

    @property
    def stands_open_too_long(self) -> bool:
        """Whether the terminal should be locked for inactivity and is not yet."""
        return self.idle.too_long() and self.floor.session.person is not None and not self.is_locked

    def lock_if_idle(self) -> bool:
        """Lock the terminal after too long without input; return whether it was locked by this call."""
        if not self.stands_open_too_long:
            return False
        self.forget_keys()  # they were typed by a person who has left
        self._lock("idle")
        return True

    def action_lock(self) -> None:
        """Lock the terminal; where nobody is signed in, open the sign-in."""
        self._lock("key")

    def _lock(self, why: str) -> None:
        locked, top = self.floor.session.person is not None, top_screen(self)
        if isinstance(top, LockDialog):
            if top.locked or not locked:
                return
            top.keep_out()  # a sign-in dialog is open because the session ended
        elif top is None:
            return
        else:
            self.push_screen(self.sign_in_dialog(locked=locked))
        if locked:
            self._forget_passwords()
            self.clear_notifications()  # they name acts and people
            self.run_worker(partial(self.floor.session.locked, why), thread=True, exit_on_error=False)

    def _forget_passwords(self) -> None:
        """Clear typed passwords, so that whoever unlocks the terminal cannot submit another person's."""
        for screen in self.screen_stack:
            for line in screen.query(Input).results(Input):
                if line.password:
                    line.value = ""

    @property
    def is_locked(self) -> bool:
        """Whether the terminal asks for a password before it shows anything."""
        return any(isinstance(screen, LockDialog) and screen.locked for screen in self.screen_stack)

    async def on_event(self, event: Event) -> None:
        """Record input as activity. Input after too long without any locks the terminal and does nothing else."""
        if isinstance(event, InputEvent | Paste) and not event.is_forwarded:
            locks = self.lock_if_idle()
            self.idle.touched()
            if locks:
                return
        await super().on_event(event)

    def draw(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Draw nothing where the terminal should be locked already."""
        if renderable is not None and self.screen_stack and self.stands_open_too_long:
            self.call_later(self.lock_if_idle)
            return
        super().draw(screen, renderable)
