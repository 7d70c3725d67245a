"""What comes into a handover by itself and can't be left out: open ladders, orders that fall due, parked commands.

And what the shift took over itself and did not get done. Each is told in the words that the next shift reads.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

import msgspec

from floorctl.i18n import t, term
from floorctl.models.alerts import Alert
from floorctl.models.base import Ref
from floorctl.models.handover import HandoverItem
from floorctl.models.orders import Order
from floorctl.rules.privacy import mask_text
from floorctl.text.safe import cut

#: Items that came in by themselves have ids that begin so, those left undone by an earlier shift that; a person's own
#: is a UUID.
CAME, LEFT = "carried-", "left-"
#: More of a sort than these go into one item together: a list of hundreds is read by nobody.
MOST_OF_A_SORT = 20
#: Cells of a title (none is so long in earnest), and characters of an item that names many.
_TITLE, _LONGEST = 400, 6000
#: Why an item is there, in the order in which items are listed.
SORTS = ("note", "left", "ladder", "conflict", "order")
_BY_KIND = {"alert": "ladder", "order": "order"}


class Carried(msgspec.Struct, frozen=True):
    """Something to be carried over. ``why`` is one of ``SORTS``.

    ``named`` is how it is called among many, ``was`` the id that it had in the handover before.
    """

    id: str
    why: str
    text: str
    ref: Ref | None
    named: str = ""
    was: str = ""


def sort_of(item: HandoverItem) -> str:
    """Why an item that stands in a handover is there."""
    if item.id.startswith(LEFT):
        return "left"
    if item.id.startswith(CAME):
        return _BY_KIND.get(item.ref.kind if item.ref else "", "conflict")
    return "note"


def open_escalation(alert_id: str, alert: Alert, heading: str, zone: tzinfo) -> Carried:
    """An alert that is not closed and has an open step; ``heading`` is what its kind and its subject say.

    Not its own title: that was written when it was raised, in the language of whoever raised it.
    """
    step = alert.next_step
    due = "" if step is None else _moment(step.due_at, zone)
    words = "" if step is None else term("step", step.kind)
    title = _short(heading)
    text = t("handover.carried.ladder", title=title, step=words, due=due)
    return _came("ladder", Ref("alert", alert_id), text, title)


def due_order(order_id: str, order: Order, limit: datetime, department: str, zone: tzinfo) -> Carried:
    """An order whose department's limit falls into the next shift."""
    text = t(
        "handover.carried.order",
        number=order.number,
        title=_short(order.title),
        department=department,
        due=_moment(limit, zone),
    )
    return _came("order", Ref("order", order_id), text, order.number)


def due_dispatch(order_id: str, order: Order, limit: datetime, zone: tzinfo) -> Carried:
    """An order that has to be dispatched before the next shift is over."""
    text = t("handover.carried.dispatch", number=order.number, title=_short(order.title), due=_moment(limit, zone))
    return _came("order", Ref("order", order_id), text, order.number)


def parked(kind: str, target: Ref, name: str, state: str, by: str) -> Carried:
    """A command of this terminal that waits for a person's decision."""
    command, how = term("command", kind), term("outbox_state", state)
    text = t("handover.carried.conflict", command=command, target=name, state=how, by=by)
    return _came("conflict", target, text, f"{command} {name}")


def left(item: HandoverItem) -> Carried:
    """What this shift took over and did not get done."""
    return Carried(LEFT + item.id.removeprefix(LEFT), "left", item.text, item.ref, was=item.id)


def undone(items: Iterable[HandoverItem]) -> list[HandoverItem]:
    """Those of a taken handover that go on to the next.

    What came in by itself does not: it comes in again by itself if it still holds.
    """
    return [item for item in items if not item.done and not item.id.startswith(CAME)]


def grouped(found: Sequence[Carried]) -> list[Carried]:
    """``found``, of one sort; those beyond the first twenty in one item that names every one of them."""
    if len(found) <= MOST_OF_A_SORT + 1:
        return list(found)
    rest = found[MOST_OF_A_SORT:]
    why = rest[0].why
    names = t("handover.comma").join(each.named for each in rest)
    text = cut(t(f"handover.carried.more_{why}", n=len(rest), names=names), _LONGEST)
    return [*found[:MOST_OF_A_SORT], _came(why, None, text, "")]


def _came(why: str, ref: Ref | None, text: str, named: str) -> Carried:
    """The id is the same at every terminal that carries the same thing over in the same words."""
    said = "\n".join((why, ref.kind if ref else "", ref.id if ref else "", text))
    return Carried(CAME + hashlib.sha256(said.encode()).hexdigest()[:32], why, text, ref, named)


def _short(title: str) -> str:
    return cut(mask_text(title), _TITLE)


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%m-%d %H:%M}"
