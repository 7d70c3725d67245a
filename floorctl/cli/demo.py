"""``demo``: start a simulated floor, and open the cockpit on it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, time
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from floorctl.cli.coaching import Coaching, coaching
from floorctl.cli.cockpit import need_a_terminal, show_cockpit, wall_seconds
from floorctl.cli.configuration import toml
from floorctl.cli.invocation import Invocation, end_on_signals
from floorctl.cli.parser import application, command
from floorctl.cli.platform.process import PlatformProcess
from floorctl.cli.platform.serve import SEATS, checked_size, checked_speed, known_scenario, time_of_day
from floorctl.cli.syncing import keep_logs_off_the_terminal
from floorctl.cli.words import at_least, day_of
from floorctl.config import Config, Glyphs, Platform, Terminal
from floorctl.errors import Exit, FloorctlError, UsageError
from floorctl.files.writing import put
from floorctl.i18n import language, t, term
from floorctl.simulator.scenarios import SCENARIOS, Scenario
from floorctl.sync.pace import Pace
from floorctl.text.safe import fit

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

app = application()

_FOLDER_PREFIX = "floorctl-demo-"
_LOCK = "in-use"
#: The scenario and the seed where none is named.
_USUAL, _USUAL_SEED = "day", 12345
#: The roles of the accounts, in the order in which they are listed.
ROLES = ("supervisor", "shift_lead", "inspector", "viewer")
_ROLE_CELLS = 12
#: The platform is in this machine, and a person waits to see the line break and come back: look more often.
_PACE = Pace(offline_after=2.5, heard_recently=1.0, probe_after_silence=1.0, first_retry=0.3, longest_retry_watched=1.2)
#: Seconds that ``--once`` waits for live data, and of them for the past of a floor too.
_PATIENCE, _FOR_ALL = 60.0, 50.0


@command(app, "demo")
def demo(
    run: Invocation,
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="cli.option.demo_scenario")] = _USUAL,
    once: Annotated[bool, typer.Option("--once", help="cli.option.demo_once")] = False,
    speed: Annotated[float, typer.Option("--speed", metavar="X", help="cli.option.speed")] = 1.0,
    seats: Annotated[int | None, typer.Option("--seats", metavar="N", help="cli.option.demo_seats")] = None,
    orders: Annotated[int | None, typer.Option("--orders", metavar="N", help="cli.option.demo_orders")] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="cli.option.seed")] = _USUAL_SEED,
    at: Annotated[str | None, typer.Option("--at", metavar="HH:MM", help="cli.option.demo_at")] = None,
    day: Annotated[str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="cli.option.demo_day")] = None,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help="cli.option.demo_role")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="cli.general.read_only")] = False,
    cycle: Annotated[str | None, typer.Option("--cycle", metavar="TIME", help="cli.general.cycle")] = None,
    coach: Annotated[bool, typer.Option("--coach", help="cli.option.demo_coach")] = False,
    trainee: Annotated[str | None, typer.Option("--trainee", metavar="TEXT", help="cli.option.demo_trainee")] = None,
    results: Annotated[str | None, typer.Option("--results", metavar="FILE", help="cli.option.demo_results")] = None,
) -> Exit | None:
    """Show the cockpit on a simulated floor."""
    if not once:
        need_a_terminal()
    wall = wall_seconds(read_only=read_only, cycle=cycle)
    wanted = known_scenario(scenario)
    if role is not None and role not in ROLES:
        raise UsageError("error.no_such_choice", option="--role", value=role, known=" ".join(ROLES))
    practice = coaching(
        coach=coach, results=results, trainee=trainee, role=role or wanted.role, scenario=wanted.name,
        once=once, read_only=read_only,
    )  # fmt: skip
    options = ["--scenario", wanted.name, "--seed", str(seed), "--speed", str(checked_speed(speed))]
    begins = _beginning(wanted, at, day)
    options += [*_size(seats, orders), "--day", begins.date().isoformat(), "--at", begins.time().isoformat()]
    end_on_signals()
    keep_logs_off_the_terminal()
    with _folder() as folder, PlatformProcess([*options, "--config", str(_platform_config(folder))]) as platform:
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
        number, password = platform.account(role or wanted.role)

        from floorctl.floor.terminal import open_terminal

        floor = open_terminal(replace(config, path=path))
        try:
            floor.session.sign_in(number, password)
            if not once:
                run.output.note(t("cli.demo.config", path=path))
                if wall is not None:  # nobody practises at a wall display
                    return show_cockpit(run, floor, wall)
                return _show(run, floor, platform, wanted, begins.time(), practice)
            _print_overview(run, floor)
            return None
        finally:
            floor.close()
            if not once and wall is None:
                _print_accounts(run, platform, wanted, seed)


def _platform_config(folder: Path) -> Path:
    """Write the platform's configuration and return its path.

    The person's own is not for it: it may be broken, and its time zone is not the demonstration's.
    """
    path = folder / "platform.toml"
    put(path, toml(Config(language=language())).encode())
    return path


def _size(seats: int | None, orders: int | None) -> list[str]:
    """The platform's options for the floor's size; what is left out is the scenario's."""
    if seats is not None:
        at_least(seats, 1, "--seats")
    if orders is not None:
        at_least(orders, 0, "--orders")
    checked_size(seats or SEATS, orders)
    given = {"--seats": seats, "--orders": orders}
    return [part for name, value in given.items() if value is not None for part in (name, str(value))]


