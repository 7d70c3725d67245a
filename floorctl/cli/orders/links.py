"""并单: ``order NUMBER link`` and ``unlink``, and acts on a repetition that are done on its main order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli.invocation import Invocation
from floorctl.cli.sending import acting
from floorctl.cli.several import answer
from floorctl.cli.targets import Target, find_targets
from floorctl.errors import Exit, FloorctlError
from floorctl.i18n import t
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OutboxItem

_Numbers = Annotated[str, typer.Argument(metavar="NUMBER", help="cli.argument.numbers_listed")]
_Main = Annotated[str, typer.Argument(metavar="MAIN", help="cli.argument.main_order")]


def link(run: Invocation, number: _Numbers, main: _Main) -> Exit:
    """并单: link one order or several to the one that they repeat."""
    with acting(run, "order.link") as floor:
        main_id = floor.orders.id_of(main)
        if (leads := floor.orders.leading_id(main_id)) != main_id:
            run.output.note(t("cli.order.main_is_repeat", number=main, main=floor.names.of("order", leads)))
        targets = find_targets(typed.parts([number]), floor.orders.id_of)
        return _each(run, floor, targets, lambda each: floor.repetitions.link(each, main_id))


def unlink(run: Invocation, number: _Numbers) -> Exit:
    """取消并单: let one order or several stand for themselves again."""
    with acting(run, "order.unlink") as floor:
        targets = find_targets(typed.parts([number]), floor.orders.id_of)
        return _each(run, floor, targets, lambda each: [floor.repetitions.unlink(each)])


def _each(run: Invocation, floor: Floor, targets: Sequence[Target], act: Callable[[str], list[OutboxItem]]) -> Exit:
    """Do ``act``, which may make several commands, to each of ``targets``; send them and print what came of each."""
    made: list[OutboxItem] = []
    for each in targets:
        if each.error is not None:
            continue
        try:
            items = act(each.id)
        except FloorctlError as error:
            each.error = error
        else:
            each.made += [item.id for item in items]
            made += items
    return answer(run, floor, targets, made)


def leading(run: Invocation, floor: Floor) -> Callable[[str], str]:
    """Return a function from an order's number to the id of the order that acts on it are done on.

    It says so, on standard error, where that is another one.
    """

    def find(number: str) -> str:
        order_id, leads = floor.orders.id_of(number), floor.orders.leading_id(number)
        if leads != order_id:
            run.output.note(t("cli.order.on_main", number=number, main=floor.names.of("order", leads)))
        return leads

    return find
