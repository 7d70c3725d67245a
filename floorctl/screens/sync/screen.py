"""同步: the sync screen with the outbox, refusals and conflicts, and the state of the connection."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from floorctl.floor.command_words import broken_words, data_words
from floorctl.i18n import failure, t, term
from floorctl.models.command import PARKED
from floorctl.rules.commands import registry
from floorctl.screens.shell.base import Changes
from floorctl.screens.shell.list_detail import ListDetailScreen
from floorctl.screens.shell.not_taken import reason
from floorctl.screens.sync import actions
from floorctl.screens.sync.conflict import Parked, read_parked, reasons, side_by_side, target_name
from floorctl.text.durations import exact
from floorctl.text.safe import visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg
from floorctl.widgets.pane import Pane, heading, labelled, paragraph
from floorctl.widgets.rows import Cell, Column, Row, matching_rows, widest
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.views import CommandView, ConnectionStatus, SetAside
    from floorctl.screens.shell.cockpit import Cockpit

#: Most finished commands listed, the newest; the strip counts all and says that only these are listed.
_RECENT = 200
#: Most names of targets kept in memory.
_NAMES_KEPT = 5_000
_ORDER = ("conflict", "refused", "sending", "waiting")
_STATES: dict[str, tuple[str, Style]] = {
    "conflict": ("≠", looks.WARNING),
    "refused": ("✗", looks.RED),
    "sending": ("»", looks.SKY),
    "waiting": ("…", looks.SKY),
    "applied": ("✓", looks.GREEN),
    "dropped": ("·", looks.QUIET),
}
_ASIDE = "aside:"


class SyncStrip(Painted):
    """Two lines: the state of the connection, and the counts of the outbox."""

    def __init__(self) -> None:
        super().__init__()
        self.aside = 0
        self.applied = 0

    def picture(self, width: int, height: int) -> list[Line]:
        """Return mode, address, age of the data and problem; then the counts, or the progress of the first sync."""
        app = cast("Cockpit", self.app)
        status, now = app.floor.status.connection(), app.floor.now()
        mode = t(f"sync.mode.{status.mode}")
        style = looks.GREEN if status.mode == "live" else looks.WARNING
        first: Line = [seg(f" {mode}   ", style), seg(visible(app.floor.config.platform.url) + "   ", looks.TEXT)]
        if status.as_of is not None:
            age = max(0.0, (now - status.as_of).total_seconds())
            first.append(seg(t("sync.as_of", at=when(status.as_of, now), ago=exact(age)), looks.QUIET))
        if status.problem:
            first.append(seg("   " + visible(t(status.problem, **dict(status.about))), looks.AMBER))
        if status.first_sync is not None:
            return [first, _bar(status.first_sync, width)]
        second: Line = [seg(" ")]
        for key, n, style in (
            ("waiting", status.waiting, looks.SKY),
            ("refused", status.refused, looks.RED),
            ("conflicts", status.conflicts, looks.WARNING),
            ("applied", self.applied, looks.GREEN),
            ("aside", self.aside, looks.AMBER),
        ):
            second += [seg(t(f"sync.count.{key}") + " ", looks.QUIET), seg(f"{n:,}   ", style if n else looks.TEXT)]
        if self.applied > _RECENT:
            second.append(seg(t("sync.recent", n=_RECENT), looks.QUIET))
        return [first, second]


def _bar(progress: tuple[int, int], width: int) -> Line:
    done, total = progress
    cells = max(10, min(60, width - 40))
    full = min(cells, done * cells // total) if total else 0
    words = t("sync.first", done=f"{done:,}", total=f"{total:,}" if total else "?")
    return [seg(f" {words}  ", looks.TEXT), seg("█" * full, looks.SKY), seg("░" * (cells - full), looks.FAINT)]


class SyncScreen(ListDetailScreen[Parked]):
    """The outbox: commands that need a decision first, then pending ones, then finished ones."""

    NAME_KEY: ClassVar[str] = "sync.name"
    CSS_PATH = "screen.tcss"
    LIST = "#outbox"
    DETAIL = "#command"
    KINDS = frozenset({"outbox"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "again", "sync.key.again"),
        Binding("e", "change", "sync.key.change"),
        Binding("x", "aside", "sync.key.aside"),
        Binding("p", "parked_only", "sync.key.parked_only"),
        Binding("t", "trail", "sync.key.trail"),
        Binding("y", "copy", "sync.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.parked_only = False
        self._items: dict[str, CommandView] = {}
        self._aside: dict[str, SetAside] = {}
        self._ids: list[str] = []
        #: (kind, id) → name of the target; kept, because numbers of orders and seats do not change.
        self._names: dict[tuple[str, str], str] = {}

    def compose_body(self) -> ComposeResult:
        """Compose the strip, the list, and the command under the cursor."""
        yield SyncStrip()
        yield PlainTable(
            _columns(), self._load, empty=t("sync.nothing"), kind=t("ui.rows.act"), locate=self._locate, id="outbox"
        )
        yield Pane(id="command")

    # -- what is shown --------------------------------------------------------------------------------------------

    def arrive(self) -> None:
        """Read the outbox without delay."""
        self.reload_now()

    def on_changed(self, changed: Changes) -> None:
        """Reload if the outbox changed; show the detail again if its target changed."""
        super().on_changed(changed)
        if self.detail is not None and "outbox" not in changed:
            target = self.detail.item.target
            if target.id in changed.get(target.kind, ()):
                self.begin_newest(self.show_detail, "detail")

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """Reload, because commands may have been sent or refused."""
        self.reload_soon()

    def on_tick(self, now: datetime) -> None:
        """Update the strip each second, and the ages in the list every 10 s."""
        self.query_one(SyncStrip).repaint()
        if now.second % 10 == 0:
            self.reload_soon()

    async def reload(self) -> None:
        """Read the outbox and its counts again."""
        await self.table.reload()
        self.query_one(SyncStrip).repaint()
        await self.show_detail()

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        rows, total, applied = await self.read(self._read_rows, offset, limit)
        strip = self.query_one(SyncStrip)
        strip.aside, strip.applied = len(self._aside), applied
        return rows, total

    def _read_rows(self, offset: int, limit: int) -> tuple[list[Row], int, int]:
        """Return a window of rows, the number of all rows, and the number of applied commands.

        Unfinished commands come first, then entities that broke the contract, then finished commands, newest first.
        """
        now = self.floor.now()
        states = PARKED if self.parked_only else _ORDER
        undecided = self.floor.outbox.items(states)
        undecided.sort(key=lambda item: (_ORDER.index(item.state), -item.seq if item.state in _ORDER[:2] else item.seq))
        over = [] if self.parked_only else self.floor.outbox.items(("applied", "dropped"), limit=_RECENT)
        aside = {f"{_ASIDE}{each.kind}:{each.id}": each for each in self.floor.outbox.set_aside()}
        items = {item.id: item for item in (*undecided, *over)}
        ids = [item.id for item in undecided]
        ids += [] if self.parked_only else [*aside, *(item.id for item in over)]
        self._items, self._aside, self._ids = items, aside, ids
        applied = self.floor.outbox.counts()["applied"]

        def row(row_id: str) -> Row:
            return _aside_row(row_id, aside[row_id]) if row_id in aside else self._row(items[row_id], now)

        if not self.filter_text.strip():  # only the rows of the window are made
            return [row(row_id) for row_id in ids[offset : offset + limit]], len(ids), applied
        matching = matching_rows(map(row, ids), self.filter_text)
        self._ids = [row.id for row in matching]
        return matching[offset : offset + limit], len(matching), applied

    def _row(self, item: "CommandView", now: datetime) -> Row:
        glyph, style = _STATES.get(item.state, ("·", looks.TEXT))
        over = item.state in ("applied", "dropped")
        cells: tuple[Cell, ...] = (
            (f"{glyph} {visible(term('outbox_state', item.state))}", style),
            (when(item.made_at, now) if over else exact(max(0.0, (now - item.made_at).total_seconds())), looks.QUIET),
            visible(term("command", item.kind)),
            self._target(item),
            (_reason_words(item), looks.QUIET if over else looks.TEXT),
            (str(item.attempts) if item.attempts else "", looks.QUIET),
            (visible(self.floor.names.who_did(item.made_by, automatic=item.automatic)), looks.QUIET),
        )
        return Row(item.id, cells, looks.QUIET if over else None)

    def _target(self, item: "CommandView") -> str:
        target = (item.target.kind, item.target.id)
        if target not in self._names:
            if len(self._names) > _NAMES_KEPT:
                self._names.clear()
            self._names[target] = target_name(self.floor, item)
        return self._names[target]

    async def _locate(self, row_id: str) -> int | None:
        return self._ids.index(row_id) if row_id in self._ids else None

    async def read_detail(self, row_id: str) -> Parked | None:
        """Read a command with its target; None for a row that is no command."""
        item = self._items.get(row_id)
        return await self.read(read_parked, self.floor, item) if item is not None else None

    def detail_lines(self, width: int) -> list[Line]:
        """Return the lines of the command: for a parked one the refusal and both sides, else its reason and data."""
        aside = self._aside.get(self.table.cursor_id or "")
        if aside is not None:
            words = t("sync.aside", kind=term("kind", aside.kind))
            return [*paragraph(visible(words), width, looks.STRONG), *paragraph(broken_words(aside.reason), width)]
        if self.detail is None:
            return []
        parked, now = self.detail, self.floor.now()
        item = parked.item
        glyph, style = _STATES.get(item.state, ("·", looks.TEXT))
        head = f"{term('command', item.kind)}  {parked.target}"
        made = t(
            "sync.made",
            at=when(item.made_at, now),
            name=self.floor.names.who_did(item.made_by, automatic=item.automatic),
        )
        if item.attempts:
            made += f" · {t('sync.tried', n=item.attempts)}"
        lines: list[Line] = [
            [seg(f"{glyph} {visible(term('outbox_state', item.state))}  ", style), seg(visible(head), looks.STRONG)],
            [seg(visible(made), looks.QUIET)],
        ]
        if item.automatic:
            lines.append([seg(t("sync.automatic"), looks.QUIET)])
        if item.state in PARKED:
            lines += reasons(parked, width)
            if parked.behind:
                lines += paragraph(t("sync.behind", n=parked.behind), width, looks.AMBER)
            lines += [[seg(t("sync.choices"), looks.SKY)], heading(t("sync.section.sides"), width)]
            return lines + side_by_side(self.floor, parked, width)
        if item.reason:
            lines += labelled(t("sync.reason"), failure(item.reason), width, at=12)
        if item.data:
            lines.append(heading(t("sync.section.data"), width))
        for name, value in data_words(self.floor, item.target.kind, item.data):
            lines += labelled(name, value, width, at=12)
        return lines

    # -- decisions ------------------------------------------------------------------------------------------------

    def action_copy(self) -> None:
        """Copy the marked rows, or the one under the cursor, one line each."""
        rows = self.table.target_rows()
        self.copy("command", [row.id for row in rows], [row.line for row in rows])

    def _targets(self) -> "list[CommandView]":
        items = [self._items[each] for each in self.table.targets() if each in self._items]
        if not items:
            self.says_gone(self.table)
        return items

    def action_again(self) -> None:
        """Submit the marked commands, or the one under the cursor, again."""
        if items := self._targets():
            self.begin_asking(self.after(actions.again(self, items)))

    def action_change(self) -> None:
        """Change the first marked command, or the one under the cursor, and submit it again."""
        if item := self._items.get(self.table.target or ""):
            self.begin_asking(self.after_one(actions.change(self, item), item.id))
        else:
            self.says_gone(self.table)

    def action_aside(self) -> None:
        """Set the marked commands, or the one under the cursor, aside."""
        if items := self._targets():
            self.begin_asking(self.after(actions.set_aside(self, items)), for_text=True)

    def open_row(self, row_id: str) -> None:
        """Ask for the decision on a parked command; show the detail of any other row."""
        item = self._items.get(row_id)
        if item is None and row_id not in self._aside and self.says_gone(self.table):
            return
        if item is not None and item.state in PARKED:
            self.begin_asking(self.after(actions.decide(self, item)))
        else:
            self.begin_reading()

    def action_parked_only(self) -> None:
        """Toggle between parked commands only and all."""
        self.parked_only = not self.parked_only
        self.table.ask()
        self.reload_soon()

    def action_trail(self) -> None:
        """Open the audit trail."""
        from floorctl.screens.sync.trail import Trail

        self.app.push_screen(Trail())


def _columns() -> tuple[Column, ...]:
    """Return the columns. Where room is short, reason, attempts and person are left out in this order.

    The pane below the list shows all of them for the row under the cursor.
    """
    return (
        Column(t("sync.column.state"), 2 + widest(term("outbox_state", state) for state in _STATES)),
        Column(t("sync.column.at"), 11),
        Column(t("sync.column.act"), widest(term("command", kind.name) for kind in registry.kinds())),
        Column(t("sync.column.target"), 34, grow=3),
        Column(t("sync.column.why"), 24, grow=4, rank=3),
        Column(t("sync.column.attempts"), 4, right=True, rank=2),
        Column(t("sync.column.by"), max(8, cell_len(t("rules.alert.by_rules"))), rank=1),
    )


def _reason_words(item: "CommandView") -> str:
    if item.problem is None or item.state not in PARKED:
        return visible(failure(item.reason or ""))
    return reason(item.problem)


def _aside_row(key: str, entity: "SetAside") -> Row:
    cells: tuple[Cell, ...] = (
        (f"! {t('sync.state.aside')}", looks.AMBER), "", visible(term("kind", entity.kind)), "",
        broken_words(entity.reason), "", "",
    )  # fmt: skip
    return Row(key, cells)
