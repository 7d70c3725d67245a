"""What every screen of the cockpit has: the two bars, the filter line, and the keys for what can be done everywhere."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.events import ScreenResume, ScreenSuspend
from textual.widgets import Input, Label

from floorctl.i18n import t
from floorctl.screens.shell.asking import AskingScreen
from floorctl.screens.shell.banner import TerminationBanner
from floorctl.screens.shell.bottom_bar import BottomBar
from floorctl.screens.shell.counts import day_counts, order_counts
from floorctl.screens.shell.top_bar import TopBar
from floorctl.text.safe import visible
from floorctl.widgets.plain import PlainInput, plain
from floorctl.widgets.table import PlainTable
from floorctl.widgets.top_screen import top_screen

if TYPE_CHECKING:
    from floorctl.models.base import Ref


class CockpitScreen(AskingScreen):
    """A screen with its name at the top and its counts and keys at the bottom.

    Subclasses give ``NAME_KEY``, ``compose_body`` and BINDINGS whose descriptions are keys of the catalogues (the help
    and the palette are made from them), and what ``BaseScreen`` has hooks for.
    """

    NEEDS: ClassVar[Mapping[str, str]] = {"alert": "alert.acknowledge", "note": "handover.note"}
    #: Whether `/` opens the filter line here.
    CAN_FILTER: ClassVar[bool] = True
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
        #: Whether another screen is in sight in its place, and not only a dialog on top of it.
        self.away = True
        self._copies_to_file = False

    # -- for subclasses -------------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        """What stands between the bars."""
        yield from ()

    def arrive(self) -> None:
        """Come into sight for the first time or after another screen, not after a dialog: begin anew."""

    def filter_changed(self, text: str) -> None:
        """The filter line says ``text`` (empty: show everything)."""

    def counts(self) -> list[Segment]:
        """The left part of the bottom line; the order counts unless a screen has better."""
        return [*order_counts(self.cockpit.counts), *day_counts(self.cockpit.quality)]

    def go_back(self) -> None:
        """Esc with no filter open: the floor, unless a screen knows a better place."""
        self.cockpit.action_go("floor")

    # -- for use --------------------------------------------------------------------------------------------------

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

        self.app.push_screen(Help(self, CockpitScreen))

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
