"""No command: the cockpit."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

from floorctl.errors import Exit, UsageError

if TYPE_CHECKING:
    from floorctl.commands.invocation import Invocation


def need_a_terminal() -> None:
    """Make sure that there is a terminal to show the cockpit on.

    Raises:
        UsageError: standard input or output is none.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("error.no_terminal")


def open_cockpit(run: Invocation) -> Exit | None:
    """Show the cockpit until it is left."""
    need_a_terminal()
    with closing(run.floor()) as floor:
        from floorctl.app import run_cockpit

        return Exit(run_cockpit(floor, debug=run.general.debug))
