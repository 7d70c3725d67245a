"""``orders --twins NUMBER``: the orders that are likely to be about the same matter as one order."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from floorctl.cli.age import say_age
from floorctl.cli.listing import shapes_for
from floorctl.cli.rows import columns
from floorctl.cli.words import moment
from floorctl.i18n import t, term
from floorctl.text.likeness_text import likeness_reasons
from floorctl.text.numbers import json_rate, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorctl.cli.documents import Shapes
    from floorctl.cli.invocation import Invocation
    from floorctl.cli.output import Cell
    from floorctl.floor.floor import Floor
    from floorctl.floor.likely import Likely

#: More than a person compares; the reading examines a bounded number of orders in any case.
_MOST = 100


def show_twins(run: Invocation, floor: Floor, number: str, limit: int) -> None:
    """Print the likely repetitions of an order, the likeliest first, with score and reasons."""
    found = floor.repetitions.likely(floor.orders.id_of(number), limit=limit or _MOST)
    shapes = shapes_for(run, floor, "order", ids=[each.order.id for each in found])
    if run.output.json:
        run.output.document(shapes.listing(floor, [_document(shapes, each) for each in found], len(found)))
    elif found:
        heads = (("number", "keep"), ("likeness", "right keep"), ("state", "keep"), ("received", "right keep 3"))
        table = columns(*heads, ("title", ""), ("reasons", ""))
        run.output.table(table, [_row(floor, shapes, each) for each in found])
    else:
        run.output.note(t("cli.nothing_found"))
    say_age(run.output, floor)


def _document(shapes: Shapes, likely: Likely) -> dict[str, Any]:
    reasons = [{"code": each.code, "words": list(each.words), "days": each.days} for each in likely.reasons]
    return shapes.order(likely.order) | {"score": json_rate(Fraction(likely.score)), "reasons": reasons}


def _row(floor: Floor, shapes: Shapes, likely: Likely) -> Sequence[str | Cell]:
    order = shapes.seen(likely.order)
    return [
        order.number,
        percent(likely.score),
        term("order_state", order.state),
        moment(order.received_at, floor.now()),
        order.title,
        likeness_reasons(likely.reasons),
    ]
