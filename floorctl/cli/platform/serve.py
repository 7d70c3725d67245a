"""``platform serve``: run the embedded platform, for training and tests."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Annotated

import typer

from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command, family
from floorctl.cli.words import at_least, at_most, day_of
from floorctl.errors import Exit, UsageError
from floorctl.simulator.scenarios import SCENARIOS, Scenario
from floorctl.text import typed

app = application()

#: Limits above any real floor, and below what fills a machine's memory before the platform is ready.
MOST_SEATS, MOST_ORDERS, MOST_WORKERS = 10_000, 100_000_000, 256
#: The size of a floor where none is asked for.
SEATS = 49
platform = family(app, "platform")

_HIGHEST_PORT = 65_535
#: Bytes of an unended line of standard input that are kept.
_LONGEST_LINE = 256


@command(platform, "serve", key="platform.serve")
def serve(
    run: Invocation,
    host: Annotated[str, typer.Option("--host", metavar="HOST", help="cli.option.host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="N", help="cli.option.port")] = 8345,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="cli.option.seed")] = 12345,
    data: Annotated[str, typer.Option("--data", metavar="FILE", help="cli.option.data")] = "",
    seats: Annotated[int | None, typer.Option("--seats", metavar="N", help="cli.option.seats")] = None,
    orders: Annotated[int | None, typer.Option("--orders", metavar="N", help="cli.option.orders")] = None,
    speed: Annotated[float, typer.Option("--speed", metavar="X", help="cli.option.speed")] = 1.0,
    at: Annotated[str | None, typer.Option("--at", metavar="HH:MM", help="cli.option.at")] = None,
    day: Annotated[str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="cli.option.day")] = None,
    scenario: Annotated[str | None, typer.Option("--scenario", metavar="NAME", help="cli.option.scenario")] = None,
    contract: Annotated[str, typer.Option("--contract", metavar="VERSION", help="cli.option.contract")] = "1.1",
    workers: Annotated[int, typer.Option("--workers", metavar="N", help="cli.option.workers")] = 1,
    until_eof: Annotated[bool, typer.Option("--until-eof", help="cli.option.until_eof")] = False,
) -> Exit | None:
    """Serve until interrupted."""
    if not 0 <= port <= _HIGHEST_PORT:
        raise UsageError("error.no_such_choice", option="--port", value=port, known=f"0–{_HIGHEST_PORT}")
    wanted = the_scenario(scenario)
    seats = (wanted.seats if wanted else SEATS) if seats is None else seats
    orders = wanted.orders if orders is None and wanted else orders
    at_least(seats, 1, "--seats")
    if orders is not None:
        at_least(orders, 0, "--orders")
    at_least(workers, 1, "--workers")
    at_most(workers, MOST_WORKERS, "--workers")
    checked_size(seats, orders)
    starts_at = None if at is None else time_of_day(at, "--at")
    on_day = None if day is None else day_of(day, "--day")
    if wanted is not None:
        begins = wanted.begins(datetime.now(run.config.zone).date(), run.config.zone)
        starts_at, on_day = starts_at or begins.time(), on_day or begins.date()
    speed = checked_speed(speed)
    import asyncio

    from floorctl.simulator.http.contract import CONTRACTS
    from floorctl.simulator.http.listening import Line
    from floorctl.simulator.http.server import serve as serve_platform

    if contract not in CONTRACTS:
        raise UsageError("error.no_such_choice", option="--contract", value=contract, known=" ".join(CONTRACTS))

    line = Line() if until_eof else None
    if line is not None:
        obey_standard_input({"cut": line.cut, "mend": line.mend})
    asyncio.run(
        serve_platform(
            host=host,
            port=port,
            data=data or None,
            seed=seed,
            seats=seats,
            orders=orders,
            speed=speed,
            at=starts_at,
            day=on_day,
            zone=run.config.zone,
            workers=workers,
            scenario=wanted.name if wanted else "",
            contract=contract,
            line=line,
        )
    )
    return None


def obey_standard_input(words: Mapping[str, Callable[[], object]]) -> None:
    """Call what belongs to each line of standard input; other lines are ignored.

    When it ends, this process ends as by SIGTERM, since its parent has ended.
    """

    def read() -> None:
        rest = b""
        with contextlib.suppress(OSError):  # an unreadable input counts as ended
            while data := os.read(sys.stdin.fileno(), 4096):
                *lines, rest = (rest + data).split(b"\n")
                rest = rest[-_LONGEST_LINE:]
                for line in lines:
                    words.get(line.strip().decode("utf-8", "replace"), _ignore)()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=read, name="until-eof", daemon=True).start()


def _ignore() -> None:
    """Do nothing on a line that is no command."""


def the_scenario(name: str | None) -> Scenario | None:
    """Return the scenario with this name; None where none is asked for.

    Raises:
        UsageError: there is none of that name.
    """
    return None if name is None else known_scenario(name)


def known_scenario(name: str) -> Scenario:
    """Return the scenario with this name.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in SCENARIOS:
        raise UsageError("error.no_such_choice", option="--scenario", value=name, known=" ".join(SCENARIOS))
    return SCENARIOS[name]


def time_of_day(text: str, option: str) -> time:
    """Parse ``HH:MM``, with seconds if given.

    Raises:
        UsageError: it is not a time of day.
    """
    try:
        at = typed.clock(text)
    except ValueError as error:
        raise UsageError("error.not_a_time_of_day", option=option, value=text) from error
    if at.tzinfo is not None:
        raise UsageError("error.not_a_time_of_day", option=option, value=text)
    return at


def checked_size(seats: int, orders: int | None) -> None:
    """Check that a floor of this size can be simulated.

    Raises:
        UsageError: it would never be ready.
    """
    at_most(seats, MOST_SEATS, "--seats")
    if orders is not None:
        at_most(orders, MOST_ORDERS, "--orders")


def checked_speed(speed: float) -> float:
    """Return ``speed`` if the simulated clock can run at it.

    Raises:
        UsageError: it is not above 0, or faster than a day in ten seconds.
    """
    if not 0 < speed <= 8640:
        raise UsageError("error.no_such_choice", option="--speed", value=speed, known="0.1–8640")
    return speed
