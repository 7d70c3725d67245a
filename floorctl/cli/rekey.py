"""``rekey``: encrypt this terminal's data with a new key."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from floorctl.cli.invocation import Invocation, ask_passphrase
from floorctl.cli.parser import application, command
from floorctl.cli.words import one_of
from floorctl.errors import Exit, FloorctlError, NotFoundError
from floorctl.i18n import t

app = application()

_PLACES = ("auto", "keyring", "passphrase", "file")


@command(app, "rekey")
def rekey(
    run: Invocation,
    key: Annotated[str | None, typer.Option("--key", metavar="PLACE", help="cli.option.rekey_key")] = None,
) -> Exit | None:
    """Encrypt both databases with a new key."""
    source = one_of(key or run.config.terminal.key, "key", _PLACES, "--key")
    folder = data_folder(run)
    from floorctl.sync.keys import keys
    from floorctl.sync.keys.data_key import data_key
    from floorctl.sync.keys.rekey import rekey as change_key
    from floorctl.sync.machine import Claim
    from floorctl.sync.process.owner import SyncLock

    with Claim(folder), SyncLock(folder) as lock:
        if not lock.acquire():
            raise FloorctlError("error.rekey_in_use", path=folder)
        old = data_key(folder, run.config.terminal.key, ask_passphrase)
        before = keys.read_marker(folder / keys.MARKER_FILE)
        _enter_in_trail(folder, old, {"from": before.where if before else "", "to": source})
        place = change_key(folder, source, old, ask_passphrase)
    if run.output.json:
        run.output.document({"key": place.where})
    else:
        run.output.answer(t("cli.rekey.done", place=t(f"cli.doctor.key.{place.where}")))
    run.output.note(t("cli.rekey.backups"))
    return None


def _enter_in_trail(folder: Path, key: bytes, detail: dict[str, str]) -> None:
    from floorctl.sync.journal.journal import Journal

    with closing(Journal.open(folder / "journal.db", key)) as journal:
        session = journal.session()
        journal.audit("rekey", who=session.person_id if session else "", detail=detail)


def data_folder(run: Invocation) -> Path:
    """Return this terminal's data folder.

    Raises:
        NotFoundError: there is no data in it.
    """
    folder = run.config.data_dir
    if not (folder / "journal.db").exists():
        raise NotFoundError("error.no_data_here", path=folder)
    return folder
