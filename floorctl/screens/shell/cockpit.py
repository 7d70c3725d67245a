"""The app as its screens see it: navigation, the values that the bars show, questions, notifications."""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.await_complete import AwaitComplete
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widget import Widget

from floorctl.clock import elapsed
from floorctl.i18n import t
from floorctl.screens.shell.base import BaseScreen
from floorctl.screens.shell.locking import LockDialog, Locking
from floorctl.screens.shell.score_watch import ScoreWatch
from floorctl.text.safe import visible
from floorctl.widgets.painted import brief

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import Signed
    from floorctl.models.order_filter import OrderCounts

#: Seconds without drawing while the dialogs of another person are closed.
_CLOSING = 0.4
_SEVERITIES: dict[str, SeverityLevel] = {"information": "information", "warning": "warning", "error": "error"}


class Entry(NamedTuple):
    """A screen's key, module and class. The module is imported when the screen is first opened."""

    key: str
    module: str
    kind: str

    def load(self) -> type[BaseScreen]:
        """Import and return the screen's class."""
        screen: type[BaseScreen] = getattr(import_module(self.module), self.kind)
        return screen


class Cockpit(Locking):
    """An app that switches between ``screens`` (by name); ``first`` is shown at the start."""

    def __init__(self, floor: "Floor", screens: Mapping[str, Entry], first: str) -> None:
        super().__init__(floor)
        self.screens = screens
        self._first = first
        self.counts: OrderCounts | None = None
        #: (planned, scored) samples of today; None until counted.
        self.quality: tuple[int, int] | None = None
        self.score = ScoreWatch()
        #: The name of the screen that was in sight before the current one.
        self.came_from = first
        #: (shift, name of its lead) of the current shift; None until read, or where there is no lead.
        self.shift_lead: tuple[str, str] | None = None
        #: Text about the accounts that may sign in, for a demonstration floor; empty elsewhere.
        self.accounts = ""
        #: Whether sync has not started yet, so that the connection status means nothing.
        self.has_not_asked = False
        self._offline_since: float | None = None

    def get_default_screen(self) -> Screen[None]:
        """Return the screen that is shown first."""
        return self.screens[self._first].load()()

    def action_go(self, name: str) -> None:
        """Show another screen; close the dialogs and screens on top of this one."""
        self.close_dialogs()
        self.came_from = self.current_mode
        if not self.has_mode(name):
            self.add_mode(name, self.screens[name].load())
        elsewhere = name != self.current_mode
        if elsewhere and (leaving := self.in_sight) is not None:
            leaving.leave()
        self.switch_mode(name)
        if elsewhere and getattr(self.screen, "TYPED_AHEAD", False):
            self.hold_keys("screen")

    def close_dialogs(self) -> None:
        """Close the screens on top of the screen in sight, as Esc would."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top; the last screen of a stack is never closed."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    def find_order(self) -> None:
        """Go to the orders with the filter line open; text typed before it opens is kept for it."""
        self.hold_keys("filter")  # else the first letters would act as keys of the screen
        self.action_go("orders")
        self.call_after_refresh(self._open_filter)

    def _open_filter(self) -> None:
        if self.current_mode != "orders":
            self.forget_keys()  # another screen was opened meanwhile: the text has no line to go to
            return
        screen = self.in_sight
        # Wait until the screen has come into sight: it resets then, and moves the focus to its list.
        if screen is None or not screen.in_front or not screen.query("#filter"):
            self.set_timer(0.01, self._open_filter)
            return
        screen.action_filter()
        if self.screen is not screen:  # a dialog has opened by itself; the text is not meant for it
            self.forget_keys()
        self.release_keys("filter")

    def open_view(self, mode: str, action: str) -> None:
        """Go to another screen and run the action that opens a view there; keys typed from now on are meant for it."""
        self.hold_keys("view")
        self.action_go(mode)
        self.call_after_refresh(self._open_view, mode, action)

    async def _open_view(self, mode: str, action: str) -> None:
        if self.current_mode != mode:
            self.forget_keys()  # another screen was opened meanwhile
            return
        screen = self.in_sight
        if screen is None or not screen.in_front:  # it resets when it comes into sight
            self.set_timer(0.01, partial(self._open_view, mode, action))
            return
        await self.run_action(action, default_namespace=screen)
        if self.screen is screen:  # else the view releases them as soon as it shows what they act on
            self.release_keys("view")

    def show_one(self, mode: str, entity_id: str) -> None:
        """Go to another screen and show the entity with this id there."""
        self.action_go(mode)
        screen = cast(BaseScreen, self.screen)  # not ``in_sight``: the screen may not be mounted yet
        self.call_after_refresh(screen.show_one, entity_id)

    @property
    def in_sight(self) -> BaseScreen | None:
        """The cockpit screen in sight, also beneath an open dialog; None before one is mounted."""
        stack = self.screen_stack if self.is_running and self.stacks.get(self.current_mode) else []
        for screen in reversed(stack):
            if isinstance(screen, BaseScreen) and screen.is_mounted and screen.is_attached:
                return screen
        return None

    def is_open(self, screen: Screen[Any]) -> bool:
        """Whether ``screen`` is still on a stack. A screen that was left loses its widgets, in any order."""
        return self.is_running and any(screen in stack for stack in self.stacks.values())

    async def run_entry(self, name: str, action: str) -> None:
        """Run an action chosen in the palette, on its own screen (``name`` empty: on the current one)."""
        if name and type(self.in_sight).__name__ != self.screens[name].kind:  # in another mode, or beneath a screen
            self.action_go(name)
            self.call_after_refresh(self._run_on_screen, action)
        else:
            await self._run_on_screen(action)

    async def _run_on_screen(self, action: str) -> None:
        screen = self.in_sight
        if screen is not None:
            await self.run_action(
                action, default_namespace=self if hasattr(self, "action_" + action.partition("(")[0]) else screen
            )

    def load_texts(self) -> None:
        """Load the drafts of the person signed in, in a worker thread."""
        self.run_worker(self.floor.texts.load, thread=True, exit_on_error=False)

    def notices(self) -> Iterable[Widget]:
        """Yield what stands below the top bar on every screen for a while; nothing on an ordinary floor."""
        return ()

    def let_in(self, dialog: Screen[Any], person: "Signed", before: "Signed | None", *, welcome: str = "") -> None:
        """Close ``dialog``, in which ``person`` has signed in or unlocked, and go on for them.

        ``before``: who was signed in until now. ``welcome``: what another person is greeted by, if not as usual. What
        another person left open is closed before anything is drawn; the same person goes on where they were.
        """
        self.idle.touched()
        another = before is None or person.person_id != before.person_id
        if another:
            self.delay_update(_CLOSING)  # the new person must not see what the other one typed while it is closed
        locks = [screen for screen in self.screen_stack if isinstance(screen, LockDialog)]
        for lock in locks:
            lock.locked = False
        dialog.dismiss(True)
        self.load_texts()
        if another:
            self.call_later(self.leave_dialogs)
            self.say(welcome or t("ui.sign_in.welcome", name=visible(person.name)))
        else:
            for lock in locks:
                if lock is not dialog:
                    self.call_later(lock.dismiss, True)

    def leave_dialogs(self) -> None:
        """Close the dialogs that another person left open; their drafts are kept and offered to them again."""
        if len(self.screen_stack) > 1:
            self.screen.dismiss(None)
            self.call_later(self.leave_dialogs)

    def offline_for(self) -> float:
        """Return the seconds since the platform was last heard from; 0 while live."""
        return 0.0 if self._offline_since is None else elapsed() - self._offline_since

    def posture(self) -> str:
        """Return a remark for the top line on how this cockpit may be used; empty where everything can be done."""
        return ""

    async def push_screen_wait(self, screen: Screen[Any] | str, *, mode: str | None = None) -> Any:
        """Push a screen and wait for its result; call from a worker.

        Textual's own method runs the app's waiting callbacks in the calling worker, among them the wait for screens to
        be removed. The shield keeps a worker that is cancelled with its screen from cancelling that removal.
        """
        await asyncio.shield(self.run_waiting_callbacks())
        answer = self.push_screen(screen, wait_for_dismiss=True, mode=mode)
        self.questions += 1
        self.screen.call_after_refresh(self.release_keys)
        return await asyncio.shield(answer)

    def say(self, text: str, *, severity: str = "information", timeout: float = 5) -> None:
        """Show a notification; ``text`` is no markup. Nothing is shown while the terminal is locked.

        A repeated text replaces the notification that shows it: a pile would cover what is beneath.
        """
        if self.is_locked:
            return
        message = brief(text)
        self.withdraw_toasts(message)
        self.notify(message, severity=_SEVERITIES[severity], timeout=timeout, markup=False)
