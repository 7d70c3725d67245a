"""The lock of the cockpit: by a key, at the start, and where nobody has touched it for a while, awake or asleep."""

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
    """The dialog that asks for a password; while it is ``locked``, nothing is done or shown without one."""

    locked = False

    def keep_out(self) -> None:
        """Lock the terminal by this dialog, which was opened where it was not locked."""
        raise NotImplementedError


class Locking(KeysInTurn):
    """An app that locks itself before it does or shows anything to whoever comes back after too long a time.

    No timer runs while the machine sleeps or the process is stopped. So the time is looked at where something begins:
    at every key, click and paste, before it can act, and before every picture, besides once a second.
    """

    def __init__(self, floor: "Floor") -> None:
        super().__init__()
        self.floor = floor
        self.glyphs = floor.config.terminal.glyphs
        self.idle = Idle(floor.config.terminal.lock_after)

    def sign_in_dialog(self, *, locked: bool) -> LockDialog:
        """A dialog to sign in by, or to unlock the terminal by."""
        raise NotImplementedError

    @property
    def stands_open_too_long(self) -> bool:
        """Whether it ought to be locked and is not."""
        return self.idle.too_long() and self.floor.session.person is not None and not self.is_locked

    def lock_if_idle(self) -> bool:
        """Lock it where nobody has touched it for too long; whether it was."""
        if not self.stands_open_too_long:
            return False
        self.forget_keys()  # they were typed by somebody who has gone
        self._lock("idle")
        return True

    def action_lock(self) -> None:
        """Lock the terminal; where nobody is signed in, sign in."""
        self._lock("key")

    def _lock(self, why: str) -> None:
        locked, top = self.floor.session.person is not None, top_screen(self)
        if isinstance(top, LockDialog):
            if top.locked or not locked:
                return
            top.keep_out()  # it asked somebody whose session had ended, over what is stored here
        elif top is None:
            return
        else:
            self.push_screen(self.sign_in_dialog(locked=locked))
        if locked:
            self._forget_passwords()
            self.clear_notifications()  # they say what was done, and about whom
            self.run_worker(partial(self.floor.session.locked, why), thread=True, exit_on_error=False)

    def _forget_passwords(self) -> None:
        """A password that a second person has typed is not left for whoever unlocks to press Enter on."""
        for screen in self.screen_stack:
            for line in screen.query(Input).results(Input):
                if line.password:
                    line.value = ""

    @property
    def is_locked(self) -> bool:
        """Whether the terminal waits for a password before it shows anything."""
        return any(isinstance(screen, LockDialog) and screen.locked for screen in self.screen_stack)

    async def on_event(self, event: Event) -> None:
        """Remember when somebody last did something; what comes after too long a time locks, and does nothing else."""
        if isinstance(event, InputEvent | Paste) and not event.is_forwarded:
            locks = self.lock_if_idle()
            self.idle.touched()
            if locks:
                return
        await super().on_event(event)

    def draw(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Show nothing any more where it ought to be locked."""
        if renderable is not None and self.screen_stack and self.stands_open_too_long:
            self.call_later(self.lock_if_idle)
            return
        super().draw(screen, renderable)
