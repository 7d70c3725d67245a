"""Sends the commands that an invocation wrote to the journal, and prints their outcome.

The process that syncs sends them; if there is none, this process syncs for a few seconds. In both cases the journal
has the commands on disk before anything here begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from floorctl.cli.documents import Shapes
from floorctl.cli.output import Output
from floorctl.cli.targets import reason, results
from floorctl.errors import Exit, FloorctlError, NotAllowedError, worst
from floorctl.i18n import t, term
from floorctl.models.command import ON_ITS_WAY, PARKED
from floorctl.rules.commands import registry

if TYPE_CHECKING:
    from floorctl.cli.invocation import Invocation
    from floorctl.cli.targets import Target
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import CommandView, OutboxItem

#: Seconds that a command waits for its outcome.
PATIENCE = 5.0


@contextmanager
def acting(run: Invocation, kind: str) -> Iterator[Floor]:
    """Open the floor for a person who may do commands of ``kind``, and close it at the end; everything done is one act.

    On an exception, the commands already in the journal and not reported yet are reported; they are sent first, except
    on Ctrl-C and signals.

    Raises:
        NotAllowedError: nobody is signed in, their roles don't allow it, or the platform does not know the kind.
    """
    with closing(run.floor()) as floor:
        if floor.session.person is None:
            raise NotAllowedError("error.not_signed_in")
        if not floor.desk.may(kind):
            known = floor.desk.can(kind)
            raise NotAllowedError("error.role_may_not" if known else "error.platform_cannot", command=kind)
        declared = registry.find(kind)
        if declared is None or not declared.volatile or floor.status.connection().mode == "live":
            with _reporting_all(run, floor):
                yield floor
            return
        from floorctl.cli.syncing import refresh

        refresh(floor, PATIENCE)
    with closing(run.floor()) as floor, _reporting_all(run, floor):
        yield floor


@contextmanager
def _reporting_all(run: Invocation, floor: Floor) -> Iterator[None]:
    with floor.desk.as_one() as made:
        try:
            yield
        except BaseException as error:
            unreported = [each for each in made if each not in run.reported]
            if unreported and not (run.output.json and run.reported):  # JSON output must be one document
                if isinstance(error, Exception):
                    _push(floor, unreported)
                report(run, floor, [floor.outbox.item(each) for each in unreported])
            raise


def send(run: Invocation, floor: Floor, items: Sequence[OutboxItem], targets: Sequence[Target] | None = None) -> Exit:
    """Send ``items``, wait a few seconds for the outcome, and print it.

    ``targets``: the things named on the command line, whose outcomes are printed.

    Returns:
        DONE where all are applied, REFUSED where one is refused or conflicts, NOT_SENT where one still waits.
    """
    hindrance = None
    if items:
        try:
            hindrance = _push(floor, [item.id for item in items])
        except BaseException:  # report them: they are in the journal
            report(run, floor, [floor.outbox.item(item.id) for item in items], targets)
            raise
    settled = [floor.outbox.item(item.id) for item in items]
    report(run, floor, settled, targets)
    code = worst(exit_code_of(item) for item in settled)
    if any(item.state in ON_ITS_WAY for item in settled):
        if hindrance is not None:
            run.output.error(hindrance)
        run.output.note(t("cli.sent.kept"))
    return code


def exit_code_of(item: OutboxItem) -> Exit:
    """The exit code for a command's state."""
    if item.state in PARKED:
        return Exit.REFUSED
    return Exit.NOT_SENT if item.state in ON_ITS_WAY else Exit.DONE


def report(
    run: Invocation, floor: Floor, settled: Sequence[CommandView], targets: Sequence[Target] | None = None
) -> None:
    """Print the states of these commands, and the reasons of those that were not done.

    ``targets``: the things named on the command line, whose outcomes are printed in their order.
    """
    run.reported.update(item.id for item in settled)
    output, shapes = run.output, Shapes(floor.config.zone)
    # If there is only one target and nothing was done, the command itself ends with the error.
    undone = [each for each in targets or () if each.made_nothing and len(targets or ()) > 1]
    if output.json:
        document = shapes.listing(floor, [shapes.command(item) for item in settled], len(settled))
        if targets is not None:
            document["results"] = results(targets, settled, shapes)
        output.document(document)
    else:
        for line in _lines(floor, settled, targets or (), undone):
            output.answer(line)
    for item in settled:
        if item.state in PARKED:
            _warn_of_reason(output, shapes, item)
    for each in undone:
        if why := each.reason():
            sentence = why if each.name in why else t("cli.several.why", target=each.name, why=why)
            output.warn(t("cli.error", sentence=sentence) if each.error else sentence)


def _lines(
    floor: Floor, settled: Sequence[OutboxItem], targets: Sequence[Target], undone: Sequence[Target]
) -> Iterator[str]:
    remaining = {item.id: item for item in settled}
    for each in targets:
        if each in undone:
            yield each.line()
        for made in each.made:
            if (item := remaining.pop(made, None)) is not None:  # one command may have several targets
                names = [other.name for other in targets if made in other.made]
                yield _sentence(floor, item, t("cli.list_comma").join(names) if len(names) > 1 else "")
    for item in remaining.values():
        yield _sentence(floor, item)


def _push(floor: Floor, ids: Sequence[str]) -> FloorctlError | None:
    """Send the commands; return the error that prevented it. They are done all the same, being in the journal."""
    from floorctl.cli.syncing import push

    try:
        push(floor, ids, PATIENCE)
    except FloorctlError as error:
        return error
    return None


def _sentence(floor: Floor, item: OutboxItem, names: str = "") -> str:
    key = "waiting" if item.state in ON_ITS_WAY else item.state
    return t(
        f"cli.sent.{key}", command=term("command", item.kind), target=names or target_name(floor, item), id=item.seq
    )


def target_name(floor: Floor, item: OutboxItem) -> str:
    """The name of a command's target; for a handover its shift."""
    if item.target.kind == "handover":
        from floorctl.floor.handover.summary import shift_words

        shifts = {held.id: shift for shift, held in floor.handovers.all().items()}
        if item.target.id in shifts:
            return shift_words(shifts[item.target.id])
    return floor.names.target(item)


def _warn_of_reason(output: Output, shapes: Shapes, item: CommandView) -> None:
    key = "cli.sent.conflict_why" if item.state == "conflict" else "cli.sent.refused_why"
    output.warn(t(key, command=term("command", item.kind), why=reason(shapes, item), id=item.seq))
