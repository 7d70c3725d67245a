"""What becomes of a command after it is in the journal: sent, refused, or waiting for a better moment.

The process that syncs sends it; where none does, this one takes its place for a moment. Either way the journal has it
on disk before anything here begins.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

from floorctl.commands.items import Shapes
from floorctl.commands.output import Output
from floorctl.errors import Exit
from floorctl.i18n import t, term

if TYPE_CHECKING:
    from floorctl.commands.invocation import Invocation
    from floorctl.floor import Floor
    from floorctl.views import OutboxItem, Standing

#: Seconds that a command waits for its outcome.
PATIENCE = 5.0
_LOOK_AGAIN = 0.05
_ON_ITS_WAY = ("waiting", "sending")
_PARKED = ("refused", "conflict")


def send(run: Invocation, floor: Floor, items: Sequence[OutboxItem]) -> Exit:
    """Send ``items``, wait briefly for what becomes of them, and answer with it.

    Returns:
        DONE where all are applied, REFUSED where one is refused or conflicts, NOT_SENT where one still waits.
    """
    settled = _wait(floor, [item.id for item in items]) if items else []
    shapes = Shapes(floor.config.zone, reveal=run.general.reveal)
    if run.output.json:
        run.output.document(shapes.listing(floor, [shapes.command(item) for item in settled], len(settled)))
    else:
        for item in settled:
            run.output.answer(_sentence(floor, item))
    for item in settled:
        if item.state in _PARKED:
            _say_why(run.output, shapes, item)
    if any(item.state in _PARKED for item in settled):
        return Exit.REFUSED
    if any(item.state in _ON_ITS_WAY for item in settled):
        run.output.note(t(_why_waiting(floor.standing())))
        return Exit.NOT_SENT
    return Exit.DONE


def _wait(floor: Floor, ids: Sequence[str]) -> list[OutboxItem]:
    news = Event()
    end = floor.subscribe(lambda _event: news.set())
    deadline = time.monotonic() + PATIENCE
    try:
        floor.start()
        while True:
            news.clear()
            items = [floor.outbox_item(each) for each in ids]
            left = deadline - time.monotonic()
            if left <= 0 or all(item.state not in _ON_ITS_WAY for item in items) or _hopeless(floor.standing(), items):
                return items
            # The answer to a command need not change an entity, so the journal is looked at now and then as well.
            news.wait(min(left, _LOOK_AGAIN))
    finally:
        end()


def _hopeless(standing: Standing, items: Sequence[OutboxItem]) -> bool:
    """True once it is known that nothing is sent before a person, or the network, does something."""
    if standing.mode == "signed_out":
        return True
    return standing.mode == "offline" and standing.problem is not None and any(item.attempts for item in items)


def _sentence(floor: Floor, item: OutboxItem) -> str:
    key = "waiting" if item.state in _ON_ITS_WAY else item.state
    return t(f"cli.sent.{key}", command=term("command", item.kind), target=_target(floor, item), id=item.id)


def _target(floor: Floor, item: OutboxItem) -> str:
    if item.target.kind == "order":
        return floor.order(item.target.id).order.number
    if item.target.kind == "seat":
        seats = {view.id: view.seat.number for view in floor.seats()}
        return seats.get(item.target.id, item.target.id)
    return item.target.id


def _say_why(output: Output, shapes: Shapes, item: OutboxItem) -> None:
    key = "cli.sent.conflict_why" if item.state == "conflict" else "cli.sent.refused_why"
    output.warn(t(key, command=term("command", item.kind), why=reason(shapes, item), id=item.id))


def reason(shapes: Shapes, item: OutboxItem) -> str:
    """Why the platform would not take a command: its title, detail and the fields that it names."""
    problem = item.problem
    if problem is None:
        return ""
    parts = [problem.title, problem.detail or "", *(f"{each.field}: {each.message}" for each in problem.errors)]
    return t("cli.list_semicolon").join(shapes.text(part, "problem") for part in parts if part)


def _why_waiting(standing: Standing) -> str:
    if standing.mode == "signed_out":
        return "cli.sent.signed_out"
    return "cli.sent.kept"
