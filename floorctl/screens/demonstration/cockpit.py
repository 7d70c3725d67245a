"""The cockpit of a demonstration. Public: ``DemoCockpit``, ``run_demonstration``."""

import asyncio
from collections.abc import Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t
from floorctl.screens.app import CockpitApp
from floorctl.screens.demonstration.accounts import Accounts
from floorctl.screens.demonstration.opening import OpeningLines

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.screens.demonstration.demonstration import Demonstration

#: Seconds that the words about the line stand: they say what to try.
_WORDS_SECONDS = 12
#: Seconds between two looks at whether the platform has ended.
_LOOK_SECONDS = 1


class DemoCockpit(CockpitApp):
    """A cockpit on a floor to practise on: F1 signs in as another role, F9 cuts the line to the platform and mends it.

    Both keys have priority, so that they act in dialogs and while text is typed. Esc first takes the lines of the
    beginning away, where they are in sight; otherwise it does what it always does.
    """

    #: Those of any cockpit: Textual looks for them beside the module of the class.
    CSS_PATH: ClassVar[list[str | PurePath]] = [PurePath("..") / each for each in CockpitApp.CSS_PATH]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "accounts", "demo.key.accounts", priority=True),
        Binding("f9", "line", "demo.key.line", priority=True),
        Binding("escape", "close_opening", show=False, priority=True),
    ]

    def __init__(
        self,
        floor: "Floor",
        demonstration: "Demonstration",
        *,
        sync: bool = False,
        debug_crash: bool = False,
        locked: bool = False,
    ) -> None:
        super().__init__(floor, sync=sync, debug_crash=debug_crash, locked=locked)
        self.accounts = demonstration.sign_in_words()
        self._demonstration = demonstration
        self._line_is_cut = False
        #: Lets the line be told of one change after the other, however fast F9 is pressed.
        self._telling_line = asyncio.Lock()
        self._opening = True

    def on_mount(self) -> None:
        """Let the line break when the scenario says so, and look at the platform from time to time.

        Textual also calls the handler of ``CockpitApp``.
        """
        self._looking = self.set_interval(_LOOK_SECONDS, self._say_if_ended)
        if (seconds := self._demonstration.line_breaks) is not None:
            self.set_timer(seconds, self._break_line)

    def go_live(self) -> None:
        """Start to sync, at the demonstration's pace."""
        self._demonstration.go_live()

    # -- the accounts ---------------------------------------------------------------------------------------------

    def action_accounts(self) -> None:
        """Show the accounts, or close them; where the terminal is locked, one of them unlocks it."""
        if isinstance(self.screen, Accounts):
            self.screen.dismiss(None)
        elif not any(isinstance(screen, Accounts) for screen in self.screen_stack):
            self.push_screen(Accounts(self._demonstration.accounts))

    def _lock(self, why: str) -> None:
        """Lock as any cockpit; the accounts that stand over a lock are closed, since it is locked already."""
        if self.is_locked and isinstance(self.screen, Accounts):
            self.screen.dismiss(None)
        else:
            super()._lock(why)

    # -- the line -------------------------------------------------------------------------------------------------

    def action_line(self) -> None:
        """Cut the line to the platform, or mend it."""
        self.run_worker(self._set_line(not self._line_is_cut, "demo.line.cut", "demo.line.mended"))

    def _break_line(self) -> None:
        """Cut the line as the scenario says, unless that was done by key already."""
        if not self._line_is_cut:
            self.run_worker(self._set_line(True, "demo.line.broken", ""))

    async def _set_line(self, cut: bool, words_cut: str, words_mended: str) -> None:
        self._line_is_cut = cut  # at once: the next F9 does the opposite
        try:
            async with self._telling_line:
                await asyncio.to_thread(self._demonstration.cut if cut else self._demonstration.mend)
        except FloorctlError as error:
            self.say(sentence(error), severity="error", timeout=_WORDS_SECONDS)
            return
        if cut != self._line_is_cut:
            return  # F9 was pressed again meanwhile
        self._withdraw_line_words()
        words = t(words_cut if cut else words_mended)
        self.say(words, severity="warning" if cut else "information", timeout=_WORDS_SECONDS)

    def _say_if_ended(self) -> None:
        """Say once that the platform has ended: the person would wait for a line that no key mends."""
        if self._demonstration.has_ended():
            self._looking.stop()
            self._withdraw_line_words()
            self.say(t("error.demo_platform_ended"), severity="error", timeout=_WORDS_SECONDS)

    def _withdraw_line_words(self) -> None:
        """Take away what was said about the line before: only its present state is true."""
        for words in ("demo.line.cut", "demo.line.mended", "demo.line.broken"):
            self.withdraw_toasts(t(words))

    # -- the lines at the beginning -------------------------------------------------------------------------------

    def notices(self) -> Iterable[Widget]:
        """Yield the lines of the beginning, until they are closed."""
        if self._opening:
            yield OpeningLines(self._demonstration.opening_lines(), self.action_close_opening)

    def action_close_opening(self) -> None:
        """Take the lines away, on every screen."""
        self._opening = False
        for screen in {screen for stack in self.stacks.values() for screen in stack}:
            screen.query(OpeningLines).remove()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let Esc pass where the lines are not in sight, and F9 where the terminal is locked."""
        if action == "close_opening":
            return self._opening and bool(self.screen_stack) and bool(self.screen.query(OpeningLines))
        if action == "line":
            return not self.is_locked
        return super().check_action(action, parameters)


def run_demonstration(floor: "Floor", demonstration: "Demonstration", *, debug: bool = False) -> int:
    """Show the cockpit on a demonstration floor until the person leaves it; return the exit code."""
    app = DemoCockpit(floor, demonstration, sync=True, debug_crash=debug, locked=floor.session.opens_locked())
    code = app.run()
    return app.return_code or code or 0
