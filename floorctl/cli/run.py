"""Runs one command line. The cockpit, which is opened by a command line without arguments, needs no parser."""

import os
from collections.abc import Sequence
from typing import Any

from floorctl.cli import invocation
from floorctl.errors import UsageError

#: The environment variable by which a shell's completion script asks how a line may go on, with its own name.
COMPLETES = "_FLOORCTL_COMPLETE"


def run(arguments: Sequence[str]) -> int:
    """Run one command line.

    Returns:
        The exit code, one of ``Exit`` or 128 + the number of the signal that ended it.
    """
    if shell := os.environ.get(COMPLETES):
        from floorctl.cli.completion.answer import answer

        return answer(shell, arguments)

    def command_line() -> Any:
        if not arguments:
            from floorctl.cli.cockpit import open_cockpit

            return open_cockpit(begun)
        if any("\udc80" <= char <= "\udcff" for argument in arguments for char in argument):
            raise UsageError("error.not_text")
        from floorctl.cli.app import execute

        return execute(arguments, begun)

    begun = invocation.begin(arguments)
    return invocation.finish(command_line)
