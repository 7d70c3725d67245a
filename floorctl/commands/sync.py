"""``sync``: bring the cache up to date and send what waits."""

from __future__ import annotations

import time
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.commands.invocation import Invocation, application, command, end_on_signals
from floorctl.commands.items import Shapes
from floorctl.errors import Exit, FloorctlError, NotAllowedError, UsageError
from floorctl.i18n import t

if TYPE_CHECKING:
    from floorctl.commands.output import Output
    from floorctl.floor import Floor
    from floorctl.views import Standing

app = application()

#: Seconds after which ``--once`` takes a platform that does not answer for absent.
_PATIENCE = 15.0
#: Seconds that ``--once`` waits for what is on its way to be sent, once everything is fetched.
_SENDING_PATIENCE = 30.0
_BAR = 24


@command(app, "sync")
def sync(
    run: Invocation,
    once: Annotated[bool, typer.Option("--once", help=t("cli.option.once"))] = False,
    full: Annotated[bool, typer.Option("--full", help=t("cli.option.full"))] = False,
) -> Exit | None:
    """Sync until interrupted, or once."""
    floor = run.floor()
    try:
        if not floor.config.platform.url:
            raise UsageError("error.no_platform")
        if floor.person is None:
            raise NotAllowedError("error.not_signed_in")
        end_on_signals()
        before = floor.standing().as_of
        if full:
            floor.fetch_anew()
        progress = _Progress(run.output, floor)
        floor.start()
        try:
            caught_up(floor, progress)
            return _answer(run, floor) if once else _stay(run, floor, progress)
        except FloorctlError:
            # What is there still stands; its age says so.
            if before is not None and not once:
                return _stay(run, floor, progress)
            raise
        finally:
            progress.end()
    finally:
        floor.close()


def caught_up(floor: Floor, progress: _Progress) -> None:
    """Wait until the cache holds what the platform says now.

    Raises:
        FloorctlError: the platform can't be reached, or wants a person to sign in.
    """
    news = Event()
    end = floor.subscribe(lambda _event: news.set())
    last_heard = time.monotonic()
    seen: object = None
    try:
        while True:
            news.clear()
            standing = floor.standing()
            progress.show(standing)
            if standing.live:
                return
            if standing.mode == "signed_out":
                raise NotAllowedError("error.not_signed_in")
            now = time.monotonic()
            if (standing.first_sync, standing.as_of) != seen:
                seen, last_heard = (standing.first_sync, standing.as_of), now
            elif now - last_heard > _PATIENCE or (standing.mode == "offline" and standing.problem):
                raise FloorctlError(standing.problem or "error.network_unreachable")
            news.wait(0.1)
    finally:
        end()


def _answer(run: Invocation, floor: Floor) -> Exit:
    """Wait until what waits is sent, say what was fetched, and how it ended."""
    deadline = time.monotonic() + _SENDING_PATIENCE
    while floor.standing().waiting and time.monotonic() < deadline and floor.standing().live:
        time.sleep(0.05)
    standing = floor.standing()
    orders = floor.orders(limit=1).total
    if run.output.json:
        run.output.document(
            {
                "as_of": Shapes(floor.config.zone).time(standing.as_of),
                "live": standing.live,
                "seats": len(floor.seats()),
                "orders": orders,
                "outbox": {"waiting": standing.waiting, "conflict": standing.conflicts, "refused": standing.refused},
            }
        )
    else:
        at = floor.now().strftime("%Y-%m-%d %H:%M:%S")
        run.output.answer(t("cli.sync.done", at=at, seats=len(floor.seats()), orders=orders))
    if standing.refused or standing.conflicts:
        run.output.note(t("cli.sync.parked", n=standing.refused + standing.conflicts))
    if standing.waiting:
        run.output.note(t("cli.sync.waiting", n=standing.waiting))
        return Exit.NOT_SENT
    return Exit.DONE


def _stay(run: Invocation, floor: Floor, progress: _Progress) -> None:
    """Sync until somebody ends it, saying each time that it goes offline or comes back."""
    news = Event()
    floor.subscribe(lambda _event: news.set())
    said: str | None = None
    while True:
        news.clear()
        standing = floor.standing()
        progress.show(standing)
        mode = (
            "live" if standing.live else "offline" if standing.mode == "connecting" and said is None else standing.mode
        )
        if mode != said and mode in ("live", "offline", "signed_out"):
            progress.end()
            run.output.note(t(f"cli.sync.{mode}", at=floor.now().strftime("%H:%M:%S")))
            said = mode
        news.wait(1.0)


class _Progress:
    """The progress of a first sync: a bar on a terminal, nothing elsewhere."""

    def __init__(self, output: Output, floor: Floor) -> None:
        self._output = output
        self._floor = floor
        self._drawn = False
        self._wanted = output.progress_on_terminal()

    def show(self, standing: Standing) -> None:
        """Draw how far the first sync is."""
        if not self._wanted or standing.first_sync is None:
            return
        done, total = standing.first_sync
        full = min(done * _BAR // total, _BAR) if total else 0
        bar = "█" * full + "░" * (_BAR - full)
        self._output.progress(t("cli.sync.progress", bar=bar, done=done, total=total or "?"))
        self._drawn = True

    def end(self) -> None:
        """Take the bar away."""
        if self._drawn:
            self._output.progress("")
            self._drawn = False
