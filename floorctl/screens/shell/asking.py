"""A screen that reads in worker threads, asks and says what came of it: what every act of a screen is written for."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from textual.css.query import NoMatches
from textual.screen import Screen

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.rules.privacy import mask_text
from floorctl.screens.shell.banner import TerminationBanner
from floorctl.screens.shell.base import BaseScreen
from floorctl.screens.shell.bottom_bar import BottomBar
from floorctl.screens.shell.top_bar import TopBar
from floorctl.text import errors
from floorctl.text.safe import visible
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.screens.shell.cockpit import Cockpit

P = ParamSpec("P")
T = TypeVar("T")


def sentence(error: FloorctlError) -> str:
    """The sentence of ``error`` in the language in use, with what came from outside made visible."""
    return errors.sentence(error, lambda words: visible(mask_text(words)), ids=False)


class AskingScreen(BaseScreen):
    """A screen whose acts read from the floor in worker threads, ask, and say what came of it.

    ``CockpitScreen`` adds the keys that begin an act; the modules of the acts know this class alone.
    """

    @property
    def cockpit(self) -> "Cockpit":
        """The app, typed."""
        return cast("Cockpit", self.app)

    @property
    def floor(self) -> "Floor":
        """What there is to read and to do."""
        return self.cockpit.floor

    def say(self, text: str, *, severity: str = "information", timeout: float = 5) -> None:
        """Show a notification; ``text`` may hold anything."""
        self.cockpit.say(text, severity=severity, timeout=timeout)

    async def read(self, read: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call ``read`` in a worker thread: for reads of Floor that touch the disk."""
        return await asyncio.to_thread(read, *args, **kwargs)

    def may(self, kind: str, doing: str = "") -> bool:
        """Whether the person here may do commands of ``kind``; says so where not, before anything is asked.

        ``doing``: what the command would do here, in words, where its kind says less.
        """
        if self.floor.desk.may(kind):
            return True
        key = "orders.may_not" if self.floor.session.person is not None else "orders.signed_out"
        self.say(t(key, act=doing or term("command", kind)), severity="warning")
        return False

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` (which may wait for dialogs and the disk) while the screen goes on."""
        self.run_worker(self.while_it_stands(work), exclusive=False)

    def begin_newest(self, work: Callable[[], Coroutine[Any, Any, Any]], group: str) -> None:
        """``begin`` work in the place of what was begun of its ``group`` before, which is given up."""

        async def while_it_stands() -> Any:
            await self.while_it_stands(work())

        self.run_worker(while_it_stands, exclusive=True, group=group)

    async def while_it_stands(self, work: Awaitable[Any]) -> None:
        """Wait for ``work``, which may touch widgets after a while.

        The screen may be left while it waits for the disk: then they are gone, and that is all.
        """
        try:
            await work
        except NoMatches:
            if self.cockpit.stands(self) and self.query(TopBar):
                raise

    async def confirm(self, question: str) -> bool:
        """Ask once; only from inside ``begin``."""
        from floorctl.screens.shell.dialogs import Confirm

        answer: bool | None = await self.ask(Confirm(question))
        return bool(answer)

    def say_error(self, error: FloorctlError) -> None:
        """Say why something was not done."""
        self.say(sentence(error), severity="error", timeout=8)

    async def ask_text(
        self, title: str, *, purpose: str, subject: str, value: str = "", required: bool = True, wants: str = "text"
    ) -> str | None:
        """Ask for a line of text (None: given up); only from inside ``begin``.

        ``wants``: text, reason, note or message; an empty line is told that this is missing.

        What is typed and not taken, be it given up, refused or cut off by a crash, is offered again for the same
        ``purpose`` and ``subject``, which are no words: those are others in another language.
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
        finally:  # also where the screen is taken away beneath it
            texts.put(key, changed(dialog.typed), taken=text is not None)
            app.write_lines()
        return text

    def write_texts(self) -> None:
        """Bring what was typed and not taken onto the disk, in a worker thread."""
        self.cockpit.write_lines()

    async def ask(self, dialog: Screen[T]) -> T | None:
        """Open ``dialog`` and wait for its answer; keys typed for it are its own. Only from inside ``begin``."""
        answer: T | None = await self.app.push_screen_wait(dialog)
        return answer

    def begin_asking(self, work: Coroutine[Any, Any, Any], *, for_text: bool = False) -> None:
        """``begin`` work that may ask something: keys typed while no question is open are for the next one.

        With ``for_text`` it asks for a line of text: where it asks nothing, since that may not be done now, what was
        typed for the line is forgotten.
        """
        asked_before = self.cockpit.questions

        async def asked() -> None:
            try:
                await work
            finally:
                if for_text and self.cockpit.questions == asked_before:
                    self.cockpit.forget_keys()
                self.cockpit.has_asked(self)

        self.cockpit.begins_asking(self)
        self.begin(asked())

    def refresh_bars(self) -> None:
        """Draw the bars again."""
        for bar in self.query(TopBar):
            bar.repaint()
        for banner in self.query(TerminationBanner):
            banner.look()
        for line in self.query(BottomBar):
            line.repaint()

    def ask_tables(self) -> None:
        """What the lists show was changed by whoever works in them: their rows may move."""
        for table in self.query(PlainTable):
            table.ask()
