"""交接: the handover screen with the shift's figures, the items carried over, and two signatures."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize

from floorctl.clock import elapsed
from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.floor.handover.summary import Section, parsed
from floorctl.floor.views import HandoverItemView, HandoverView
from floorctl.i18n import t
from floorctl.rules.handover import shifts
from floorctl.rules.handover.shift_figures import ShiftFigures
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.screens.handover import actions
from floorctl.screens.handover.lines import Shown, copied, head_lines, item_lines, summary_lines
from floorctl.screens.shell.list_detail import ListDetailScreen
from floorctl.screens.shell.noting import note
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text import typed
from floorctl.text.safe import visible
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted
from floorctl.widgets.pane import Pane
from floorctl.widgets.rows import Column, Row, widest
from floorctl.widgets.table import PlainTable

#: Least height (rows) from which the summary gets most of the room above the items.
TALL = 32
#: Seconds between two counts of the shift's figures.
_COUNT_EVERY = 60.0
_WHY_STYLES = {"ladder": looks.AMBER, "conflict": looks.RED, "order": looks.SKY, "left": looks.LILAC}


class HandoverHead(Painted):
    """The lines with shift, state and signatures; the screen sets ``lines`` (width → the lines)."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Callable[[int], list[Line]] = lambda _width: []

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the lines."""
        return self.lines(width)


class HandoverScreen(ListDetailScreen[HandoverItemView]):
    """The handover of one shift; arriving shows the one that is due."""

    NAME_KEY: ClassVar[str] = "handover.name"
    CSS_PATH = "screen.tcss"
    LIST = "#items"
    DETAIL = "#item"
    KINDS = frozenset({"handover", "outbox", "alert", "order", "person", "shift"})
    WIDE = 116
    RELOAD_AFTER = 0.3
    #: Signing as another person is not listed, because that person's role decides.
    NEEDS: ClassVar[Mapping[str, str]] = {
        "done": "handover.item",
        "give": "handover.give",
        "withdraw": "handover.give",
        "take": "handover.take",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "done", "handover.key.done"),
        Binding("g", "give", "handover.key.give"),
        Binding("W", "withdraw", "handover.key.withdraw"),
        Binding("t", "take", "handover.key.take"),
        Binding("T", "take_as", "handover.key.take_as"),
        Binding("w", "sign", "handover.key.sign"),
        Binding("[", "shift(-1)", "handover.key.earlier"),
        Binding("]", "shift(1)", "handover.key.later"),
        Binding("7", "now", "handover.key.now"),
        Binding("v", "read", "handover.key.read"),
        Binding("y", "copy", "handover.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
    ]

    def __init__(self) -> None:
        super().__init__()
        #: The selected shift; None: the one that is due.
        self.chosen: ShiftOf | None = None
        self._shown: Shown | None = None
        self.figures: ShiftFigures | None = None
        self._sections: Sequence[Section] = ()
        self._counted_at = 0.0

    def compose_body(self) -> ComposeResult:
        """Compose the head, the summary, the items, and the item under the cursor."""
        columns = (
            Column(t("handover.column.done"), 1),
            Column(t("handover.column.why"), widest(t(f"handover.why.{each}") for each in _WHY_STYLES)),
            Column(t("handover.column.text"), 20, grow=1),
        )
        yield HandoverHead()
        with Container(id="handover-body"):
            yield Pane(id="summary")
            with Vertical(id="handover-side"):
                yield PlainTable(
                    columns,
                    self._load,
                    empty=t("handover.none"),
                    kind=t("ui.rows.item"),
                    locate=self._locate,
                    id="items",
                )
                yield Pane(id="item")

    @property
    def view(self) -> HandoverView | None:
        """The handover shown; None before the first read."""
        return self._shown.view if self._shown else None

    # -- what is shown --------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Connect the panes with the functions that return their lines."""
        self.query_one(HandoverHead).lines = self._head
        self.query_one("#summary", Pane).show(self._summary)
        self.pane.show(self.detail_lines)

    def on_resize(self, event: Resize) -> None:
        """Set the tall layout, in which the summary above the items gets most of the room."""
        self.set_class(event.size.width < self.WIDE and event.size.height >= TALL, "tall")

    def arrive(self) -> None:
        """Show the handover that is due."""
        self.action_now()

    def on_tick(self, now: datetime) -> None:
        """Count the shift's figures again every ``_COUNT_EVERY`` seconds."""
        if elapsed() - self._counted_at >= _COUNT_EVERY and self.figures is not None:
            self._count()

    def filter_changed(self, text: str) -> None:
        """Show the items that contain each word of ``text``."""
        self.begin_newest(self.table.reload, "items")

    async def reload(self) -> None:
        """Read the handover again; count its shift if the shift or the handover's state changed."""
        try:
            view = await self.read(self.floor.handovers.get, self.chosen)
            unsigned = await self.read(self.floor.handovers.unsigned)
        except FloorctlError as error:
            self.say(sentence(error), severity="error")
            return
        before, self._shown = self._shown, Shown(view, unsigned)
        await self.table.reload()
        if before is None or before.view.shift != view.shift or before.view.state != view.state:
            self.figures = None
            self._count()
        self._repaint()

    def _count(self) -> None:
        self._counted_at = elapsed()
        self.begin_newest(self._counting, "counting")

    async def _counting(self) -> None:
        view = self.view
        if view is None:
            return
        figures = await self.read(self.floor.handovers.figures, view.shift)
        if self.view is not None and self.view.shift == view.shift and self.query(HandoverHead):
            self.figures, self._sections = figures, self.floor.handovers.summary(figures)
            self._repaint()

    def _repaint(self) -> None:
        head = self.query_one(HandoverHead)
        head.styles.height = len(self._head(self.size.width)) or 2
        head.repaint()
        self.query_one("#summary", Pane).show(self._summary, about=self.view and self.view.shift)
        self.pane.show(self.detail_lines, about=self.table.cursor_id)
        self.refresh_bars()

    def _head(self, width: int) -> list[Line]:
        return head_lines(self._shown, self.figures, self.floor.now(), width)

    def _summary(self, width: int) -> list[Line]:
        return [] if self.view is None else summary_lines(self.view, self._sections_in_sight(), width)

    def _sections_in_sight(self) -> Sequence[Section] | None:
        """Return the signed summary, else the counted figures; None while they are being counted."""
        if self.view is not None and self.view.summary is not None:
            return parsed(self.view.summary)
        return None if self.figures is None else self._sections

    def moved(self, row_id: str | None) -> None:
        """Show the item under the cursor; it is in memory, so nothing is read."""
        self.pane.show(self.detail_lines, about=row_id)

    def detail_lines(self, width: int) -> list[Line]:
        """Return the lines of the item under the cursor."""
        item = self._under_cursor()
        return item_lines(item, width)

    def _matching_items(self) -> list[HandoverItemView]:
        words = typed.words(self.filter_text)
        items = self.view.items if self.view else ()
        return [item for item in items if typed.contains(item.words, words)]

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        items = self._matching_items()
        return [_row(item) for item in items[offset : offset + limit]], len(items)

    async def _locate(self, item_id: str) -> int | None:
        return next((at for at, item in enumerate(self._matching_items()) if item.id == item_id), None)

    def _under_cursor(self) -> HandoverItemView | None:
        items = self.view.items if self.view else ()
        return next((item for item in items if item.id == self.table.cursor_id), None)

    def counts(self) -> list[Segment]:
        """Return the numbers of open and done items, and the key hints."""
        items = self.view.items if self.view else ()
        done = sum(item.done for item in items)
        words = t("handover.summary", open=len(items) - done, done=done)
        signed = self.view is not None and self.view.state == "given" and not self.view.withdrawn
        hint = t("handover.hint") + (f"  W {t('handover.key.withdraw')}" if signed else "")
        return [Segment(words, looks.TEXT), Segment("   " + hint, looks.QUIET)]

    # -- which shift ----------------------------------------------------------------------------------------------

    def action_now(self) -> None:
        """Show the handover that is due."""
        self._choose(None)

    def action_shift(self, step: int) -> None:
        """Show the shift before (-1) or after (1), if it has begun."""
        if self.view is None:
            return
        shift = (shifts.before if step < 0 else shifts.after)(self.view.shift)
        if shifts.place(shift) <= shifts.place(shifts.shift_at(self.floor.now())):
            self._choose(shift)

    def _choose(self, shift: ShiftOf | None) -> None:
        self.chosen = shift
        self.remove_class("reading")
        self.table.clear_marks()
        self.table.ask()
        self.reload_now()

    # -- acts -----------------------------------------------------------------------------------------------------

    def action_note(self) -> None:
        """Write a note for the next shift into the selected shift's handover, or the first open one after it."""
        self.begin_asking(self._note(self.chosen), for_text=True)

    async def _note(self, shift: ShiftOf | None) -> None:
        if await note(self, None, shift):
            await self.reload()
            if self.view is None or self.view.state != "open":
                return  # the note is in a later handover
            notes = [at for at, item in enumerate(self._matching_items()) if item.why == "note"]
            if notes:
                await self.table.go_to(notes[-1])

    def action_done(self) -> None:
        """Tick off (or reopen) the marked items, or the one under the cursor."""
        wanted = set(self.table.targets())
        items = [item for item in (self.view.items if self.view else ()) if item.id in wanted]
        if not items and self.says_gone(self.table):
            return
        self.begin(self.after(actions.tick(self, items)))

    def action_give(self) -> None:
        """交班: sign for the leaving shift."""
        self._with_view(actions.give)

    def action_withdraw(self) -> None:
        """Withdraw one's signature from the handover shown."""
        self._with_view(actions.withdraw)

    def action_take(self) -> None:
        """接班: sign for the coming shift."""
        self._with_view(actions.take)

    def action_take_as(self) -> None:
        """接班: sign for the coming shift as another person than the one signed in."""
        self._with_view(partial(actions.take, another=True))

    def action_sign(self) -> None:
        """Sign in a person whose signature waits for it."""
        self._with_view(actions.sign_in)

    def _with_view(self, act: Callable[[CockpitScreen, HandoverView], Awaitable[bool]]) -> None:
        if self.view is not None:
            # Keep showing this handover with its signatures, even if another becomes due meanwhile.
            self.chosen = self.view.shift
            self.begin_asking(self.after(act(self, self.view)), for_text=True)

    def open_row(self, row_id: str) -> None:
        """Go to the order, the alert or the conflict that the item is about."""
        item = self._under_cursor()
        if item is None:
            self.says_gone(self.table)
        if item is None or item.ref is None:
            return
        if item.ref.kind == "order":
            self.cockpit.show_one("orders", item.ref.id)
        elif item.ref.kind == "alert":
            self.cockpit.show_one("alerts", item.ref.id)
        elif item.why == "conflict":
            self.cockpit.action_go("sync")

    def action_read(self) -> None:
        """Toggle the reading layout, in which the summary has the focus and, on small terminals, the room."""
        if self.has_class("reading"):
            self.action_back()
        else:
            self.add_class("reading")
            self.query_one("#summary", Pane).focus()

    def action_copy(self) -> None:
        """Copy the whole handover as text."""
        if self.view is not None:
            whole = copied(self.view, self._sections_in_sight() or ())
            self.copy("handover", [self.view.id], whole.splitlines())


def _row(item: HandoverItemView) -> Row:
    style = looks.QUIET if item.done else looks.TEXT
    return Row(
        item.id,
        (
            ("✓" if item.done else "□", looks.GREEN if item.done else looks.TEXT),
            (visible(t(f"handover.why.{item.why}")), _WHY_STYLES.get(item.why, looks.TEXT)),
            (visible(item.words), style),
        ),
    )
