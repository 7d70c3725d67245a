"""``restore FILE``: replace the journal by a backup, and keep the replaced one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from floorctl.cli.invocation import Invocation, ask_passphrase
from floorctl.cli.parser import application, command
from floorctl.errors import Exit, FloorctlError, NotFoundError
from floorctl.i18n import t

app = application()


@command(app, "restore")
def restore(
    run: Invocation, file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.restore_file")]
) -> Exit | None:
    """Replace the journal by a backup."""
    folder = run.config.data_dir
    if not file.is_file():
        raise NotFoundError("error.restore_no_file", path=file)
    from floorctl.sync.journal.restore import restore_backup
    from floorctl.sync.keys import keys
    from floorctl.sync.keys.data_key import data_key
    from floorctl.sync.machine import Claim
    from floorctl.sync.process.owner import SyncLock

    key = data_key(folder, run.config.terminal.key, ask_passphrase)
    with Claim(folder), SyncLock(folder) as lock:
        if not lock.acquire():
            raise FloorctlError("error.rekey_in_use", path=folder)
        done = restore_backup(file, folder / keys.JOURNAL_FILE, key)
    made = None if done.made_at is None else done.made_at.astimezone(run.config.zone)
    if run.output.json:
        run.output.document(
            {
                "path": str(folder / keys.JOURNAL_FILE),
                "kept": None if done.kept is None else str(done.kept),
                "made_at": None if made is None else made.isoformat(timespec="seconds"),
                "entries_after": done.entries,
                "unsent_after": done.unsent,
                "settled": done.settled,
                "waiting": done.waiting,
            }
        )
        return None
    run.output.answer(t("cli.restore.done", path=file, at="—" if made is None else made.strftime("%Y-%m-%d %H:%M")))
    if done.kept is not None:
        run.output.answer(t("cli.restore.kept", path=done.kept))
    if done.entries is None and done.kept is not None:
        run.output.answer(t("cli.restore.unreadable"))
    if done.entries:
        run.output.answer(t("cli.restore.entries", n=done.entries))
    if done.unsent:
        run.output.warn(t("cli.restore.unsent", n=done.unsent))
    if done.settled:
        run.output.answer(t("cli.restore.settled", n=done.settled))
    if done.waiting:
        run.output.answer(t("cli.restore.waiting", n=done.waiting))
    return None
