"""``demo``: start a simulated floor, and open the cockpit on it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from floorctl.cli.cockpit import need_a_terminal, show_cockpit, wall_seconds
from floorctl.cli.configuration import toml
from floorctl.cli.invocation import Invocation, end_on_signals
from floorctl.cli.parser import application, command
from floorctl.cli.platform.process import PlatformProcess
from floorctl.cli.platform.serve import checked_size, checked_speed, time_of_day
from floorctl.cli.syncing import keep_logs_off_the_terminal
from floorctl.cli.words import at_least
from floorctl.config import Config, Glyphs, Platform, Terminal
from floorctl.errors import Exit, FloorctlError
from floorctl.files.writing import put
from floorctl.i18n import language, t

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

app = application()

_FOLDER_PREFIX = "floorctl-demo-"
_LOCK = "in-use"
#: From the first to the second of these times a demonstration starts at the present time, otherwise at the third.
_DAY_BEGINS, _DAY_ENDS, _SHOWN_ELSE = "08:30", "17:30", "10:00"
#: Seconds that ``--once`` waits for live data.
_PATIENCE = 60.0


@command(app, "demo")
def demo(
    run: Invocation,
    once: Annotated[bool, typer.Option("--once", help="cli.option.demo_once")] = False,
    speed: Annotated[float, typer.Option("--speed", metavar="X", help="cli.option.speed")] = 1.0,
    seats: Annotated[int, typer.Option("--seats", metavar="N", help="cli.option.seats")] = 49,
    orders: Annotated[int, typer.Option("--orders", metavar="N", help="cli.option.orders")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="cli.option.seed")] = 12345,
    at: Annotated[str | None, typer.Option("--at", metavar="HH:MM", help="cli.option.demo_at")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="cli.general.read_only")] = False,
    cycle: Annotated[str | None, typer.Option("--cycle", metavar="TIME", help="cli.general.cycle")] = None,
) -> Exit | None:
    """Show the cockpit on a simulated floor."""
    if not once:
        need_a_terminal()
    wall = wall_seconds(read_only=read_only, cycle=cycle)
    at_least(seats, 1, "--seats")
    at_least(orders, 0, "--orders")
    checked_size(seats, orders)
    checked_speed(speed)
    begins = demo_time(Config()) if at is None else time_of_day(at, "--at").isoformat("minutes")
    options = ["--seats", str(seats), "--orders", str(orders), "--speed", str(speed)]
    options += ["--seed", str(seed), "--at", begins]
    end_on_signals()
    keep_logs_off_the_terminal()
    with _folder() as folder, PlatformProcess(options) as platform:
        # While the platform starts, load modules and create the databases.
        config = Config(
            language=language(),
            terminal=Terminal(
                name=t("cli.demo.terminal"), data_dir=str(folder / "data"), key="file", glyphs=_glyphs(run)
            ),
        )
        _warm_up(config, cockpit=not once)
        config = replace(config, platform=Platform(url=platform.url()))
        path = folder / "floorctl.toml"
        put(path, toml(config).encode())
        number, password = platform.account("supervisor")

        from floorctl.floor.terminal import open_terminal

        floor = open_terminal(replace(config, path=path))
        try:
            floor.session.sign_in(number, password)
            if not once:
                run.output.note(t("cli.demo.config", path=path))
                return show_cockpit(run, floor, wall, _accounts(platform))
            _print_overview(run, floor)
            return None
        finally:
            floor.close()


def _accounts(platform: PlatformProcess) -> str:
    """The text with the accounts that unlock the demo and sign a handover; their passwords are generated."""
    roles = ("supervisor", "shift_lead")
    return t("ui.sign_in.demo", **{role: " ".join(platform.account(role)) for role in roles})


def _glyphs(run: Invocation) -> Glyphs:
    """The setting ``terminal.glyphs``, the only one that a demonstration takes from the configuration."""
    try:
        return run.config.terminal.glyphs
    except FloorctlError:
        return Terminal().glyphs


def demo_time(config: Config, now: datetime | None = None) -> str:
    """When a demonstration starts: now during the working day, else at ten."""
    real = (now or datetime.now(config.zone)).astimezone(config.zone).strftime("%H:%M")
    return real if _DAY_BEGINS <= real <= _DAY_ENDS else _SHOWN_ELSE


def _print_overview(run: Invocation, floor: Floor) -> None:
    """Print the floor's overview once, as soon as it is live."""
    from floorctl.cli.seat_plan import seat_plan
    from floorctl.cli.status import document, overview_lines

    floor.live.start(watch=False)
    deadline = time.monotonic() + _PATIENCE
    while not (
        (status := floor.status.connection()).mode == "live"
        and status.first_sync is None
        and floor.seats.all()
        and any(view.queue.offered for view in floor.queues.all())
    ):
        if time.monotonic() > deadline:
            raise FloorctlError("error.demo_silent")
        time.sleep(0.05)
    floor.orders.count()
    if run.output.json:
        run.output.document(document(floor))
        return
    seats = floor.seats.all()
    for line in [*overview_lines(floor, seats), *seat_plan(seats)]:
        run.output.styled(line)


def _warm_up(config: Config, *, cockpit: bool) -> None:
    from floorctl.floor.terminal import open_terminal

    open_terminal(config).close()
    if cockpit:
        import floorctl.screens.app  # noqa: F401  imported while there is nothing else to do


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make a temporary folder, locked while this process runs, and remove those that ended processes left behind."""
    temporary = Path(tempfile.gettempdir())
    for old in temporary.glob(f"{_FOLDER_PREFIX}*"):
        _remove_if_left_behind(old)
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX))
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):  # without locks, folders left behind can't be recognized and are kept
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_if_left_behind(folder: Path) -> None:
    try:
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            return
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        pass  # its demonstration is still running
    finally:
        os.close(lock)
