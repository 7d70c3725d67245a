"""``backup FILE``: a consistent copy of the journal, encrypted with the same key, while the terminal is in use."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from floorctl.cli.invocation import Invocation, ask_passphrase
from floorctl.cli.parser import application, command
from floorctl.errors import Exit, FloorctlError, NotFoundError
from floorctl.files.writing import check_new, making
from floorctl.i18n import t

app = application()

_PAGES_AT_ONCE = 1000


@command(app, "backup")
def backup(
    run: Invocation, file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.backup_file")]
) -> Exit | None:
    """Copy the journal."""
    journal = run.config.data_dir / "journal.db"
    if not journal.exists():
        raise NotFoundError("error.no_journal", path=journal)
    check_new(file)
    from floorctl.sync.keys.data_key import data_key

    size = copy(journal, file, data_key(run.config.data_dir, run.config.terminal.key, ask_passphrase))
    if run.output.json:
        run.output.document({"path": str(file), "bytes": size})
    else:
        run.output.answer(t("cli.backup.done", path=file, size=size))
        run.output.note(t("cli.backup.key"))
    return None


def copy(source: Path, target: Path, key: bytes) -> int:
    """Copy an encrypted database in a consistent state; both files have the key ``key``.

    Returns:
        The size of the copy in bytes.

    Raises:
        UsageError: the file exists already, or its folder does not.
        FloorctlError: the database is damaged, the key is wrong, or the copy can't be written.
    """
    from floorctl.sync.sqlite import readable_errors

    # Copy to a temporary folder first: SQLite needs locks, which the disks used for backups often lack.
    with readable_errors(target), TemporaryDirectory(prefix="floorctl-", ignore_cleanup_errors=True) as scratch:
        copied = Path(scratch) / "journal.db"
        _copy(source, copied, key)
        with making(target, private=True) as made, copied.open("rb") as whole:
            shutil.copyfileobj(whole, made.file, 1 << 20)
        return copied.stat().st_size


def _copy(source: Path, target: Path, key: bytes) -> None:
    from floorctl.sync.opening import connect
    from floorctl.sync.sqlite import readable_errors

    with readable_errors(target), contextlib.ExitStack() as stack:
        origin: Any = stack.enter_context(contextlib.closing(connect(source, key, durable=True, readonly=True)))
        made: Any = stack.enter_context(contextlib.closing(connect(target, key, durable=True)))
        # Without WAL the copy is a single file that can be moved.
        made.execute("PRAGMA journal_mode = DELETE").fetchone()
        origin.execute("PRAGMA query_only = OFF")
        origin.backup(made, pages=_PAGES_AT_ONCE)
        made.execute("PRAGMA journal_mode = DELETE").fetchone()
        found = made.execute("PRAGMA integrity_check").fetchone()[0]
        broken = made.execute("PRAGMA cipher_integrity_check").fetchall()
        if found != "ok" or broken:
            raise FloorctlError("error.backup_broken", path=target)
