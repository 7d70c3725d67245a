"""``Trail``: the dialog with the audit trail: who did what at this terminal, and whether all entries verify."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from floorctl.errors import FloorctlError
from floorctl.floor.audit_words import entry_words
from floorctl.floor.error_words import sentence
from floorctl.i18n import t, term
from floorctl.screens.shell.asking import AskingScreen
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text.safe import visible
from floorctl.widgets import looks
from floorctl.widgets.rows import Cell, Column, Row
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import AuditEntry
    from floorctl.screens.shell.cockpit import Cockpit

#: Kinds of entries to be noticed → their colour.
_STYLES: dict[str, Style] = {
    "reveal": looks.AMBER, "export": looks.AMBER, "export_failed": looks.AMBER, "copy": looks.AMBER,
    "denied": looks.RED, "wrong_password": looks.RED, "too_many_tries": looks.RED, "lost": looks.RED,
    "refused": looks.RED, "conflict": looks.WARNING, "rekey": looks.AMBER,
}  # fmt: skip


class Trail(Dialog[None]):
    """Shows the entries, newest first, below a line that says whether all of them verify."""

    DEFAULT_CSS = """
    Trail Vertical { width: 100%; height: 100%; background: $background; padding: 0; }
    Trail Static { height: auto; width: 1fr; padding: 0 1; }
    Trail PlainTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,t", "dismiss", "ui.key.back"),
        Binding("v", "verify", "sync.key.verify"),
        Binding("y", "copy", "sync.key.copy"),
        Binding("Y", "copy(True)", "ui.key.copy_to_file"),
    ]

    @property
    def floor(self) -> "Floor":
        """The floor whose audit trail is shown."""
        return cast("Cockpit", self.app).floor

    def compose(self) -> ComposeResult:
        """Compose the verdict, the entries and the key hints."""
        with Vertical():
            yield Static(Content(t("sync.trail.checking")), id="verdict")
            yield PlainTable(_columns(), self._load, empty=t("sync.trail.nothing"), id="trail")
            yield Static(Content(t("sync.trail.keys")), classes="keys")

    def on_mount(self) -> None:
        """Read and verify the entries."""
        self.query_one(PlainTable).focus()
        self.action_verify()

    def action_verify(self) -> None:
        """Read the entries again and verify all of them."""
        self.run_worker(self._verify(), exclusive=True)

    def action_copy(self, to_file: bool = False) -> None:
        """Copy the marked entries, or the one under the cursor, one line each."""
        from floorctl.screens.shell.copying import Copied, copy

        table, screen = self.query_one(PlainTable), cast("Cockpit", self.app).in_sight
        rows = table.target_rows()
        if isinstance(screen, AskingScreen):
            screen.begin(
                copy(screen, Copied("audit", [row.id for row in rows], [row.line for row in rows]), to_file=to_file)
            )

    async def _verify(self) -> None:
        await self.query_one(PlainTable).reload()
        said, style = await asyncio.to_thread(self._verdict)
        for verdict in self.query("#verdict").results(Static):  # none if the dialog was closed meanwhile
            verdict.update(Content.styled(said, style))

    def _verdict(self) -> tuple[str, str]:
        try:
            verdict = self.floor.audit.verify()
        except FloorctlError as error:
            return sentence(error), "$error"
        if verdict.flaw is not None:
            n = verdict.flaw.seq or verdict.entries + 1
            return t(f"sync.trail.{verdict.flaw.how}", n=n), "bold $error"
        said = t("sync.trail.good", n=verdict.entries)
        return (said, "$success") if verdict.end_stored else (f"{said} {t('sync.trail.end_unknown')}", "$warning")

    async def _load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        return await asyncio.to_thread(self._read, offset, limit)

    def _read(self, offset: int, limit: int) -> tuple[list[Row], int]:
        entries, total = self.floor.audit.trail(limit=limit, offset=offset)
        return [self._row(entry) for entry in entries], total

    def _row(self, entry: "AuditEntry") -> Row:
        at = datetime.fromtimestamp(entry.at, self.floor.config.zone)
        about, said = entry_words(entry.what, entry.subject.kind, entry.subject.id, entry.detail, self.floor.names.of)
        cells: tuple[Cell, ...] = (
            (f"{at:%m-%d %H:%M:%S}", looks.QUIET),
            (visible(term("audit", entry.what)), _STYLES.get(entry.what, looks.TEXT)),
            visible(self.floor.names.who_did(entry.who, automatic=bool(entry.detail.get("automatic")))),
            visible(about),
            (visible(said), looks.QUIET),
        )
        return Row(str(entry.seq), cells)


def _columns() -> tuple[Column, ...]:
    return (
        Column(t("sync.column.at"), 14),
        Column(t("sync.column.what"), 10, grow=1),
        Column(t("sync.column.by"), 8, rank=1),
        Column(t("sync.column.target"), 40, grow=2),
        Column(t("sync.column.detail"), 16, grow=4, rank=2),
    )
