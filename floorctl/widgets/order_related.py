"""What belongs to an order, as lines of its detail: its repetitions, what it repeats, and the caller's other orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.text.safe import visible
from floorctl.text.times import local_time
from floorctl.widgets import looks
from floorctl.widgets.order_list import MARK
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import heading, labelled

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView

#: Most orders of one sort that are listed; of more the number is said.
_LISTED = 6


@dataclass(frozen=True)
class Related:
    """Orders that belong to the order ``order_id``."""

    order_id: str
    repetitions: tuple["OrderView", ...] = ()
    of_caller: tuple["OrderView", ...] = ()


def read_related(floor: "Floor", order_id: str) -> Related:
    """Read what belongs to an order. Reads the disk, and takes longer than the order itself."""
    reads = floor.repetitions
    return Related(order_id, tuple(reads.children(order_id)), tuple(reads.of_caller(order_id)))


def summary(view: "OrderView", now: datetime) -> str:
    """Return the day of receipt and the state of an order, for a line that names it."""
    return f"{local_time(view.order.received_at, now):%m-%d} {visible(term('order_state', view.leading.order.state))}"


def parent_lines(view: "OrderView", width: int) -> list[Line]:
    """Return the line that names the order that this one repeats; none where it repeats no other."""
    if view.order.parent_id is None:
        return []
    parent = view.parent
    words = t("orders.related.parent_gone")
    if parent is not None:
        words = f"{parent.order.number}  {term('order_state', parent.order.state)}  {parent.order.title}"
    return labelled(f"{MARK} {t('orders.related.parent')}", words, width, style=looks.SKY)


def related_lines(related: Related, now: datetime, width: int) -> list[Line]:
    """Return the section of what belongs to an order; no lines where nothing does."""
    lines: list[Line] = []
    repetitions = {view.id for view in related.repetitions}
    others = [view for view in related.of_caller if view.id not in repetitions]
    for key, views in (("repetitions", related.repetitions), ("of_caller", others)):
        lines += _listed(t(f"orders.related.{key}"), views, now, width)
    return [heading(t("orders.section.related"), width), *lines] if lines else []


def _listed(label: str, views: Sequence["OrderView"], now: datetime, width: int) -> list[Line]:
    lines: list[Line] = []
    for at, view in enumerate(views[:_LISTED]):
        order = view.order
        mark = f"{MARK} " if order.parent_id is not None else ""
        state = term("order_state", view.leading.order.state)
        words = f"{order.number}  {mark}{state}  {local_time(order.received_at, now):%m-%d}  {order.title}"
        lines += labelled("" if at else label, words, width)
    if len(views) > _LISTED:
        lines.append([seg(" " * 10 + t("orders.related.more", n=len(views) - _LISTED), looks.QUIET)])
    return lines
