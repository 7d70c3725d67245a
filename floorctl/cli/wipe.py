"""``wipe``: remove this terminal's data."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Annotated

import typer

from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command
from floorctl.cli.rekey import data_folder
from floorctl.errors import Exit, FloorctlError, RefusedError, UsageError
from floorctl.i18n import t

app = application()

#: States of commands that are neither applied nor dropped.
_UNSENT = ("waiting", "sending", "refused", "conflict")


@command(app, "wipe")
def wipe(
    run: Invocation,
    lose: Annotated[int, typer.Option("--lose", metavar="N", help="cli.option.wipe_lose")] = 0,
    yes: Annotated[bool, typer.Option("--yes", help="cli.option.wipe_yes")] = False,
) -> Exit | None:
    """Remove all data of this terminal."""
    folder = data_folder(run)
    from floorctl.sync.keys.wipe import wipe as remove
    from floorctl.sync.machine import check
    from floorctl.sync.process.owner import SyncLock

    check(folder)
    with SyncLock(folder) as lock:
        if not lock.acquire():
            raise FloorctlError("error.rekey_in_use", path=folder)
        unsent = _count_unsent(run)
        if unsent != lose:
            raise RefusedError("error.wipe_unsent" if unsent else "error.wipe_nothing_unsent", n=unsent, given=lose)
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError("error.nobody_to_ask", option="--yes")
            typer.confirm(t("cli.wipe.ask", path=folder), abort=True, err=True)
        sign_out_error = _sign_out(run)
        files = remove(folder)
    if sign_out_error is not None:
        raise sign_out_error
    if run.output.json:
        run.output.document({"path": str(folder), "files": files, "lost": unsent})
    else:
        run.output.answer(t("cli.wipe.done", path=folder, n=files))
    return None


def _count_unsent(run: Invocation) -> int:
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
