"""The items that enter a handover automatically and can't be left out: alerts with open steps, orders that fall due,
parked commands; and items that the shift took over and did not finish. Their texts are those of the next shift.
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

#: Prefixes of item ids: of automatic items, and of items that an earlier shift left undone; a person's own item has a
#: UUID.
CAME, LEFT = "carried-", "left-"
#: Items of one sort beyond this number are joined into one item.
MOST_OF_A_SORT = 20
#: The most cells of a title (longer than any real one), and the most characters of an item that lists many.
_TITLE, _LONGEST = 400, 6000
#: The reasons for an item, in the order in which items are listed.
SORTS = ("note", "left", "ladder", "conflict", "order")
_BY_KIND = {"alert": "ladder", "order": "order"}


class Carried(msgspec.Struct, frozen=True):
    """An item to carry over. ``why`` is one of ``SORTS``.

    ``named`` is its name in an item that lists many, ``was`` its id in the previous handover.
    """

    id: str
    why: str
    text: str
    ref: Ref | None
    named: str = ""
    was: str = ""


def sort_of(item: HandoverItem) -> str:
    """The reason, one of ``SORTS``, for an item of a handover."""
    if item.id.startswith(LEFT):
        return "left"
    if item.id.startswith(CAME):
        return _BY_KIND.get(item.ref.kind if item.ref else "", "conflict")
    return "note"


def open_escalation(alert_id: str, alert: Alert, heading: str, zone: tzinfo) -> Carried:
    """The item for an alert that is not closed and has an open step; ``heading`` is the text for its kind and subject.

    The alert's own title is not used, since it is in the language of the terminal that raised it.
    """
    step = alert.next_step
    due = "" if step is None else _moment(step.due_at, zone)
    words = "" if step is None else term("step", step.kind)
    title = _short(heading)
    text = t("handover.carried.ladder", title=title, step=words, due=due)
    return _came("ladder", Ref("alert", alert_id), text, title)


def due_order(order_id: str, order: Order, limit: datetime, department: str, zone: tzinfo) -> Carried:
    """The item for an order whose department's limit is in the next shift."""
    text = t(
        "handover.carried.order",
        number=order.number,
        title=_short(order.title),
        department=department,
        due=_moment(limit, zone),
    )
    return _came("order", Ref("order", order_id), text, order.number)


def due_dispatch(order_id: str, order: Order, limit: datetime, zone: tzinfo) -> Carried:
    """The item for an order that has to be dispatched before the end of the next shift."""
    text = t("handover.carried.dispatch", number=order.number, title=_short(order.title), due=_moment(limit, zone))
    return _came("order", Ref("order", order_id), text, order.number)


def parked(kind: str, target: Ref, name: str, state: str, by: str) -> Carried:
    """The item for a parked command of this terminal."""
    command, how = term("command", kind), term("outbox_state", state)
    text = t("handover.carried.conflict", command=command, target=name, state=how, by=by)
    return _came("conflict", target, text, f"{command} {name}")


def left(item: HandoverItem) -> Carried:
    """The item for one that this shift took over and did not finish."""
    return Carried(LEFT + item.id.removeprefix(LEFT), "left", item.text, item.ref, was=item.id)


def undone(items: Iterable[HandoverItem]) -> list[HandoverItem]:
    """The items of a taken handover that go on to the next.

    Automatic items do not: they are made again if they still apply.
    """
    return [item for item in items if not item.done and not item.id.startswith(CAME)]


def grouped(found: Sequence[Carried]) -> list[Carried]:
    """``found``, items of one sort, with those beyond the first twenty joined into one item that names each."""
    if len(found) <= MOST_OF_A_SORT + 1:
        return list(found)
    rest = found[MOST_OF_A_SORT:]
    why = rest[0].why
    names = t("handover.comma").join(each.named for each in rest)
    text = cut(t(f"handover.carried.more_{why}", n=len(rest), names=names), _LONGEST)
    return [*found[:MOST_OF_A_SORT], _came(why, None, text, "")]


def _came(why: str, ref: Ref | None, text: str, named: str) -> Carried:
    """Make an automatic item. Its id depends only on its content, so that it is the same at every terminal."""
    said = "\n".join((why, ref.kind if ref else "", ref.id if ref else "", text))
    return Carried(CAME + hashlib.sha256(said.encode()).hexdigest()[:32], why, text, ref, named)


def _short(title: str) -> str:
    return cut(mask_text(title), _TITLE)


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%m-%d %H:%M}"
