"""Decisions on an order that got stuck: ``order NUMBER return``, ``extend``, ``confer`` and ``redo``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from floorctl.cli.invocation import Invocation
from floorctl.cli.orders.acts import point_in_time
from floorctl.cli.orders.list import department_id
from floorctl.cli.sending import acting, send
from floorctl.cli.targets import find_ids
from floorctl.errors import Exit, UsageError
from floorctl.files.text import read, with_plain_lines

#: Most bytes of a file with minutes that are read: the contract takes 10,000 characters.
_LARGEST_MINUTES = 256 * 1024

_Number = Annotated[str, typer.Argument(metavar="NUMBER", help="cli.argument.number")]
_Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="cli.option.note")]


def decide_return(
    run: Invocation,
    number: _Number,
    uphold: Annotated[bool, typer.Option("--uphold", help="cli.option.uphold")] = False,
    send_back: Annotated[bool, typer.Option("--send-back", help="cli.option.send_back")] = False,
    note: _Note = None,
) -> Exit:
    """退单: decide the newest return."""
    _one_of(("--uphold", uphold), ("--send-back", send_back))
    with acting(run, "order.return") as floor:
        # Reckoned before, since afterwards the dispatch is wrong already; said after, since it may be refused.
        costs = floor.decisions.cost_of_upholding([floor.orders.id_of(number)]) if uphold else []
        made = floor.decisions.decide_return(number, upheld=uphold, note=note)
        for cost in costs:
            run.output.note(cost.words)
        return send(run, floor, [made])


def decide_extension(
    run: Invocation,
    number: _Number,
    grant: Annotated[bool, typer.Option("--grant", help="cli.option.grant")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="cli.option.refuse")] = False,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="cli.option.extend_until")] = None,
    note: _Note = None,
) -> Exit:
    """延期: decide the extension that the department asked for."""
    _one_of(("--grant", grant), ("--refuse", refuse))
    if refuse and until is not None:
        raise UsageError("error.not_both", one="--refuse", other="--until")
    end = None if until is None else point_in_time(until, "--until", run.config.zone)
    with acting(run, "order.extend") as floor:
        return send(run, floor, [floor.decisions.decide_extension(number, granted=grant, until=end, note=note)])


def confer(
    run: Invocation,
    number: _Number,
    department: Annotated[list[str], typer.Option("--department", metavar="NAME", help="cli.option.confer_department")],
    lead: Annotated[str | None, typer.Option("--lead", metavar="NAME", help="cli.option.confer_lead")] = None,
    minutes: Annotated[str | None, typer.Option("--minutes", metavar="TEXT", help="cli.option.minutes")] = None,
    minutes_file: Annotated[
        Path | None, typer.Option("--minutes-file", metavar="FILE", help="cli.option.minutes_file")
    ] = None,
) -> Exit:
    """会商: record what the departments agreed."""
    _one_of(("--minutes", minutes is not None), ("--minutes-file", minutes_file is not None))
    text = minutes or ""
    if minutes_file is not None:
        text = with_plain_lines(read(minutes_file, _LARGEST_MINUTES))
    with acting(run, "order.confer") as floor:
        ids = find_ids(department, partial(department_id, floor))
        chosen = None if lead is None else department_id(floor, lead)
        if chosen is not None and chosen not in ids:
            ids = [chosen, *ids]
        return send(run, floor, [floor.decisions.confer(number, ids, chosen, text.strip())])


def redo(
    run: Invocation,
    number: _Number,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.redo_reason")],
    due: Annotated[str | None, typer.Option("--due", metavar="TIME", help="cli.option.redo_due")] = None,
) -> Exit:
    """重办: send a handled order back to its departments."""
    due_at = None if due is None else point_in_time(due, "--due", run.config.zone)
    with acting(run, "order.redo") as floor:
        return send(run, floor, floor.decisions.redo(number, reason, due_at))


def _one_of(first: tuple[str, bool], second: tuple[str, bool]) -> None:
    """Check that exactly one of two options is given.

    Raises:
        UsageError: neither is, or both are.
    """
    if first[1] and second[1]:
        raise UsageError("error.not_both", one=first[0], other=second[0])
    if not first[1] and not second[1]:
        raise UsageError("error.one_of_two", one=first[0], other=second[0])
