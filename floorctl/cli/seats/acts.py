"""Acts on seats: ``skills``, ``seat-state``, ``listen``, ``pauses`` and ``message``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command
from floorctl.cli.sending import acting, send
from floorctl.cli.several import answer, do_each
from floorctl.cli.targets import Target, find_ids, find_targets, results
from floorctl.cli.words import chosen, one_of, span
from floorctl.errors import Exit, NotFoundError, UsageError, worst
from floorctl.floor.breaks import COMMAND, BreaksChanged, outcome, question, who
from floorctl.i18n import t, term
from floorctl.rules.staffing.breaks import AHEAD, DELAY, KINDS, Wanted
from floorctl.text import typed
from floorctl.text.times import between

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.rules.staffing.breaks import BreakPlan

app = application()

_FORCED_STATES = ("ready", "not_ready", "signed_out")
_LISTEN_MODES = ("listen", "whisper", "barge", "release")

_Seat = Annotated[str, typer.Argument(metavar="SEAT", help="cli.argument.seat")]
_Seats = Annotated[list[str], typer.Argument(metavar="SEAT", help="cli.argument.seats")]


@command(app, "skills")
def skills(
    run: Invocation,
    seat: Annotated[str | None, typer.Argument(metavar="[SEAT]", help="cli.argument.seat", show_default=False)] = None,
    queues: Annotated[
        list[str] | None, typer.Argument(metavar="[QUEUE]", help="cli.argument.queues", show_default=False)
    ] = None,
    restore_all: Annotated[bool, typer.Option("--restore-all", help="cli.option.restore_all")] = False,
) -> Exit:
    """技能调整 of one seat, or 技能恢复 of all."""
    if restore_all and seat is not None:
        raise UsageError("cli.restore_all_alone")
    if not restore_all and not (seat and queues):
        raise UsageError("cli.skills_need")
    with acting(run, "seat.skills") as floor:
        if restore_all:
            moved = floor.seats.moved()
            if not moved:
                run.output.note(t("cli.no_moved_seats"))
            return do_each(
                run, floor, [Target(name=each.seat.number, id=each.id) for each in moved], floor.seats.restore_skills
            )
        ids = find_ids(queues or (), partial(queue_id, floor))
        return send(run, floor, [floor.seats.set_skills(seat_id(floor, seat or ""), ids)])


@command(app, "seat-state")
def seat_state(
    run: Invocation,
    seat: _Seat,
    state: Annotated[str, typer.Argument(metavar="STATE", help="cli.argument.forced_state")],
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="cli.option.reason")] = None,
) -> Exit:
    """强制示闲, 示忙 or 签出."""
    forced = one_of(state, "seat_state", _FORCED_STATES, "STATE")
    with acting(run, "seat.state") as floor:
        return send(run, floor, [floor.seats.set_state(seat_id(floor, seat), forced, reason)])


@command(app, "listen")
def listen(
    run: Invocation,
    seat: _Seat,
    mode: Annotated[str, typer.Argument(metavar="MODE", help="cli.argument.listen_mode")] = "listen",
) -> Exit:
    """监听, 密语, 插话 or 强拆."""
    wanted = one_of(mode, "listen_mode", _LISTEN_MODES, "MODE")
    with acting(run, "seat.listen") as floor:
        return send(run, floor, [floor.seats.listen(seat_id(floor, seat), wanted)])


@command(app, "pauses")
def pauses(
    run: Invocation,
    seats: Annotated[list[str] | None, typer.Argument(metavar="SEAT", help="cli.argument.seats")] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="TEAM", help="cli.option.breaks_team")] = None,
    within: Annotated[str | None, typer.Option("--within", metavar="TIME", help="cli.option.breaks_within")] = None,
    rest_of_shift: Annotated[bool, typer.Option("--rest-of-shift", help="cli.option.rest_of_shift")] = False,
    kind: Annotated[list[str] | None, typer.Option("--kind", metavar="KIND", help="cli.option.breaks_kind")] = None,
    postpone: Annotated[str | None, typer.Option("--postpone", metavar="TIME", help="cli.option.postpone")] = None,
    restore: Annotated[bool, typer.Option("--restore", help="cli.option.restore")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="cli.option.dry_run")] = False,
) -> Exit:
    """停休: cancel, postpone or restore planned breaks that have not begun."""
    if bool(seats) == bool(team):
        raise UsageError("error.seats_or_team")
    if (postpone and restore) or (within and rest_of_shift):
        pair = ("--postpone", "--restore") if postpone and restore else ("--within", "--rest-of-shift")
        raise UsageError("error.not_both", one=pair[0], other=pair[1])
    wanted = Wanted(
        change="restore" if restore else "postpone" if postpone else "cancel",
        kinds=chosen(kind, "seat_state", KINDS, "--kind") or ("break",),
        ahead=None if rest_of_shift else span(within, "--within") if within else AHEAD,
        delay=span(postpone, "--postpone") if postpone else DELAY,
    )
    with acting(run, COMMAND[wanted.change]) as floor:
        targets = _seats_of_team(floor, team) if team else find_targets(seats or (), partial(seat_id, floor))
        known = [each for each in targets if each.error is None]
        if not known:
            return answer(run, floor, targets, ())
        seats_words = who(team, len(known)) if team else t("breaks.seats", n=len(known))
        plan = floor.breaks.plan([each.id for each in known], wanted)
        if dry_run:
            _print_plan(run, floor, plan, seats_words, targets)
            return worst([Exit.DONE, *_missing(run, targets)])
        changed = floor.breaks.change(plan) if plan.breaks else BreaksChanged(items=(), dropped=())
        if not run.output.json:
            run.output.answer(outcome(plan, seats_words, changed) if plan.breaks else question(plan, seats_words))
        return _answer_breaks(run, floor, targets, plan, changed)


def _seats_of_team(floor: Floor, team: str) -> list[Target]:
    numbers = {view.id: view.seat.number for view in floor.seats.all()}
    return [Target(name=numbers[each], id=each) for each in floor.breaks.team_seats(team)]


def _answer_breaks(
    run: Invocation, floor: Floor, targets: Sequence[Target], plan: BreakPlan, changed: BreaksChanged
) -> Exit:
    """Print the outcome of each seat's breaks."""
    seats = {each.shift_id: each.seat_id for each in plan.breaks}
    by_id = {each.id: each for each in targets}
    for item in changed.items:
        by_id[seats.get(item.target.id, item.target.id)].made.append(item.id)
    for command_id in changed.dropped:
        dropped = floor.outbox.item(command_id)
        by_id[seats.get(dropped.target.id, dropped.target.id)].outcome = "dropped"
    for seat, why in changed.stays:
        by_id[seat].outcome, by_id[seat].why = "refused", why
    planned = {each.seat_id for each in plan.breaks}
    for each in targets:
        if each.error is None and each.id not in planned:
            each.outcome = "nothing"
    reported = targets if planned or run.output.json else [each for each in targets if each.error is not None]
    code = answer(run, floor, reported, changed.items)
    return worst([code, Exit.REFUSED if changed.stays else Exit.DONE])


