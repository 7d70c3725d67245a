"""``handover``: the shift's summary, its items, and the two signatures."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli.age import say_age
from floorctl.cli.invocation import Invocation
from floorctl.cli.login import ask, password_asked
from floorctl.cli.parser import application, command, family
from floorctl.cli.sending import acting, send
from floorctl.cli.words import day_of, one_of
from floorctl.errors import Exit, NotAllowedError, UsageError
from floorctl.i18n import t
from floorctl.models.base import Ref
from floorctl.rules.handover.shifts import NEXT_SHIFT, ShiftOf

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OutboxItem

app = application()
handover = family(app, "handover", default="show")

_FORMATS = ("text", "md", "json", "html")

_Shift = Annotated[str | None, typer.Option("--shift", metavar="SHIFT", help="cli.option.handover_shift")]
_Day = Annotated[str | None, typer.Option("--day", metavar="DATE", help="cli.option.handover_day")]
_Number = Annotated[str | None, typer.Option("--employee-no", metavar="NO", help="cli.option.second_employee_no")]
_Stdin = Annotated[bool, typer.Option("--password-stdin", help="cli.option.password_stdin")]


@command(handover, "show", key="handover.show")
def show(
    run: Invocation,
    shift: _Shift = None,
    day: _Day = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="cli.option.handover_format")] = "text",
) -> Exit | None:
    """The shift's summary, as signed or as it would be signed now."""
    wanted = one_of(form, "format", _FORMATS, "--format")
    with closing(run.floor()) as floor:
        from floorctl.cli.handover import pages

        view = floor.handovers.get(_shift_of(floor, shift, day))
        figures = floor.handovers.figures(view.shift)
        if run.output.json or wanted == "json":
            run.output.document(pages.document(floor, view, figures))
        else:
            page = pages.Page.of(floor, view, floor.handovers.summary(figures) if view.summary is None else [])
            writers = {"text": pages.text, "md": pages.markdown, "html": pages.html}
            say = {"text": run.output.answer, "md": run.output.file, "html": run.output.page}
            say[wanted](writers[wanted](page))
        say_age(run.output, floor)
        _say_unsigned(run, floor, view.shift)
    return None


@command(handover, "note", key="handover.note")
def note(
    run: Invocation,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="cli.argument.handover_text")],
    order: Annotated[str | None, typer.Option("--order", metavar="NUMBER", help="cli.option.handover_order")] = None,
    shift: _Shift = None,
    day: _Day = None,
) -> Exit:
    """Add a note for the next shift."""
    with acting(run, "handover.note") as floor:
        ref = Ref("order", floor.orders.id_of(order)) if order is not None else None
        meant = _shift_of(floor, shift, day) or floor.handovers.shift_meant()
        item = floor.handovers.note(text, ref, meant)
        into = floor.handovers.written_into(item)
        if into != meant:
            run.output.note(_in_words("cli.handover.noted_later", shift=meant, into=into))
        return send(run, floor, [item])


@command(handover, "done", key="handover.done")
def done(
    run: Invocation,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="cli.argument.handover_item")],
    undo: Annotated[bool, typer.Option("--undo", help="cli.option.handover_undo")] = False,
    shift: _Shift = None,
    day: _Day = None,
) -> Exit:
    """Tick an item off, or undo that."""
    with acting(run, "handover.item") as floor:
        found = floor.handovers.item(item, floor.handovers.get(_shift_of(floor, shift, day)))
        return send(run, floor, [floor.handovers.tick(found, done=not undo)])


@command(handover, "give", key="handover.give")
def give(
    run: Invocation,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.early_reason")] = "",
    shift: _Shift = None,
    day: _Day = None,
) -> Exit:
    """交班: sign for the outgoing shift."""
    with acting(run, "handover.give") as floor:
        *carried, signature = floor.signing.give(_shift_of(floor, shift, day), reason)
        if carried:
            run.output.note(t("cli.handover.carried", n=len(carried)))
        return _sent(run, floor, signature)


@command(handover, "withdraw", key="handover.withdraw")
def withdraw(
    run: Invocation,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.withdraw_reason")],
    shift: _Shift = None,
    day: _Day = None,
) -> Exit | None:
    """Take one's signature back before the handover is taken."""
    with acting(run, "handover.give") as floor:
        wanted = _shift_of(floor, shift, day) or floor.signing.given_by_me()
        note = floor.signing.withdraw(wanted, reason)
        if note is not None:
            run.output.warn(_in_words("cli.handover.withdrawal_noted", into=floor.handovers.written_into(note)))
            return send(run, floor, [note])
        run.output.answer(t("cli.handover.withdrawn"))
    return None


@command(handover, "take", key="handover.take")
def take(
    run: Invocation,
    employee_no: _Number = None,
    password_stdin: _Stdin = False,
    shift: _Shift = None,
    day: _Day = None,
) -> Exit:
    """接班: sign for the incoming shift; with number and password, as a second person besides the one signed in."""
    if employee_no is None:
        if password_stdin:
            raise UsageError("error.password_without_number")
        with acting(run, "handover.take") as floor:
            return _sent(run, floor, floor.signing.take(_shift_of(floor, shift, day)))
    with closing(run.floor()) as floor:
        _need_somebody(floor)
        password = password_asked(from_stdin=password_stdin)
        return _sent(run, floor, floor.signing.take_as(employee_no, password, _shift_of(floor, shift, day)))


@command(handover, "sign", key="handover.sign")
def sign(run: Invocation, employee_no: _Number = None, password_stdin: _Stdin = False) -> Exit:
    """Sign in to send a signature that was given during an outage."""
    with closing(run.floor()) as floor:
        _need_somebody(floor)
        number = employee_no or ask(t("cli.login.employee_no"), "--employee-no")
        return send(run, floor, floor.signing.sign_in_for_signatures(number, password_asked(from_stdin=password_stdin)))


def _in_words(key: str, **shifts: ShiftOf) -> str:
    from floorctl.floor.handover.summary import shift_words

    return t(key, **{name: shift_words(each) for name, each in shifts.items()})


def _need_somebody(floor: Floor) -> None:
    if floor.session.person is None:
        raise NotAllowedError("error.not_signed_in")


def _sent(run: Invocation, floor: Floor, signature: OutboxItem) -> Exit:
    code = send(run, floor, [signature])
    if code is Exit.NOT_SENT and (names := floor.handovers.signatures_await(signature.target.id)):
        run.output.warn(t("cli.handover.awaits", names=t("cli.list_comma").join(names)))
    return code


def _shift_of(floor: Floor, shift: str | None, day: str | None) -> ShiftOf | None:
    """The shift that the options name; None where they are not given.

    Raises:
        UsageError: it is not a shift, or not a day.
    """
    if shift is None and day is None:
        return None
    at = floor.handovers.shift_meant()
    name = at.name if shift is None else one_of(shift, "shift", tuple(NEXT_SHIFT), "--shift")
    if day is None:
        return ShiftOf(at.day, name)
    return ShiftOf(day_of(day, "--day"), name)


def _say_unsigned(run: Invocation, floor: Floor, shown: ShiftOf) -> None:
    from floorctl.floor.handover.summary import shift_words

    missing = [shift_words(each) for each in floor.handovers.unsigned() if each != shown]
    if missing:
        run.output.note(t("cli.handover.unsigned", shifts=t("cli.list_comma").join(missing)))
