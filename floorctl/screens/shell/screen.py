"""What every screen of the cockpit has: the two bars, the filter line, acting with a word about the outcome, help."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar, cast

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.css.query import NoMatches
from textual.events import ScreenResume, ScreenSuspend
from textual.screen import Screen
from textual.widgets import Input, Label

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.rules.privacy import mask_text
from floorctl.screens.shell.banner import TerminationBanner
from floorctl.screens.shell.bottom_bar import BottomBar
from floorctl.screens.shell.counts import day_counts, order_counts
from floorctl.screens.shell.top_bar import TopBar
from floorctl.text import errors
from floorctl.text.safe import visible
from floorctl.widgets import looks
from floorctl.widgets.line_keys import LineKeys
from floorctl.widgets.plain import PlainInput, plain
from floorctl.widgets.table import PlainTable
from floorctl.widgets.top_screen import top_screen

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import ConnectionStatus
    from floorctl.models.base import Ref
    from floorctl.screens.shell.cockpit import Cockpit

P = ParamSpec("P")
T = TypeVar("T")

#: Kinds of entities to the ids that changed.
Changes = Mapping[str, frozenset[str] | set[str]]


def sentence(error: FloorctlError) -> str:
    """The sentence of ``error`` in the language in use, with what came from outside made visible."""
    return errors.sentence(error, lambda words: visible(mask_text(words)), ids=False)


class CockpitScreen(LineKeys[None]):
    """A screen with its name at the top and its counts and keys at the bottom.

    Subclasses give ``NAME_KEY``, ``compose_body`` and BINDINGS whose descriptions are keys of the catalogues (the help
    and the palette are made from them). ``on_changed``, ``on_connection_status`` and ``on_tick`` are called on the
    screen in sight only; on coming back into sight it is told with ``on_changed({})`` that anything may have changed.
    """

    NAME_KEY: ClassVar[str] = ""
    #: Action → the kind of command that it does: whose role may not do that is not offered it.
    NEEDS: ClassVar[Mapping[str, str]] = {"alert": "alert.acknowledge", "note": "handover.note"}
    #: Whether `/` opens the filter line here.
    CAN_FILTER: ClassVar[bool] = True
    #: Whether keys typed on the way here wait until the screen has read what they are about; it releases them.
    TYPED_AHEAD: ClassVar[bool] = False
    BINDINGS: ClassVar[list[BindingType]] = [
        # These two at once, not after every widget has been asked: what follows is text, of which no letter may act.
        Binding("slash", "filter", "ui.key.filter", priority=True),
        Binding("question_mark", "help", "ui.key.help"),
        Binding("escape", "back", "ui.key.back", show=False),
        Binding("a", "alert", "ui.key.alert"),
        Binding("n", "note", "handover.key.note"),
        Binding("z", "undo", "undo.key.undo"),
        Binding("f", "find_order", "ui.key.find_order", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.filter_text = ""
        #: Whether it has come into sight, and has begun anew where it does that.
        self.in_front = False
        #: Whether another screen is in sight in its place, and not only a dialog on top of it.
        self.away = True
        self._copies_to_file = False

    # -- for subclasses -------------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        """What stands between the bars."""
        yield from ()

    def arrive(self) -> None:
        """Come into sight for the first time or after another screen, not after a dialog: begin anew."""

    def on_changed(self, changed: Changes) -> None:
        """Entities changed (an empty mapping: anything may have). Read what you show and repaint it."""

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """The terminal went live or offline, or something waits, was sent or was refused."""

    def on_tick(self, now: datetime) -> None:
        """A second has passed. Offline, times in the views stand still, so repainting costs nothing."""

    def filter_changed(self, text: str) -> None:
        """The filter line says ``text`` (empty: show everything)."""

    def show_one(self, each: str) -> None:
        """Another screen leads to the one thing with this id: show it, whatever the screen was narrowed to."""

    def counts(self) -> list[Segment]:
        """The left part of the bottom line; the order counts unless a screen has better."""
        return [*order_counts(self.cockpit.counts), *day_counts(self.cockpit.quality)]

    def line_keys(self) -> list[Segment]:
        """The bottom line while a line of text is open: what Enter and Esc do there; all other keys are text."""
        return [Segment(t("ui.line.filter"), looks.QUIET)]

    def go_back(self) -> None:
        """Esc with no filter open: the floor, unless a screen knows a better place."""
        self.cockpit.action_go("floor")

    # -- for use --------------------------------------------------------------------------------------------------

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

    def copy(self, kind: str, ids: Sequence[str], lines: Sequence[str], *, revealed: bool = False) -> None:
        """Copy ``lines`` to the clipboard or, by `Y`, to a file; the audit trail names ``ids`` of ``kind``."""
        from floorctl.screens.shell.copying import Copied, copy

        self.begin(copy(self, Copied(kind, ids, lines, revealed), to_file=self._copies_to_file))

    def action_copy(self) -> None:
        """Copy what is marked or under the cursor; screens that have something to copy do."""

    def action_copy_to_file(self) -> None:
        """Write what `y` copies to a new file."""
        self._copies_to_file = True
        try:
            self.action_copy()
        finally:
            self._copies_to_file = False

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
        from floorctl.screens.shell.drafts import ask_for_line

        key = self.floor.texts.key(purpose, subject)
        return await ask_for_line(self, title, key, value=value, required=required, wants=wants)

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

    def line_opened_or_left(self) -> None:
        """The keys at the bottom are others."""
        super().line_opened_or_left()
        for line in self.query(BottomBar):
            line.repaint()

    # -- the frame ------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The bars around the body."""
        yield TopBar(self.NAME_KEY)
        yield TerminationBanner()
        yield from self.compose_body()
        with Horizontal(id="filter"):
            yield Label(plain("/"))
            yield PlainInput(id="filter-text")
        yield BottomBar()

    def choose_focus(self) -> None:
        """Give the keys to nobody where the widget that would have them is out of sight: Textual does not look."""
        before = self.focused
        super().choose_focus()
        if (now := self.focused) not in (None, before) and not all(each.display for each in now.ancestors_with_self):
            self.set_focus(None)

    def on_screen_suspend(self, _event: ScreenSuspend) -> None:
        """Note whether another screen took this one's place or only a dialog is on top of it."""
        self.away = self not in self.app.screen_stack

    def on_screen_resume(self, _event: ScreenResume) -> None:
        """Back in sight: whatever happened meanwhile is shown now."""
        if self.away:
            self.away = False
            self.arrive()
        self.refresh_bars()
        self.on_changed({})
        self.on_connection_status(self.floor.status.connection())
        self.in_front = True

    def leave(self) -> None:
        """Another screen takes this one's place: a line that is being typed is not found open on coming back."""
        self.in_front = False
        if self.typing:
            self._end_filter_line()
        for table in self.query(PlainTable):
            table.rest()

    def action_filter(self) -> None:
        """Open the filter line."""
        if not self.CAN_FILTER:
            return
        line = self.query_one("#filter")
        line.add_class("open")
        self.set_focus(self.query_one("#filter-text", PlainInput))  # at once: the text may be typed ahead

    def show_filter(self, text: str) -> None:
        """Narrow down to ``text`` as if it had been typed; the keys stay where they are."""
        self.query_one("#filter").add_class("open")
        self.query_one("#filter-text", PlainInput).value = text

    def _end_filter_line(self) -> None:
        if not self.query_one("#filter-text", PlainInput).value:
            self.query_one("#filter").remove_class("open")
        self.focus_body()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing."""
        if event.input.id == "filter-text":
            event.stop()
            self._set_filter(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter keeps the filter and gives the keys back to the screen."""
        if event.input.id == "filter-text":
            event.stop()
            self._end_filter_line()

    def ask_tables(self) -> None:
        """What the lists show was changed by whoever works in them: their rows may move."""
        for table in self.query(PlainTable):
            table.ask()

    def says_gone(self, table: PlainTable) -> bool:
        """Say so where an act would be about the row under the cursor and that has left its list."""
        if table.gone_id is None or table.marked:
            return False
        self.say(t("ui.table.gone"), severity="warning")
        return True

    def focus_body(self) -> None:
        """Give the keys to the screen's main widget: the first that takes them."""
        self.leave_line(next((widget for widget in self.focus_chain if widget.id != "filter-text"), None))

    def clear_filter(self) -> None:
        """Show everything again."""
        self.query_one("#filter-text", PlainInput).value = ""
        self.query_one("#filter").remove_class("open")
        self._set_filter("")
        self.focus_body()

    def _set_filter(self, text: str) -> None:
        if text != self.filter_text:
            self.filter_text = text
            for table in self.query(PlainTable):
                table.narrowed_to = visible(text.strip())
            self.ask_tables()
            self.filter_changed(text)

    def action_back(self) -> None:
        """Esc: first out of the filter, then back."""
        if self.filter_text or self.query_one("#filter").has_class("open"):
            self.clear_filter()
        else:
            self.go_back()

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from floorctl.screens.shell.help import Help

        self.app.push_screen(Help(self))

    def action_alert(self) -> None:
        """Take up the alert that is next."""
        self.take_up_alert(None)

    def take_up_alert(self, alert_id: str | None) -> None:
        """Acknowledge an alert (None: the one that is next) and offer its open steps."""
        if not self.may("alert.acknowledge"):
            return
        from floorctl.screens.shell.escalation import take_up

        take_up(self, alert_id)

    def note_about(self) -> "tuple[Ref, str] | None":
        """What is under the cursor and how it is called, for a note for the next shift; None: nothing in particular."""
        return None

    def action_note(self) -> None:
        """Write something for the next shift about what is under the cursor."""
        from floorctl.screens.shell.noting import note

        self.begin_asking(note(self, self.note_about()), for_text=True)

    def action_undo(self) -> None:
        """List what was done here lately, and take back what is chosen."""
        from floorctl.screens.shell.undo import take_back

        self.begin_asking(take_back(self))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where text is typed, `/` and `f` are text."""
        return action not in ("filter", "find_order") or not self.typing

    @property
    def interruptible(self) -> bool:
        """Whether an alarm may take the screen: not from a dialog or a text; from a form only for who can act on it."""
        on_top = self is top_screen(self.app) and not self.typing and not self.cockpit.expects_keys
        return on_top and (len(self.app.screen_stack) == 1 or self.floor.desk.may("alert.acknowledge"))

    def action_find_order(self) -> None:
        """Type what to search orders for, from anywhere."""
        self.cockpit.find_order()
