"""Acts on orders: each function asks for what it needs, does the act to each order and shows the result.

Each returns True if the act was done to at least one order.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
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
    urged, refused = await screen.read(acting.do_each, screen.floor, screen.floor.orders.urge, order_ids)
    soon = {each: refused.pop(each) for each, error in [*refused.items()] if error.key == _TOO_SOON}
    numbers = [str(error.params.get("number", each)) for each, error in soon.items()]
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
            words = t("orders.said.urged_one", order=titles(screen, held), level=level)
        acting.say_done(screen, words)
    held = await screen.read(_held, screen.floor, [*refused]) if refused else {}
    numbers_of = {each: held[each].number if each in held else each for each in refused}
    acting.say_refused(screen, refused, lambda ids: _numbers(numbers_of[each] for each in ids))
    return bool(urged)


async def dispatch(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for the departments, the lead department first, and dispatch each order to them."""
    found = await _orders(screen, order_ids, "order.dispatch", lambda order: order.state in ("ready", "returned"))
    if not found:
        return False
    chosen = await ask_departments(screen, found)
    if not chosen:
        return False
    return await _each(
        screen,
        found,
        lambda each: screen.floor.orders.dispatch(each, chosen),
        lambda n: t("orders.said.dispatched", n=n, department=cut(screen.floor.names.department(chosen[0]), 30)),
    )


async def review(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for the errors found (none: the order is right), and record the review, so that dispatch can follow."""
    found = await _orders(screen, order_ids, "order.review", lambda order: order.state == "review")
    if not found:
        return False
    errors = await ask_errors(screen, t("orders.ask.review", orders=titles(screen, found)), _subject(found))
    if errors is None:
        return False
    key = "orders.said.reviewed_wrong" if errors else "orders.said.reviewed"
    return await _each(screen, found, lambda each: screen.floor.orders.review(each, errors), lambda n: t(key, n=n))


async def call_back(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for outcome, satisfaction and note of the call-back of the first order, and record them."""
    found = await _orders(screen, order_ids[:1], "order.callback", lambda order: order.state == "handled")
    if not found:
        return False
    (order,) = found.values()
    answer = await ask_outcome(screen, f"{visible(order.number)}  {short_title(order.title)}", _subject(found))
    if answer is None:
        return False
    outcome, satisfaction, note = answer
    act = partial(screen.floor.orders.call_back, outcome=outcome, satisfaction=satisfaction, note=note)
    words = t("orders.said.called_back", outcome=term("callback_outcome", outcome))
    return await _each(screen, found, act, lambda _: words)


async def mark_problem(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for a text about what the agent did wrong, and mark each order as a problem with it."""
    found = await _orders(screen, order_ids, "order.problem", lambda _: True)
    if not found:
        return False
    asked = t("orders.ask.problem", orders=titles(screen, found))
    words = await screen.ask_text(asked, purpose="order.problem", subject=_subject(found))
    if words is None:
        return False
    return await _each(
        screen,
        found,
        lambda each: screen.floor.orders.mark_problem(each, words),
        lambda n: t("orders.said.problem", n=n),
    )


def _subject(found: Iterable[str]) -> str:
    """Return the key under which a draft about these orders is kept."""
    return " ".join(sorted(found))


async def _orders(
    screen: CockpitScreen, order_ids: Sequence[str], kind: str, ready: Callable[["Order"], bool]
) -> dict[str, "Order"]:
    """Return id → order for those that ``kind`` is possible on now (``ready``); show a note about the others.

    Empty if the person's role may not do ``kind``.
    """
    if not order_ids or not screen.may(kind):
        return {}
    held = await screen.read(_held, screen.floor, order_ids)
    found = {each: order for each, order in held.items() if ready(order)}
    if not found:
        gone = not held
        state = "" if gone else term("order_state", next(iter(held.values())).state)
        words = t("orders.gone") if gone else t("orders.not_now", act=term("command", kind), state=state)
        screen.say(words, severity="warning")
    elif len(found) < len(order_ids):
        screen.say(t("orders.left_out", n=len(order_ids) - len(found), act=term("command", kind)), severity="warning")
    return found


def _held(floor: "Floor", order_ids: Sequence[str]) -> dict[str, "Order"]:
    held = {}
    for each in order_ids:
        try:
            held[each] = floor.orders.get(each).order
        except FloorctlError:  # deleted meanwhile
            continue
    return held


async def _each(
    screen: CockpitScreen, found: dict[str, "Order"], act: Callable[[str], object], said: Callable[[int], str]
) -> bool:
    """Do ``act`` to each order; ``said``: number of orders → message. Return True if it was done to any."""

    def called(ids: Sequence[str]) -> str:
        return _numbers(found[each].number for each in ids)

    return bool(await acting.run_each(screen, act, [*found], said=lambda ids: said(len(ids)), called=called))


def _numbers(numbers: Iterable[str]) -> str:
    shown = [visible(each) for each in numbers]
    row, all_of_them = in_a_row(shown, IN_QUESTION, " ")
    return row if all_of_them else f"{row} {t('orders.ask.and_more', n=len(shown))}"
