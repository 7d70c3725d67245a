"""``rekey`` and ``wipe``: change the key of this terminal's data, or remove the data."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from floorctl.cli.invocation import Invocation, application, ask_passphrase, command
from floorctl.cli.words import one_of
from floorctl.errors import Exit, FloorctlError, NotFoundError, RefusedError, UsageError
from floorctl.i18n import t

app = application()

_PLACES = ("auto", "keyring", "passphrase", "file")
#: States of commands that are neither applied nor dropped.
_UNSENT = ("waiting", "sending", "refused", "conflict")


@command(app, "rekey")
def rekey(
    run: Invocation,
    key: Annotated[str | None, typer.Option("--key", metavar="PLACE", help="cli.option.rekey_key")] = None,
) -> Exit | None:
    """Encrypt both databases with a new key."""
    source = one_of(key or run.config.terminal.key, "key", _PLACES, "--key")
    folder = _folder(run)
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
        _note(folder, old, {"from": before.where if before else "", "to": source})
        place = change_key(folder, source, old, ask_passphrase)
    if run.output.json:
        run.output.document({"key": place.where})
    else:
        run.output.answer(t("cli.rekey.done", place=t(f"cli.doctor.key.{place.where}")))
    run.output.note(t("cli.rekey.backups"))
    return None


def _note(folder: Path, key: bytes, detail: dict[str, str]) -> None:
    from floorctl.sync.journal.journal import Journal

    with closing(Journal.open(folder / "journal.db", key)) as journal:
        session = journal.session()
        journal.audit("rekey", who=session.person_id if session else "", detail=detail)


@command(app, "wipe")
def wipe(
    run: Invocation,
    lose: Annotated[int, typer.Option("--lose", metavar="N", help="cli.option.wipe_lose")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="cli.option.wipe_yes")] = False,
) -> Exit | None:
    """Remove all data of this terminal."""
    folder = _folder(run)
    from floorctl.sync.keys.wipe import wipe as remove
    from floorctl.sync.machine import check
    from floorctl.sync.process.owner import SyncLock

    check(folder)
    with SyncLock(folder) as lock:
        if not lock.acquire():
            raise FloorctlError("error.rekey_in_use", path=folder)
        unsent = _unsent(run)
        if unsent != lose:
            raise RefusedError("error.wipe_unsent" if unsent else "error.wipe_nothing_unsent", n=unsent, given=lose)
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError("error.nobody_to_ask", option="--yes")
            typer.confirm(t("cli.wipe.ask", path=folder), abort=True, err=True)
        left = _sign_out(run)
        files = remove(folder)
    if left is not None:
        raise left
    if run.output.json:
        run.output.document({"path": str(folder), "files": files, "lost": unsent})
    else:
        run.output.answer(t("cli.wipe.done", path=folder, n=files))
    return None


def _unsent(run: Invocation) -> int:
    """The number of commands that would be lost."""
    with closing(run.floor()) as floor:
        return len(floor.outbox.items(_UNSENT))


def _sign_out(run: Invocation) -> FloorctlError | None:
    """End the session at the platform and remove a saved password from the keyring; return the error if that fails."""
    with closing(run.floor()) as floor:
        try:
            if floor.session.person is not None:
                floor.session.sign_out()
        except FloorctlError as error:
            return error
    return None


def _folder(run: Invocation) -> Path:
    folder = run.config.data_dir
    if not (folder / "journal.db").exists():
        raise NotFoundError("error.no_data_here", path=folder)
    return folder
