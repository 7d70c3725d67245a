"""The base class of every screen: top and bottom bar, filter line, and the keys that work on all screens."""

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

    Subclasses define ``NAME_KEY``, ``compose_body``, BINDINGS whose descriptions are catalogue keys (help and palette
    are built from them), and the hooks of ``BaseScreen``.
    """

    NEEDS: ClassVar[Mapping[str, str]] = {"alert": "alert.acknowledge", "note": "handover.note"}
    #: Whether `/` opens the filter line on this screen.
    CAN_FILTER: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        # Priority, so that it acts before any widget is asked: the keys that follow are text and must not act.
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
        #: Whether another screen has replaced this one; a dialog on top does not count.
        self.away = True
        self._copies_to_file = False

    # -- for subclasses -------------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        """Yield the widgets between the bars."""
        yield from ()

    def arrive(self) -> None:
        """Reset the screen. Called when it comes into sight first or after another screen, not after a dialog."""

    def filter_changed(self, text: str) -> None:
        """Apply the filter ``text`` (empty: show everything)."""

    def counts(self) -> list[Segment]:
        """Return the left part of the bottom line; by default the counts of orders and of today's samples."""
        return [*order_counts(self.cockpit.counts, self.floor.now()), *day_counts(self.cockpit.quality)]

    def go_back(self) -> None:
        """Handle Esc where no filter is open: go to the floor, unless a subclass has a better place."""
        self.cockpit.action_go("floor")

    # -- for callers ----------------------------------------------------------------------------------------------

    def copy(self, kind: str, ids: Sequence[str], lines: Sequence[str], *, revealed: bool = False) -> None:
        """Copy ``lines`` to the clipboard or, after `Y`, to a file; the audit trail names ``ids`` of ``kind``."""
        from floorctl.screens.shell.copying import Copied, copy

        self.begin(copy(self, Copied(kind, ids, lines, revealed), to_file=self._copies_to_file))

    def action_copy(self) -> None:
        """Copy the marked rows or the one under the cursor; screens with something to copy override it."""

    def action_copy_to_file(self) -> None:
        """Write what `y` would copy to a new file."""
        self._copies_to_file = True
        try:
            self.action_copy()
        finally:
            self._copies_to_file = False

    def line_opened_or_left(self) -> None:
        """Repaint the bottom line: other keys act now."""
        super().line_opened_or_left()
        for line in self.query(BottomBar):
            line.repaint()

    # -- bars, filter line and shared keys ------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Yield the bars around the body."""
        yield TopBar(self.NAME_KEY)
        yield TerminationBanner()
        yield from self.cockpit.notices()
        yield from self.compose_body()
        with Horizontal(id="filter"):
            yield Label(plain("/"))
            yield PlainInput(id="filter-text")
        yield BottomBar()

    def choose_focus(self) -> None:
        """Focus nothing where the widget that would get the focus is hidden: Textual does not check its ancestors."""
        before = self.focused
        super().choose_focus()
        if (now := self.focused) not in (None, before) and not all(each.display for each in now.ancestors_with_self):
            self.set_focus(None)

    def on_screen_suspend(self, _event: ScreenSuspend) -> None:
        """Record whether another screen replaced this one or only a dialog is on top."""
        self.away = self not in self.app.screen_stack

    def on_screen_resume(self, _event: ScreenResume) -> None:
        """Show everything that changed while the screen was out of sight."""
        if self.away:
            self.away = False
            self.arrive()
        self.refresh_bars()
        self.on_changed({})
        self.on_connection_status(self.floor.status.connection())
        self.in_front = True

    def leave(self) -> None:
        """Handle that another screen takes this one's place: end the filter line, so that it is not open on return."""
        self.in_front = False
        if self.typing:
            self._end_filter_line()
        for table in self.query(PlainTable):
            table.end_hold()

    def action_filter(self) -> None:
        """Open the filter line."""
        if not self.CAN_FILTER:
            return
        line = self.query_one("#filter")
        line.add_class("open")
        self.set_focus(self.query_one("#filter-text", PlainInput))  # at once: text may be typed ahead

    def show_filter(self, text: str) -> None:
        """Set the filter to ``text`` as if it had been typed; the focus does not move."""
        self.query_one("#filter").add_class("open")
        self.query_one("#filter-text", PlainInput).value = text

    def _end_filter_line(self) -> None:
        if not self.query_one("#filter-text", PlainInput).value:
            self.query_one("#filter").remove_class("open")
        self.focus_body()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter on every key."""
        if event.input.id == "filter-text":
            event.stop()
            self._set_filter(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter on Enter and return the focus to the screen."""
        if event.input.id == "filter-text":
            event.stop()
            self._end_filter_line()

    def says_gone(self, table: PlainTable) -> bool:
        """Return whether an act would be about a row that has left the list; if so, show a warning."""
        if table.gone_id is None or table.marked:
            return False
        self.say(t("ui.table.gone"), severity="warning")
        return True

    def focus_body(self) -> None:
        """Focus the screen's main widget: the first that accepts the focus."""
        self.leave_line(next((widget for widget in self.focus_chain if widget.id != "filter-text"), None))

    def clear_filter(self) -> None:
        """Remove the filter."""
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
        """Clear the filter, if there is one; else go back."""
        if self.filter_text or self.query_one("#filter").has_class("open"):
            self.clear_filter()
        else:
            self.go_back()

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from floorctl.screens.shell.help import Help

        self.app.push_screen(Help(self, CockpitScreen))

    def action_alert(self) -> None:
        """Take up the next alert."""
        self.take_up_alert(None)

    def take_up_alert(self, alert_id: str | None) -> None:
        """Acknowledge an alert (None: the next one) and offer its open steps."""
        if not self.may("alert.acknowledge"):
            return
        from floorctl.screens.shell.escalation import take_up

        take_up(self, alert_id)

    def note_about(self) -> "tuple[Ref, str] | None":
        """Return what a note for the next shift is about (reference, name): the row under the cursor; None: nothing."""
        return None

    def action_note(self) -> None:
        """Write a note for the next shift about the row under the cursor."""
        from floorctl.screens.shell.noting import note

        self.begin_asking(note(self, self.note_about()), for_text=True)

    def action_undo(self) -> None:
        """List the recent acts of this terminal and undo the chosen one."""
        from floorctl.screens.shell.undo import take_back

        self.begin_asking(take_back(self))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys `/` and `f` while text is typed: they are text then."""
        return action not in ("filter", "find_order") or not self.typing

    @property
    def interruptible(self) -> bool:
        """Whether an alarm may cover this screen: no dialog, no open text; a form only if one may take it up."""
        on_top = self is top_screen(self.app) and not self.typing and not self.cockpit.expects_keys
        return on_top and (len(self.app.screen_stack) == 1 or self.floor.desk.may("alert.acknowledge"))

    def action_find_order(self) -> None:
        """Search orders, from any screen."""
        self.cockpit.find_order()
