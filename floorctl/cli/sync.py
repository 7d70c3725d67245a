"""``sync``: update the cache and send waiting commands."""

from __future__ import annotations

import time
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation, end_on_signals
from floorctl.cli.owner_status import read_owner_status
from floorctl.cli.parser import application, command
from floorctl.cli.syncing import fetch, keep_logs_off_the_terminal, name_skipped_proxies
from floorctl.errors import Exit, FloorctlError, NotAllowedError, UsageError
from floorctl.i18n import t

if TYPE_CHECKING:
    from floorctl.cli.output import Output
    from floorctl.floor.floor import Floor

app = application()

#: Seconds that ``--once`` waits for the process that syncs to send the waiting commands.
_PATIENCE = 10.0
_BAR = 24


@command(app, "sync")
def sync(
    run: Invocation,
    once: Annotated[bool, typer.Option("--once", help="cli.option.once")] = False,
    full: Annotated[bool, typer.Option("--full", help="cli.option.full")] = False,
) -> Exit | None:
    """Sync until interrupted, or once."""
    end_on_signals()
    keep_logs_off_the_terminal()
    with closing(run.floor()) as floor:
        if not floor.config.platform.url:
            raise UsageError("error.no_platform")
        if floor.session.person is None:
            raise NotAllowedError("error.not_signed_in")
        name_skipped_proxies(run.output, floor.config)
        if once or full:
            _fetch(run.output, floor, full=full)
        if not once:
            _sync_until_interrupted(run, floor)
    # Open the floor again to read what was fetched.
    with closing(run.floor()) as floor:
        return _print_summary(run, floor)


def _fetch(output: Output, floor: Floor, *, full: bool) -> None:
    progress = _Progress(output)
    try:
        fetch(floor, full=full, on_progress=progress.show)
    except FloorctlError as error:
        # Another process keeps the data up to date, so that only a full fetch is an error.
        if error.key != "error.network_other_syncs" or full or not read_owner_status(floor):
            raise
        if floor.status.connection().mode != "live":
            status = floor.status.connection()
            raise FloorctlError(status.problem or "error.network_unreachable", **dict(status.about)) from error
        _wait_until_sent(floor)
    finally:
        progress.end()


def _wait_until_sent(floor: Floor) -> None:
    deadline = time.monotonic() + _PATIENCE
    while floor.status.connection().waiting and time.monotonic() < deadline:
        time.sleep(0.05)


def _print_summary(run: Invocation, floor: Floor) -> Exit:
    """Print the amount of data, and whether commands still wait."""
    status = floor.status.connection()
    seats, orders = len(floor.seats.all()), floor.orders.page(limit=1).total
    if run.output.json:
        run.output.document(
            {
                "as_of": Shapes(floor.config.zone).time(status.as_of),
                "live": status.mode == "live",
                "seats": seats,
                "orders": orders,
                "outbox": {"waiting": status.waiting, "conflict": status.conflicts, "refused": status.refused},
            }
        )
    else:
        at = (status.as_of or floor.now()).astimezone(floor.config.zone).strftime("%Y-%m-%d %H:%M:%S")
        run.output.answer(t("cli.sync.done", at=at, seats=seats, orders=orders))
    if status.refused or status.conflicts:
        run.output.note(t("cli.sync.parked", n=status.refused + status.conflicts))
    if status.waiting:
        run.output.note(t("cli.sync.waiting", n=status.waiting))
        return Exit.NOT_SENT
    return Exit.DONE


def _sync_until_interrupted(run: Invocation, floor: Floor) -> NoReturn:
    """Sync until interrupted; report each change between online and offline."""
    news = Event()
    floor.events.subscribe(lambda _event: news.set())
    floor.live.start()
    progress = _Progress(run.output)
    reported_mode: str | None = None
    while True:
        news.clear()
        status = floor.status.connection()
        if status.first_sync is not None:
            progress.show(*status.first_sync)
        if status.mode not in (reported_mode, "connecting"):
            progress.end()
            run.output.note(t(f"cli.sync.{status.mode}", at=floor.now().strftime("%H:%M:%S")))
            reported_mode = status.mode
        news.wait(1.0)


class _Progress:
    """The progress of a first sync: a bar on a terminal, nothing elsewhere."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._drawn = False
        self._wanted = output.progress_on_terminal()

    def show(self, done: int, total: int) -> None:
        """Draw the progress; ``total`` 0: not known."""
        if not self._wanted:
            return
        full = min(done * _BAR // total, _BAR) if total else 0
        bar = "█" * full + "░" * (_BAR - full)
        self._output.progress(t("cli.sync.progress", bar=bar, done=done, total=total or "?"))
        self._drawn = True

    def end(self) -> None:
        """Remove the bar."""
        if self._drawn:
            self._output.progress("")
            self._drawn = False
