"""未接来电: the callers to call back, the next one under the cursor, and what each of them has asked for before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import ScreenSuspend

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.models.floor import LINES
from floorctl.models.masked import MASKED, Sight
from floorctl.rules.commands.roles import REVEAL
from floorctl.screens.orders.sibling_screen import SiblingScreen
from floorctl.screens.shell import acting
from floorctl.screens.shell.revealing import Revealed, reveal
from floorctl.text import typed
from floorctl.text.durations import WIDEST, countdown, lasting, time_left_words
from floorctl.text.safe import visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.painted import Line, seg, spread
from floorctl.widgets.pane import Pane, heading, labelled, paragraph
from floorctl.widgets.rows import Column, Row, widest
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.missed_calls import MissedCallView
    from floorctl.floor.views import OrderView
    from floorctl.rules.orders.missed_calls import Lamp

_LAMPS: "dict[Lamp, tuple[str, Style]]" = {
    "due": ("○", looks.GREEN), "due_soon": ("◐", looks.AMBER), "late": ("●", looks.RED),
}  # fmt: skip
#: State of a settled call → its glyph.
_SETTLED = {"reached": "✓", "called_again": "↩", "given_up": "✗"}
#: What is asked for after an outcome that is to have a note.
_WITH_NOTE = " note"


@dataclass(frozen=True)
class MissedCallDetail:
    """A caller, and their newest orders."""

    view: "MissedCallView"
    orders: "Sequence[OrderView]"


class MissedCallsScreen(SiblingScreen[MissedCallDetail]):
    """The callers who gave up waiting, in the order in which to call them back."""

    NAME_KEY: ClassVar[str] = "missed.name"
    CSS_PATH = "missed_calls.tcss"
    VIEW = "missed_calls"
    LIST = "#missed-calls"
    DETAIL = "#missed-call"
    KINDS = frozenset({"missed_call", "outbox", "order"})
    NEEDS: ClassVar[Mapping[str, str]] = {"call_back": "missed_call.done", "reveal": REVEAL}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "call_back", "missed.key.call_back"),
        Binding("r", "reveal", "missed.key.reveal"),
        Binding("h", "settled", "missed.key.settled"),
        Binding("y", "copy", "missed.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.with_settled = False
        self._views: dict[str, MissedCallView] = {}
        self._revealed = Revealed()
        self._offered = True

    def compose_view(self) -> ComposeResult:
        """Yield the table, and the pane with the caller under the cursor."""
        yield PlainTable(
            _columns(),
            self._load,
            empty=t("missed.none"),
            kind=t("missed.rows"),
            locate=self._locate,
            gone=self._gone_row,
            id="missed-calls",
        )
        yield Pane(id="missed-call")

    def on_mount(self) -> None:
        """Read the list."""
        self.reload_now()

    def on_screen_suspend(self, _event: ScreenSuspend) -> None:
        """Mask what was revealed when another screen comes into sight."""
        self._revealed.end()

    # -- what is shown --------------------------------------------------------------------------------------------

    async def reload(self) -> None:
        """Read the list again, and say in the line above how many there are, or that the platform has none."""
        await super().reload()
        self._offered = bool(self._views) or await self.read(self.floor.missed_calls.offered)
        self._say_counts()

    def _say_counts(self) -> None:
        if not self._offered:
            self.say_below([seg("  " + t("missed.not_offered"), looks.QUIET)], [])
            return
        waiting = [view for view in self._views.values() if view.lamp is not None]
        late = sum(view.lamp == "late" for view in waiting)
        line: Line = [seg("  " + t("missed.waiting", n=len(waiting)), looks.TEXT)]
        if late:
            line.append(seg("  " + t("missed.late", n=late), looks.RED))
        if self.with_settled:
            line.append(seg("  ▸" + t("missed.with_settled"), looks.SKY))
        self.say_below(line, [seg(t("missed.order") + " ", looks.QUIET)])

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        words = typed.words(self.filter_text)
        views = await self.read(self.floor.missed_calls.all, settled=self.with_settled)
        if words:
            views = [view for view in views if typed.contains(_searched_text(view), words)]
        self._views = {view.id: view for view in views}
        now, tries = self.floor.now(), self.floor.missed_calls.tries
        return [_row(view, now, tries) for view in views[offset : offset + limit]], len(views)

    async def _locate(self, id_: str) -> int | None:
        return next((at for at, each in enumerate(self._views) if each == id_), None)

    async def _gone_row(self, id_: str) -> Row | None:
        """Return the row of a caller who left the list under the cursor, having called again or been reached."""
        view = await self.read(self._read, id_)
        return None if view is None else _row(view.view, self.floor.now(), self.floor.missed_calls.tries)

    def _read(self, id_: str) -> MissedCallDetail | None:
        try:
            view = self.floor.missed_calls.get(id_)
            return MissedCallDetail(view, self.floor.missed_calls.orders_of(view.id))
        except FloorctlError:  # removed meanwhile
            return None

    async def read_detail(self, row_id: str) -> MissedCallDetail | None:
        """Return the caller and their orders; None where the call is gone."""
        return await self.read(self._read, row_id)

    def moved(self, row_id: str | None) -> None:
        """Show the caller under the cursor, and mask what was revealed of another."""
        if row_id != self._revealed.about:
            self._revealed.end()
        super().moved(row_id)

    def on_tick(self, now: datetime) -> None:
        """Read again each minute, in which the times left are shown, and count down what is revealed."""
        if now.second == 0:
            self.reload_soon()
        if self._revealed.began:
            if not self._revealed.about:
                self._revealed.end()
            self.pane.repaint()

    def detail_lines(self, width: int) -> list[Line]:
        """Return the lines of the caller; the number is masked unless it is revealed."""
        if self.detail is None:
            return []
        sight = self._revealed.sight(self.detail.view.id)
        return _lines(self.detail, self.floor.now(), width, self.floor.missed_calls.tries, self._done_by(), sight)

    def _done_by(self) -> str:
        return visible(self.floor.names.person(self.detail.view.call.done_by)) if self.detail else ""

    # -- acts -----------------------------------------------------------------------------------------------------

    def action_call_back(self) -> None:
        """Record what came of calling back the caller under the cursor."""
        if self.table.target is not None and not self.says_gone(self.table):
            self.begin_asking(self._call_back(self.table.target))

    async def _call_back(self, id_: str) -> None:
        if not self.may("missed_call.done"):
            return
        detail = await self.read(self._read, id_)
        if detail is None:
            self.say(t("ui.table.gone"), severity="warning")
            return
        view = detail.view
        if view.lamp is None:
            self.say(t("missed.settled", state=term("missed_call_state", view.state)), severity="warning")
            return
        now = self.floor.now()
        about = f"{visible(view.call.caller)}  {visible(view.call.line)}  {when(view.call.at, now)}"
        reached, no_answer = (term("missed_call_state", each) for each in ("reached", "no_answer"))
        options = [
            Option("reached", reached),
            Option("no_answer", no_answer),
            Option("reached" + _WITH_NOTE, t("missed.with_note", outcome=reached)),
            Option("no_answer" + _WITH_NOTE, t("missed.with_note", outcome=no_answer)),
        ]
        chosen = await self.ask(Pick(t("missed.ask", caller=about), options, deliberate=True))
        if not chosen:
            return
        outcome, with_note, _ = chosen[0].partition(_WITH_NOTE)
        note: str | None = None
        if with_note:
            note = await self.ask_text(t("missed.ask_note", caller=about), purpose="missed_call.done", subject=id_)
            if note is None:
                return
        words = t("missed.said", outcome=term("missed_call_state", outcome), caller=about)
        done = await acting.run(self, self.floor.missed_calls.done, id_, outcome, note, said=words)
        self.table.clear_marks()
        await self.reload()
        if done:  # the next caller stands first
            await self.table.go_to(0)
            await self.show_detail()

    def action_settled(self) -> None:
        """Toggle whether the calls that are settled are listed."""
        self.with_settled = not self.with_settled
        self.table.ask()
        self.reload_now()

    def action_reveal(self) -> None:
        """Reveal the number of the caller under the cursor for a limited time; recorded in the audit trail."""
        if self.detail is not None:
            self.begin(self._reveal(self.detail.view.id))

    async def _reveal(self, id_: str) -> None:
        if (grant := await reveal(self, "missed_call", id_)) is not None:
            self._revealed.begin(id_, grant)
            self.pane.repaint()

    def action_copy(self) -> None:
        """Copy the marked callers, or the one under the cursor, one line each; the number only while it is revealed."""
        now, revealed = self.floor.now(), self._revealed.about
        views = [view for each in self.table.targets() if (view := self._views.get(each)) is not None]
        lines = []
        for view in views:
            call = view.record.seen(self._revealed.sight(view.id).grant)
            state = term("missed_call_state", view.state)
            lines.append("  ".join(map(visible, (call.line, call.caller, when(call.at, now), state))))
        ids = [view.id for view in views]
        self.copy("missed_call", ids, lines, revealed=revealed in ids)


def _columns() -> tuple[Column, ...]:
    left = widest(t("alerts.late", ago=countdown(seconds)) for seconds in WIDEST)
    return (
        Column("", 1),
        Column(t("missed.column.left"), left),
        Column(t("missed.column.caller"), 11, grow=1, most=20),
        Column(t("missed.column.at"), 11),
        Column(t("missed.column.line"), widest(LINES), rank=2),
        Column(t("missed.column.waited"), widest(map(lasting, WIDEST)), right=True, rank=3),
        Column(t("missed.column.tries"), 5, rank=1),
        Column(t("missed.column.state"), widest(term("missed_call_state", each) for each in _SETTLED) + 2, rank=4),
    )


def _row(view: "MissedCallView", now: datetime, tries: int) -> Row:
    call = view.call
    glyph, style = _LAMPS[view.lamp] if view.lamp else (_SETTLED.get(view.state, "·"), looks.QUIET)
    if view.again_at is not None:
        glyph, style = "◌", looks.QUIET
    state = (
        t("missed.again_at", at=when(view.again_at, now)) if view.again_at else term("missed_call_state", view.state)
    )
    text = looks.TEXT if view.lamp else looks.QUIET
    return Row(
        view.id,
        (
            (glyph, style),
            (time_left_words(view.due_at, now) if view.due_at else "", style),
            (visible(call.caller), looks.STRONG if view.lamp else looks.QUIET),
            (when(call.at, now), text),
            (visible(call.line), text),
            (lasting(call.waited_seconds), text),
            (f"{view.tries}/{tries}", text if not view.tries else looks.AMBER if view.lamp else looks.QUIET),
            (("↑" if view.pending else "") + visible(state), looks.QUIET),
        ),
    )


def _lines(
    detail: MissedCallDetail, now: datetime, width: int, tries: int, done_by: str, sight: Sight = MASKED
) -> list[Line]:
    view, call = detail.view, detail.view.record.seen(sight.grant)
    head: Line = [seg(visible(call.caller), looks.STRONG)]
    if sight.grant is not None:
        head = spread(head, [seg("  " + t("orders.revealed", seconds=int(sight.seconds)), looks.WARNING)], width)
    lines = [head]
    lines += labelled(t("missed.field.state"), term("missed_call_state", view.state), width)
    if view.due_at is not None and view.lamp is not None:
        words = f"{when(view.due_at, now)}  {time_left_words(view.due_at, now)}"
        lines += labelled(t("missed.field.due"), words, width, style=_LAMPS[view.lamp][1])
    missed = t("missed.waited_for", at=when(call.at, now), line=call.line, time=lasting(call.waited_seconds))
    lines += labelled(t("missed.field.missed"), missed, width)
    if len(view.ids) > 1:
        lines += labelled(t("missed.field.calls"), t("missed.calls", n=len(view.ids)), width)
    tried = t("missed.tries", done=view.tries, most=tries)
    if call.done_at is not None:
        tried += "  " + t("missed.last_try", at=when(call.done_at, now), name=done_by)
    if view.again_at is not None:
        tried += "  " + t("missed.again_at", at=when(view.again_at, now))
    lines += labelled(t("missed.field.tries"), tried, width)
    if view.pending:
        lines += paragraph("↑ " + t("missed.waits_to_be_sent"), width, looks.SKY)
    lines.append(heading(t("missed.section.orders"), width))
    if not detail.orders:
        lines += paragraph(t("missed.no_orders"), width, looks.QUIET)
    for order in detail.orders:
        state = term("order_state", order.order.state)
        lines.append([
            seg(visible(order.order.number) + "  ", looks.SKY),
            seg(f"{visible(state)}  ", looks.RED if order.overdue else looks.QUIET),
            seg(when(order.order.received_at, now), looks.QUIET),
        ])  # fmt: skip
        lines += paragraph(order.order.title, width, looks.TEXT, indent="  ")
    return lines


def _searched_text(view: "MissedCallView") -> str:
    call = view.call
    return f"{call.caller} {call.line} {term('missed_call_state', view.state)}"
