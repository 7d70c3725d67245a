"""What belongs to an order, as lines of its detail: its repetitions, what it repeats, and the caller's other orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.text.likeness_text import likeness_reasons
from floorctl.text.numbers import percent
from floorctl.text.safe import visible
from floorctl.text.times import local_time
from floorctl.widgets import looks
from floorctl.widgets.order_list import MARK
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import heading, labelled, paragraph

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.likely import Likely
    from floorctl.floor.views import OrderView

#: Most orders of one sort that are listed; of more the number is said.
_LISTED = 6


@dataclass(frozen=True)
class Related:
    """Orders that belong to the order ``order_id``."""

    order_id: str
    repetitions: tuple["OrderView", ...] = ()
    of_caller: tuple["OrderView", ...] = ()
    likely: tuple["Likely", ...] = ()

    @property
    def unlinked(self) -> tuple["Likely", ...]:
        """Those that are likely by more than their caller, and not linked to this order yet."""
        from floorctl.rules.orders.twins import THRESHOLD  # its words take milliseconds, which the first picture saves

        linked = {view.id for view in self.repetitions}
        return tuple(each for each in self.likely if each.score >= THRESHOLD and each.order.id not in linked)

    @property
    def others(self) -> tuple["OrderView", ...]:
        """The caller's orders that are neither linked to this one nor among ``unlinked``."""
        named = {view.id for view in self.repetitions} | {each.order.id for each in self.unlinked}
        return tuple(view for view in self.of_caller if view.id not in named)


def read_related(floor: "Floor", order_id: str) -> Related:
    """Read what belongs to an order; nothing where it is gone. Reads the disk, longer than the order itself takes."""
    reads = floor.repetitions
    try:
        linked, others, likely = reads.children(order_id), reads.of_caller(order_id), reads.likely(order_id)
    except FloorctlError:
        return Related(order_id)
    return Related(order_id, tuple(linked), tuple(others), tuple(likely))


def summary(view: "OrderView", now: datetime) -> str:
    """Return the day of receipt and the state of an order, for a line that names it."""
    mark = "" if view.order.parent_id is None else f"{MARK} "
    state = visible(term("order_state", view.leading.order.state))
    return f"{mark}{local_time(view.order.received_at, now):%m-%d} {state}"


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
    lines = _listed(t("orders.related.repetitions"), related.repetitions, now, width)
    for at, each in enumerate(related.unlinked):
        lines += _listed("" if at else t("orders.related.likely"), [each.order], now, width)
        lines += paragraph(likely_words(each), width, looks.QUIET, indent=" " * 10)
    lines += _listed(t("orders.related.of_caller"), related.others, now, width)
    return [heading(t("orders.section.related"), width), *lines] if lines else []


def likely_words(likely: "Likely") -> str:
    """Return score and reasons of a likely repetition."""
    return f"{percent(likely.score, 0)}  {likeness_reasons(likely.reasons)}"


def hint_lines(related: Related, width: int) -> list[Line]:
    """Return the line that says how many likely repetitions there are to link; none where there are none."""
    n = len(related.unlinked)
    return paragraph(f"▲ {t('orders.related.hint', n=n)}", width, looks.AMBER) if n else []


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
