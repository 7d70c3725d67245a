"""The app as its screens know it: going from one to another, what their bars show, asking and saying something."""

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.await_complete import AwaitComplete
from textual.notifications import SeverityLevel
from textual.screen import Screen

from floorctl.clock import elapsed
from floorctl.screens.shell.base import BaseScreen
from floorctl.screens.shell.locking import Locking
from floorctl.screens.shell.score_watch import ScoreWatch
from floorctl.widgets.painted import brief

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.models.order_filter import OrderCounts

_SEVERITIES: dict[str, SeverityLevel] = {"information": "information", "warning": "warning", "error": "error"}


class Entry(NamedTuple):
    """The key that goes to a screen, and where its class is: a screen's module is imported when it is first gone to."""

    key: str
    module: str
    kind: str

    def load(self) -> type[BaseScreen]:
        """Import the screen's class."""
        screen: type[BaseScreen] = getattr(import_module(self.module), self.kind)
        return screen


class Cockpit(Locking):
    """An app that goes between ``screens`` (by name), the ``first`` of which is in sight at the start."""

    def __init__(self, floor: "Floor", screens: Mapping[str, Entry], first: str) -> None:
        super().__init__(floor)
        self.screens = screens
        self._first = first
        self.counts: OrderCounts | None = None
        #: How many of today's samples are planned and scored, once counted.
        self.quality: tuple[int, int] | None = None
        self.score = ScoreWatch()
        #: The screen that was in sight before the one that is.
        self.came_from = first
        #: The current shift's name and its lead's, once known.
        self.shift_lead: tuple[str, str] | None = None
        #: Who may sign in, where that is no secret: on a demonstration's floor nobody was told.
        self.accounts = ""
        #: Whether the sync has not begun: nobody has asked for what the floor says about the platform.
        self.has_not_asked = False
        self._offline_since: float | None = None

    def get_default_screen(self) -> Screen[None]:
        """The screen that is seen first."""
        return self.screens[self._first].load()()

    def action_go(self, name: str) -> None:
        """Show another screen; what was opened on top of this one closes."""
        self.close_dialogs()
        self.came_from = self.current_mode
        if not self.has_mode(name):
            self.add_mode(name, self.screens[name].load())
        elsewhere = name != self.current_mode
        if elsewhere and (left := self.in_sight) is not None:
            left.leave()
        self.switch_mode(name)
        if elsewhere and getattr(self.screen, "TYPED_AHEAD", False):
            self.hold_keys("screen")

    def close_dialogs(self) -> None:
        """Close what stands on top of the screen in sight, as Esc would."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top; the last one stays, whoever asks."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    def find_order(self) -> None:
        """Go to the orders with the filter line open; what is typed before it is open goes there too."""
        self.hold_keys("filter")  # else the first letters would be keys of the screen, and act
        self.action_go("orders")
        self.call_after_refresh(self._open_filter)

    def _open_filter(self) -> None:
        if self.current_mode != "orders":
            self.forget_keys()  # something else has come in between: what was typed is text, and there is no line
            return
        screen = self.in_sight
        # Not before it has come into sight: only then it begins anew, and gives the keys to its list.
        if screen is None or not screen.in_front or not screen.query("#filter"):
            self.set_timer(0.01, self._open_filter)
            return
        screen.action_filter()
        if self.screen is not screen:  # something has opened by itself, and the text is not meant for it
            self.forget_keys()
        self.release_keys("filter")

    def show_one(self, mode: str, each: str) -> None:
        """Go to another screen and show the one thing with this id there."""
        self.action_go(mode)
        screen = cast(BaseScreen, self.screen)  # it may be about to come into sight for the first time
        self.call_after_refresh(screen.show_one, each)

    @property
    def in_sight(self) -> BaseScreen | None:
        """The cockpit's screen in sight, beneath a dialog if one is open."""
        stack = self.screen_stack if self.is_running and self.stacks.get(self.current_mode) else []
        for screen in reversed(stack):
            if isinstance(screen, BaseScreen) and screen.is_mounted and screen.is_attached:
                return screen
        return None

    def stands(self, screen: Screen[Any]) -> bool:
        """Whether ``screen`` is there to be come back to; one that was left loses its widgets, in any order."""
        return self.is_running and any(screen in stack for stack in self.stacks.values())

    async def run_entry(self, name: str, action: str) -> None:
        """Do what was chosen in the palette: on the screen it belongs to (empty: where we are)."""
        if name and self.current_mode != name:
            self.action_go(name)
            self.call_after_refresh(self._run_here, action)
        else:
            await self._run_here(action)

    async def _run_here(self, action: str) -> None:
        screen = self.in_sight
        if screen is not None:
            await self.run_action(
                action, default_namespace=self if hasattr(self, "action_" + action.partition("(")[0]) else screen
            )

    def load_texts(self) -> None:
        """Have what the person signed in has typed and not sent at hand, in a worker thread."""
        self.run_worker(self.floor.texts.load, thread=True, exit_on_error=False)

    def leave_dialogs(self) -> None:
        """Close what another person left open: what they typed stays theirs, and is offered to them again."""
        if len(self.screen_stack) > 1:
            self.screen.dismiss(None)
            self.call_later(self.leave_dialogs)

    def offline_for(self) -> float:
        """Seconds since anything was heard from the platform; 0 while live."""
        return 0.0 if self._offline_since is None else elapsed() - self._offline_since

    def posture(self) -> str:
        """What the top line says of how this cockpit stands; nothing where everything can be done."""
        return ""

    async def push_screen_wait(self, screen: Screen[Any] | str, *, mode: str | None = None) -> Any:
        """Push a screen and wait for its result; called from a worker.

        Textual's own runs the app's waiting callbacks in the worker that asks, and among them may be the wait for
        screens to go. A worker that ends with its screen must not take those screens with it: hence the shield.
        """
        await asyncio.shield(self.run_waiting_callbacks())
        answer = self.push_screen(screen, wait_for_dismiss=True, mode=mode)
        self.questions += 1
        self.screen.call_after_refresh(self.release_keys)
        return await asyncio.shield(answer)

    def say(self, text: str, *, severity: str = "information", timeout: float = 5) -> None:
        """Show a notification; nothing in ``text`` is markup. Nothing is said while the terminal is locked.

        What is said again while it stands there stands there once, and longer: a pile would hide what is beneath it.
        """
        if self.is_locked:
            return
        said = brief(text)
        self.withdraw_toasts(said)
        self.notify(said, severity=_SEVERITIES[severity], timeout=timeout, markup=False)