def _missing(run: Invocation, targets: Sequence[Target]) -> Iterator[Exit]:
    """Warn about seats that do not exist; yield the exit code of each."""
    for each in targets:
        if each.error is not None:
            run.output.warn(t("cli.error", sentence=each.reason()))
            yield each.error.exit_code


def _print_plan(run: Invocation, floor: Floor, plan: BreakPlan, seats_words: str, targets: Sequence[Target]) -> None:
    """Print the plan, and in JSON the outcome that each seat would have."""
    zone = floor.config.zone
    if run.output.json:
        shapes = Shapes(zone)
        items = [
            {
                "seat_id": each.seat_id, "name": each.name, "shift_id": each.shift_id, "pause": each.index,
                **shapes.plain(each.pause),
            }
            for each in plan.breaks
        ]  # fmt: skip
        planned = {each.seat_id for each in plan.breaks}
        for seat in targets:
            seat.outcome = "planned" if seat.id in planned else "nothing"
        more = {"people": plan.people, "results": results(targets, (), shapes)}
        run.output.document(shapes.listing(floor, items, len(items)) | more)
        return
    run.output.answer(question(plan, seats_words))
    for each in plan.breaks:
        times = between(each.pause.starts_at, each.pause.ends_at, floor.now())
        run.output.answer(f"{times}  {term('seat_state', each.pause.kind)}  {each.name}")


@command(app, "message")
def message(
    run: Invocation,
    seats: _Seats,
    text: Annotated[str, typer.Option("--text", metavar="TEXT", help="cli.option.text")],
) -> Exit:
    """Show a text on agents' screens."""
    with acting(run, "floor.message") as floor:
        targets = find_targets(seats, partial(seat_id, floor))
        known = [each for each in targets if each.error is None]
        if not known:
            return answer(run, floor, targets, ())
        item = floor.seats.message([each.id for each in known], text)
        for each in known:
            each.made.append(item.id)
        return answer(run, floor, targets, [item])


def seat_id(floor: Floor, number_or_id: str) -> str:
    """Return the id of the seat with this id or number.

    Raises:
        NotFoundError: there is none, or several zones have one with this number.
    """
    seats = floor.seats.all()
    for view in seats:
        if typed.same(number_or_id, view.id):
            return view.id
    wanted = typed.compact(number_or_id)
    found = [view.id for view in seats if typed.compact(view.seat.number) in (wanted, wanted.zfill(2))]
    if len(found) > 1:
        raise NotFoundError("error.several_seats", number=number_or_id, ids=t("cli.list_comma").join(found))
    if not found:
        raise NotFoundError("error.no_such_seat", id=number_or_id)
    return found[0]


def queue_id(floor: Floor, wanted: str) -> str:
    """Return the id of the queue with this id or name, or of the only one of this line.

    Raises:
        NotFoundError: there is none.
    """
    queues = floor.queues.all()
    for view in queues:
        if typed.same(wanted, view.id) or typed.same(wanted, view.queue.name):
            return view.id
    found = [view.id for view in queues if view.queue.line == wanted]
    if len(found) != 1:
        raise NotFoundError("error.no_such_queue", id=wanted)
    return found[0]
