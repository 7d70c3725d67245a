"""Copy what a screen or a dialog shows to the terminal's clipboard or a new file, with an entry in the audit trail."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floorctl.errors import FloorctlError
from floorctl.files import writing
from floorctl.i18n import t

if TYPE_CHECKING:
    from floorctl.screens.shell.asking import AskingScreen


@dataclass(frozen=True)
class Copied:
    """Lines to copy, the kind and ids that they are about, and whether they hold personal data in clear."""

    kind: str
    ids: Sequence[str]
    lines: Sequence[str]
    revealed: bool = False

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def copy(screen: "AskingScreen", copied: Copied, *, to_file: bool) -> Coroutine[Any, Any, None]:
    """Return the work of copying; call only from inside ``begin``."""
    return _to_file(screen, copied) if to_file else _to_clipboard(screen, copied)


async def _to_clipboard(screen: "AskingScreen", copied: Copied) -> None:
    """Send to the clipboard after the entry in the audit trail is written; without the entry, nothing is sent."""
    if not copied.text:
        return
    try:
        await screen.read(screen.floor.audit.copied, copied.kind, copied.ids, revealed=copied.revealed)
    except FloorctlError as error:
        screen.say_error(error)
        return
    screen.cockpit.send_to_clipboard(copied.text, then="copy.then_file")


async def _to_file(screen: "AskingScreen", copied: Copied) -> None:
    """Ask for the name of a new file and write it, readable by its owner only; the audit trail records an export."""
    if not copied.text:
        return
    reason: str | None = None
    if copied.revealed:
        reason = await screen.ask_text(t("copy.ask_reason"), purpose="copy.reason", subject=copied.kind, wants="reason")
        if reason is None:
            return
    name = f"floorctl-{copied.kind}-{screen.floor.now():%Y%m%d-%H%M%S}.txt"
    question = t("copy.ask_file", folder=await screen.read(Path.cwd))
    typed = await screen.ask_text(question, purpose="copy.file", subject=copied.kind, value=name)
    if typed is None:
        return
    try:
        path, open_to_others = await screen.read(_write, screen, copied, typed, reason)
    except FloorctlError as error:
        screen.say_error(error)
        return
    screen.floor.texts.landed((typed, reason))
    key = "copy.written_open" if open_to_others else "copy.written"
    screen.say(
        t(key, n=len(copied.text), path=path), severity="warning" if open_to_others else "information", timeout=8
    )


def _write(screen: "AskingScreen", copied: Copied, typed: str, reason: str | None) -> tuple[Path, bool]:
    path = Path(typed).expanduser()
    writing.check_new(path)  # before the entry in the audit trail
    with (
        screen.floor.audit.exporting(copied.kind, copied.kind, len(copied.lines), "txt", reason=reason),
        writing.making(path, private=True) as made,
    ):
        made.file.write((copied.text + "\n").encode())
    return path, made.open_to_others