def _beginning(scenario: Scenario, at: str | None, day: str | None) -> datetime:
    """When the floor begins, in the zone of the demonstration; what is left out is the scenario's."""
    zone = Config().zone
    begins = scenario.begins(datetime.now(zone).date(), zone)
    on_day = begins.date() if day is None else day_of(day, "--day")
    at_time = begins.time() if at is None else time_of_day(at, "--at")
    return datetime.combine(on_day, at_time)


def _show(
    run: Invocation,
    floor: Floor,
    platform: PlatformProcess,
    scenario: Scenario,
    begins: time,
    practice: Coaching | None,
) -> Exit:
    """Show the cockpit of the demonstration until it is closed; ``practice``: with tasks."""
    from floorctl.screens.demonstration.cockpit import run_demonstration
    from floorctl.screens.demonstration.demonstration import DemoAccount, Demonstration

    accounts = tuple(DemoAccount(role, f"p-{number}", number, password) for role, number, password in _all(platform))
    demonstration = Demonstration(
        scenario=scenario.name,
        begins=begins,
        accounts=accounts,
        go_live=partial(floor.live.start, pace=_PACE),
        cut=platform.cut,
        mend=platform.mend,
        line_breaks=scenario.line_breaks,
        has_ended=platform.has_ended,
    )
    if practice is not None:
        return practice.show(run, floor, demonstration)
    return Exit(run_demonstration(floor, demonstration, debug=run.general.debug))


def _all(platform: PlatformProcess) -> list[tuple[str, str, str]]:
    """Role, employee number and password of one account of each role."""
    return [(role, *platform.account(role)) for role in ROLES]


def _print_accounts(run: Invocation, platform: PlatformProcess, scenario: Scenario, seed: int) -> None:
    """Print who may sign in, and how to start again, for whoever comes back from the cockpit."""
    lines = [t("demo.left.accounts", seed=seed)]
    lines += [f"  {fit(term('role', role), _ROLE_CELLS)}{no}  {password}" for role, no, password in _all(platform)]
    command = f"floorctl demo --scenario {scenario.name}" + ("" if seed == _USUAL_SEED else f" --seed {seed}")
    lines.append(t("demo.left.again", command=command))
    lines.append(t("demo.left.others", others=" ".join(name for name in SCENARIOS if name != scenario.name)))
    lines.append(t("demo.left.coach"))
    run.output.note("\n".join(lines))


def _glyphs(run: Invocation) -> Glyphs:
    """The setting ``terminal.glyphs``, the only one that a demonstration takes from the configuration."""
    try:
        return run.config.terminal.glyphs
    except FloorctlError:
        return Terminal().glyphs


def _shows_a_floor(floor: Floor, *, whole: bool) -> bool:
    """Whether there is a picture to print: the floor, and if it is to be ``whole`` also all of its past."""
    status = floor.status.connection()
    there = floor.seats.all() and floor.queues.all()  # no call may have come yet: just after midnight, none has
    return bool(there) and (not whole or (status.mode == "live" and status.first_sync is None))


def _print_overview(run: Invocation, floor: Floor) -> None:
    """Print the floor's overview once, as soon as it is live."""
    from floorctl.cli.seat_plan import seat_plan
    from floorctl.cli.status import document, overview_lines

    floor.live.start(watch=False)
    begun = monotonic()
    while not _shows_a_floor(floor, whole=monotonic() < begun + _FOR_ALL):
        if monotonic() > begun + _PATIENCE:
            raise FloorctlError("error.demo_silent")
        sleep(0.05)
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
        import floorctl.screens.demonstration.cockpit  # noqa: F401  imported while there is nothing else to do


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
