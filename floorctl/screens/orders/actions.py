"""Acts on orders: each function asks for what it needs, does the act to each order and shows the result.

Each returns True if the act was done to at least one order.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.screens.orders.linking import led
from floorctl.screens.shell import acting
from floorctl.screens.shell.naming import IN_QUESTION, in_a_row
from floorctl.screens.shell.order_questions import ask_departments, ask_errors, ask_outcome, short_title, titles
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.safe import cut, visible

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.models.orders import Order

_TOO_SOON = "error.urged_within_the_hour"


async def urge(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Urge each order at its proposed level without asking, except orders urged within the hour."""
    if not order_ids or not screen.may("order.urge"):
        return False
    order_ids, on_parents = await led(screen, order_ids)
    urged, refused = await screen.read(acting.do_each, screen.floor, screen.floor.orders.urge, order_ids)
    soon = {order_id: refused.pop(order_id) for order_id, error in [*refused.items()] if error.key == _TOO_SOON}
    numbers = [str(error.params.get("number", order_id)) for order_id, error in soon.items()]
    if soon and await screen.confirm(t("orders.ask.urge_again", n=len(soon), orders=_numbers(numbers))):
        again = partial(screen.floor.orders.urge, confirmed=True)
        more = await screen.read(acting.do_each, screen.floor, again, [*soon])
        urged |= more.done
        refused |= more.refused
    if urged:
        done = Counter(int(item.data["level"]) for item in urged.values())
        levels = " ".join(f"{term('urge_level', str(level))} {n}" for level, n in sorted(done.items()))
        words = t("orders.said.urged", n=done.total(), levels=levels)
        if len(order_ids) == 1 and (held := await screen.read(_held, screen.floor, order_ids)):
            level = term("urge_level", str(next(iter(done))))
            key = "orders.said.urged_parent" if on_parents else "orders.said.urged_one"
            words = t(key, order=titles(screen, held), level=level)
        acting.say_done(screen, _joined(words, on_parents))
    held = await screen.read(_held, screen.floor, [*refused]) if refused else {}
    numbers_of = {order_id: held[order_id].number if order_id in held else order_id for order_id in refused}
    acting.say_refused(screen, refused, lambda ids: _numbers(numbers_of[order_id] for order_id in ids))
    return bool(urged)


async def dispatch(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for the departments, the lead department first, and dispatch each order to them."""
    order_ids, on_parents = await led(screen, order_ids)
    orders = await _orders(screen, order_ids, "order.dispatch", lambda order: order.state in ("ready", "returned"))
    if not orders:
        return _left_to_parents(screen, on_parents)
    chosen = await ask_departments(screen, orders)
    if not chosen:
        return False
    return await _act_on_each(
        screen,
        orders,
        lambda order_id: screen.floor.orders.dispatch(order_id, chosen),
        lambda n: _joined(
            t("orders.said.dispatched", n=n, department=cut(screen.floor.names.department(chosen[0]), 30)), on_parents
        ),
    )


async def review(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for the errors found (none: the order is right), and record the review, so that dispatch can follow."""
    orders = await _orders(screen, order_ids, "order.review", lambda order: order.state == "review")
    if not orders:
        return False
    errors = await ask_errors(screen, t("orders.ask.review", orders=titles(screen, orders)), _subject(orders))
    if errors is None:
        return False
    key = "orders.said.reviewed_wrong" if errors else "orders.said.reviewed"
    return await _act_on_each(
        screen, orders, lambda order_id: screen.floor.orders.review(order_id, errors), lambda n: t(key, n=n)
    )


async def call_back(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for outcome, satisfaction and note of the call-back of the first order, and record them."""
    order_ids, on_parents = await led(screen, order_ids[:1])
    orders = await _orders(screen, order_ids, "order.callback", lambda order: order.state == "handled")
    if not orders:
        return _left_to_parents(screen, on_parents)
    (order,) = orders.values()
    answer = await ask_outcome(screen, f"{visible(order.number)}  {short_title(order.title)}", _subject(orders))
    if answer is None:
        return False
    outcome, satisfaction, note = answer
    act = partial(screen.floor.orders.call_back, outcome=outcome, satisfaction=satisfaction, note=note)
    words = _joined(t("orders.said.called_back", outcome=term("callback_outcome", outcome)), on_parents)
    return await _act_on_each(screen, orders, act, lambda _: words)


async def mark_problem(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for a text about what the agent did wrong, and mark each order as a problem with it."""
    orders = await _orders(screen, order_ids, "order.problem", lambda _: True)
    if not orders:
        return False
    question = t("orders.ask.problem", orders=titles(screen, orders))
    words = await screen.ask_text(question, purpose="order.problem", subject=_subject(orders))
    if words is None:
        return False
    return await _act_on_each(
        screen,
        orders,
        lambda order_id: screen.floor.orders.mark_problem(order_id, words),
        lambda n: t("orders.said.problem", n=n),
    )


def _joined(words: str, on_parents: str) -> str:
    return f"{words} · {on_parents}" if on_parents else words


def _left_to_parents(screen: CockpitScreen, on_parents: str) -> bool:
    """Say that an act that is not possible now was meant for a repetition, and would be done on its parent."""
    if on_parents:
        screen.say(on_parents, severity="warning")
    return False


def _subject(orders: Iterable[str]) -> str:
    """Return the key under which a draft about these orders is kept."""
    return " ".join(sorted(orders))


async def _orders(
    screen: CockpitScreen, order_ids: Sequence[str], kind: str, ready: Callable[["Order"], bool]
) -> dict[str, "Order"]:
    """Return id → order for those that ``kind`` is possible on now (``ready``); show a note about the others.

    Empty if the person's role may not do ``kind``.
    """
    if not order_ids or not screen.may(kind):
        return {}
    held = await screen.read(_held, screen.floor, order_ids)
    orders = {order_id: order for order_id, order in held.items() if ready(order)}
    if not orders:
        all_gone = not held
        state = "" if all_gone else term("order_state", next(iter(held.values())).state)
        words = t("orders.gone") if all_gone else t("orders.not_now", act=term("command", kind), state=state)
        screen.say(words, severity="warning")
    elif len(orders) < len(order_ids):
        screen.say(t("orders.left_out", n=len(order_ids) - len(orders), act=term("command", kind)), severity="warning")
    return orders


def _held(floor: "Floor", order_ids: Sequence[str]) -> dict[str, "Order"]:
    held = {}
    for order_id in order_ids:
        try:
            held[order_id] = floor.orders.get(order_id).order
        except FloorctlError:  # deleted meanwhile
            continue
    return held


async def _act_on_each(
    screen: CockpitScreen, orders: dict[str, "Order"], act: Callable[[str], object], said: Callable[[int], str]
) -> bool:
    """Do ``act`` to each order; ``said``: number of orders → message. Return True if it was done to any."""

    def called(ids: Sequence[str]) -> str:
        return _numbers(orders[order_id].number for order_id in ids)

    return bool(await acting.run_each(screen, act, [*orders], said=lambda ids: said(len(ids)), called=called))


def _numbers(numbers: Iterable[str]) -> str:
    shown = [visible(each) for each in numbers]
    row, all_of_them = in_a_row(shown, IN_QUESTION, " ")
    return row if all_of_them else f"{row} {t('orders.ask.and_more', n=len(shown))}"
