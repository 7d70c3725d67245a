"""Doing one act to several things named on a command line, and reporting the outcome of each in the order named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from floorctl.cli.sending import report, send
from floorctl.errors import Exit, FloorctlError, worst

if TYPE_CHECKING:
    from floorctl.cli.invocation import Invocation
    from floorctl.cli.targets import Target
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OutboxItem


def do_each(run: Invocation, floor: Floor, targets: Sequence[Target], act: Callable[[str], OutboxItem]) -> Exit:
    """Do ``act`` to each of ``targets``, send the commands, and print the outcome of each.

    A refusal or a missing target doesn't stop the others.

    Returns:
        The worst of the exit codes.

    Raises:
        FloorctlError: there is only one target, and nothing was done to it.
    """
    made: list[OutboxItem] = []
    try:
        for each in targets:
            if each.error is not None:
                continue
            try:
                made.append(act(each.id))
            except FloorctlError as error:
                each.error = error
            else:
                each.made.append(made[-1].id)
    except Exception:
        answer(run, floor, targets, made)
        raise
    except BaseException:  # interrupted: don't wait for the platform
        report(run, floor, [floor.outbox.item(each.id) for each in made], targets)
        raise
    return answer(run, floor, targets, made)


def answer(run: Invocation, floor: Floor, targets: Sequence[Target], made: Sequence[OutboxItem]) -> Exit:
    """Send the commands ``made`` and print the outcome of each of ``targets``.

    Returns:
        The worst of the exit codes.

    Raises:
        FloorctlError: there is only one target, and nothing was done to it.
    """
    code = send(run, floor, made, targets)
    if len(targets) == 1 and targets[0].error is not None:
        raise targets[0].error
    return worst([code, *(each.error.exit_code for each in targets if each.error is not None)])
