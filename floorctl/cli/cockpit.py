"""Opens the cockpit when no command is named."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

from floorctl.cli.words import span
from floorctl.errors import Exit, UsageError

if TYPE_CHECKING:
    from floorctl.cli.invocation import Invocation
    from floorctl.floor.floor import Floor

#: Seconds that a wall display shows each screen: the default and the minimum.
_SECONDS, _LEAST_SECONDS = 20.0, 3.0


def need_a_terminal() -> None:
    """Check that there is a terminal for the cockpit.

    Raises:
        UsageError: standard input or output is not a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("error.no_terminal")


def wall_seconds(*, read_only: bool, cycle: str | None) -> float | None:
    """The seconds that a wall display shows each screen; None for an interactive cockpit.

    Raises:
        UsageError: it is not a duration, too short, or given without ``--read-only``.
    """
    if not read_only:
        if cycle is not None:
            raise UsageError("error.cycle_without_read_only")
        return None
    seconds = _SECONDS if cycle is None else span(cycle, "--cycle")
    if seconds < _LEAST_SECONDS:
        raise UsageError("error.cycle_too_short", least=int(_LEAST_SECONDS))
    return seconds


def open_cockpit(run: Invocation, wall: float | None = None) -> Exit | None:
    """Show the cockpit until it is closed; with ``wall``, the wall display with so many seconds a screen."""
    need_a_terminal()
    with closing(run.floor()) as floor:
        return show_cockpit(run, floor, wall)


def show_cockpit(run: Invocation, floor: Floor, wall: float | None) -> Exit:
    """Show the cockpit, or the wall display, on ``floor`` until it is closed."""
    if wall is not None:
        from floorctl.screens.wall import run_wall

        return Exit(run_wall(floor, seconds=wall, debug=run.general.debug))
    from floorctl.screens.app import run_cockpit

    return Exit(run_cockpit(floor, debug=run.general.debug))
