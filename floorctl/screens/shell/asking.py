"""The base of every screen that acts: reads in worker threads, asks questions and shows outcomes."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from textual.css.query import NoMatches
from textual.screen import Screen

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t, term
from floorctl.screens.shell.banner import TerminationBanner
from floorctl.screens.shell.base import BaseScreen
from floorctl.screens.shell.bottom_bar import BottomBar
from floorctl.screens.shell.top_bar import TopBar
from floorctl.widgets.painted import Painted
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.screens.shell.cockpit import Cockpit

P = ParamSpec("P")
T = TypeVar("T")


class AskingScreen(BaseScreen):
    """A screen whose acts read from the floor in worker threads, ask questions and show their outcome.

    ``CockpitScreen`` adds the keys that begin acts; the modules of the acts depend on this class only.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[Painted] = []

    @property
    def cockpit(self) -> "Cockpit":
        """The app, typed as ``Cockpit``."""
        return cast("Cockpit", self.app)

    @property
    def floor(self) -> "Floor":
        """The floor that the screen reads from and acts on."""
        return self.cockpit.floor

    def say(self, text: str, *, severity: str = "information", timeout: float = 5) -> None:
        """Show a notification; ``text`` may hold anything: it is no markup."""
        self.cockpit.say(text, severity=severity, timeout=timeout)

    async def read(self, read: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call ``read`` in a worker thread and return its result; for reads of Floor that touch the disk."""
        return await asyncio.to_thread(read, *args, **kwargs)

    def may(self, kind: str, doing: str = "") -> bool:
        """Whether the person may do commands of ``kind``; where not, show why. Called before anything is asked.

        ``doing``: words for what the command would do here, where its kind says less.
        """
        if self.floor.desk.may(kind):
            return True
        key = "orders.may_not" if self.floor.session.person is not None else "orders.signed_out"
        self.say(t(key, act=doing or term("command", kind)), severity="warning")
        return False

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work``, which may wait for dialogs and the disk, while the screen goes on."""
        self.run_worker(self.run_while_open(work), exclusive=False)

    def begin_newest(self, work: Callable[[], Coroutine[Any, Any, Any]], group: str) -> None:
        """Begin work and cancel earlier work of the same ``group``."""

        async def run_while_open() -> Any:
            await self.run_while_open(work())

        self.run_worker(run_while_open, exclusive=True, group=group)

    async def run_while_open(self, work: Awaitable[Any]) -> None:
        """Await ``work``, which may query widgets after it has waited.

        ``NoMatches`` is ignored where the screen was left meanwhile, since its widgets are gone then.
        """
        try:
            await work
        except NoMatches:
            if self.cockpit.is_open(self) and self.query(TopBar):
                raise

    async def confirm(self, question: str) -> bool:
        """Ask a yes/no question; call only from inside ``begin``."""
        from floorctl.screens.shell.dialogs import Confirm

        answer: bool | None = await self.ask(Confirm(question))
        return bool(answer)

    def say_error(self, error: FloorctlError) -> None:
        """Show why something was not done."""
        self.say(sentence(error), severity="error", timeout=8)

    async def ask_text(
        self, title: str, *, purpose: str, subject: str, value: str = "", required: bool = True, wants: str = "text"
    ) -> str | None:
        """Ask for a line of text; return None where it is cancelled. Call only from inside ``begin``.

        ``wants``: text, reason, note or message; named in the hint where an empty line is submitted.

        Text that was not accepted (cancelled, refused, or cut off by a crash) is offered again for the same ``purpose``
        and ``subject``. Both are codes, not words, so that a draft is found in the other language too.
        """
        from floorctl.screens.shell.dialogs import AskText

        app, texts = self.cockpit, self.floor.texts
        key = texts.key(purpose, subject)
        if not texts.loaded:
            await self.read(texts.load)

        def changed(typed: str) -> str:
            return "" if typed.strip() == value.strip() else typed.strip()

        dialog = AskText(
            title,
            value=texts.offered(key) or value,
            required=required,
            draft=app.draft_words(key),
            wants=wants,
            keep=lambda typed: app.keep_line(key, changed(typed)),
        )
        text: str | None = None
        try:
            text = await self.ask(dialog)
        finally:  # also where the screen is removed beneath the dialog
            texts.put(key, changed(dialog.typed), taken=text is not None)
            app.write_lines()
        return text

    def write_texts(self) -> None:
        """Write drafts to the disk, in a worker thread."""
        self.cockpit.write_lines()

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Open ``dialog`` and wait for its answer; keys typed ahead go to it. Call only from inside ``begin``."""
        answer: T | None = await self.app.push_screen_wait(dialog)
        return answer

    def begin_asking(self, work: Coroutine[Any, Any, Any], *, for_text: bool = False) -> None:
        """Begin work that may ask questions: keys typed while no question is open are held for the next one.

        ``for_text``: the work asks for a line of text. If it then asks nothing, since the act is not possible now, the
        keys typed for the line are dropped.
        """
        asked_before = self.cockpit.questions

        async def work_that_asks() -> None:
            try:
                await work
            finally:
                if for_text and self.cockpit.questions == asked_before:
                    self.cockpit.forget_keys()
                self.cockpit.has_asked(self)

        self.cockpit.begins_asking(self)
        self.begin(work_that_asks())

    def refresh_bars(self) -> None:
        """Repaint the bars."""
        if not self._bars:  # they stay as long as the screen does, and this is called several times a second
            self._bars = [*self.query(TopBar), *self.query(TerminationBanner), *self.query(BottomBar)]
        for bar in self._bars:
            bar.repaint()

    def ask_tables(self) -> None:
        """Let the tables reorder their rows: the person's own act changed what they show."""
        for table in self.query(PlainTable):
            table.ask()
