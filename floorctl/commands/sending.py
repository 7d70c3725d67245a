"""What becomes of a command after it is in the journal: sent, refused, or waiting for a better moment.

The process that syncs sends it; where none does, this one takes its place for a moment. Either way the journal has it
on disk before anything here begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from floorctl.commands.items import Shapes
from floorctl.commands.output import Output
from floorctl.errors import Exit, FloorctlError, NotAllowedError
from floorctl.i18n import t, term
from floorctl.sentences import field_reasons

if TYPE_CHECKING:
    from floorctl.commands.invocation import Invocation
    from floorctl.floor import Floor
    from floorctl.views import OutboxItem

#: Seconds that a command waits for its outcome.
PATIENCE = 5.0
#: Commands that build on a version which changes with every call, or with another act of this terminal: on a cache of a
#: minute ago they would only conflict.
_ON_THE_NEWEST = ("seat.skills", "shift.assign")
_ON_ITS_WAY = ("waiting", "sending")
_PARKED = ("refused", "conflict")


@contextmanager
def acting(run: Invocation, kind: str) -> Iterator[Floor]:
    """The floor, for someone who may do commands of ``kind``; closed at the end. What is done in it is one act.

    Raises:
        NotAllowedError: nobody is signed in, or their roles don't allow it.
    """
    with closing(run.floor()) as floor:
        if floor.person is None:
            raise NotAllowedError("error.not_signed_in")
        if not floor.may(kind):
            raise NotAllowedError("error.role_may_not", command=kind)
        if kind not in _ON_THE_NEWEST or floor.standing().mode == "live":
            with floor.as_one():
                yield floor
            return
        from floorctl.commands.syncing import refresh

        refresh(floor, PATIENCE)
    with closing(run.floor()) as floor, floor.as_one():
        yield floor


def send(run: Invocation, floor: Floor, items: Sequence[OutboxItem]) -> Exit:
    """Send ``items``, wait briefly for what becomes of them, and answer with it.

    Returns:
        DONE where all are applied, REFUSED where one is refused or conflicts, NOT_SENT where one still waits.
    """
    held_up = _push(floor, [item.id for item in items]) if items else None
    settled = [floor.outbox_item(item.id) for item in items]
    shapes = Shapes(floor.config.zone)
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
        if held_up is not None:
            run.output.error(held_up)
        run.output.note(t("cli.sent.kept"))
        return Exit.NOT_SENT
    return Exit.DONE


def _push(floor: Floor, ids: Sequence[str]) -> FloorctlError | None:
    """Send; what kept it from being sent is returned, since the command itself is done once the journal has it."""
    from floorctl.commands.syncing import push

    try:
        push(floor, ids, PATIENCE)
    except FloorctlError as error:
        return error
    return None


def _sentence(floor: Floor, item: OutboxItem) -> str:
    key = "waiting" if item.state in _ON_ITS_WAY else item.state
    return t(f"cli.sent.{key}", command=term("command", item.kind), target=_target(floor, item), id=item.seq)


def _target(floor: Floor, item: OutboxItem) -> str:
    if item.target.kind == "handover":
        from floorctl.rules.handover_summary import shift_words

        shifts = {each: shift for shift, (each, *_) in floor.handovers().items()}
        if item.target.id in shifts:
            return shift_words(shifts[item.target.id])
    return floor.target(item)


def _say_why(output: Output, shapes: Shapes, item: OutboxItem) -> None:
    key = "cli.sent.conflict_why" if item.state == "conflict" else "cli.sent.refused_why"
    output.warn(t(key, command=term("command", item.kind), why=reason(shapes, item), id=item.seq))


def reason(shapes: Shapes, item: OutboxItem) -> str:
    """Why the platform would not take a command: its title, detail and the fields that it names."""
    problem = item.problem
    if problem is None:
        return ""
    parts = [problem.title, problem.detail or "", field_reasons(problem.errors)]
    return t("cli.list_semicolon").join(shapes.text(part, "problem") for part in parts if part)
