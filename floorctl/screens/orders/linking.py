"""并单: linking orders about one matter, unlinking them, and acts on a repetition that are done on its parent."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.rules.orders.deadlines import unhandled
from floorctl.screens.shell import acting
from floorctl.screens.shell.naming import IN_QUESTION, in_a_row
from floorctl.screens.shell.order_questions import short_title, titles, views_of
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text import typed
from floorctl.text.safe import cut, visible
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.order_related import Related, likely_words, read_related, summary

if TYPE_CHECKING:
    from floorctl.floor.views import OrderView

#: Most orders that are proposed, so that each has its digit; 0 is for typing a number.
_MOST = 8
_BY_NUMBER = "by number"
#: Cells of a title beside the reasons.
_TITLE = 20


async def link(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Link the marked orders to the earliest of them, or one order to what it is asked for; unlink repetitions.

    Returns whether anything was linked or unlinked.
    """
    if not order_ids or not screen.may("order.link"):
        return False
    views = await screen.read(views_of, screen.floor, order_ids)
    if not views:
        screen.say(t("orders.gone"), severity="warning")
        return False
    if all(view.order.parent_id is not None for view in views):
        return await _unlink(screen, views)
    if len(views) > 1:
        return await _gather(screen, [view.id for view in views], sure=False)
    return await _link_one(screen, views[0])


async def _link_one(screen: CockpitScreen, view: "OrderView") -> bool:
    """Ask which orders are about the same matter, the likely ones first, and link them all to the earliest."""
    related = await screen.read(read_related, screen.floor, view.id)
    options = [*_proposed(related, screen.floor.now()), Option(_BY_NUMBER, t("orders.link.by_number"), key="0")]
    chosen: tuple[str, ...] | None = (_BY_NUMBER,)
    if len(options) > 1:
        title = t("orders.link.which", order=f"{visible(view.order.number)}  {short_title(view.order.title)}")
        how = t("orders.link.how")
        chosen = await screen.ask(Pick(title, options, several=True, deliberate=True, explain=how))
    if not chosen:
        return False
    ids = [each for each in chosen if each != _BY_NUMBER]
    text: str | None = None
    if _BY_NUMBER in chosen:
        question = t("orders.link.number", order=visible(view.order.number))
        text = await screen.ask_text(question, purpose="order.link", subject=view.id)
        if text is None:
            return False
        try:
            ids += [await screen.read(screen.floor.orders.id_of, each) for each in typed.parts([text])]
        except FloorctlError as error:
            screen.say_error(error)
            return False
    linked = await _gather(screen, [view.id, *ids], sure=True)
    if linked and text is not None:  # what is sent names orders by their ids, not by what was typed
        await screen.read(screen.floor.texts.landed, (text,))
    return linked


def _proposed(related: Related, now: datetime) -> list[Option]:
    """Return the orders to propose: the likely ones with their reasons, then the caller's others."""
    likely = [Option(each.order.id, _briefly(each.order), likely_words(each)) for each in related.unlinked]
    return [*likely, *(Option(view.id, _briefly(view), summary(view, now)) for view in related.others)][:_MOST]


def _named(view: "OrderView") -> str:
    return f"{visible(view.order.number)}  {short_title(view.order.title)}"


def _briefly(view: "OrderView") -> str:
    """Return number and title of an order, so short that there is room for the reasons beside it."""
    return f"{visible(view.order.number)}  {cut(visible(view.order.title), _TITLE)}"


async def _gather(screen: CockpitScreen, order_ids: Sequence[str], *, sure: bool) -> bool:
    """Link the orders to the earliest of them; ask before, unless the person named each of them (``sure``).

    Asks in any case where the earliest is handled already and another is not: that one would be waited for no more.
    """
    try:
        parent = await screen.read(screen.floor.repetitions.parent, order_ids)
    except FloorctlError as error:
        screen.say_error(error)
        return False
    views = await screen.read(views_of, screen.floor, order_ids)
    others = {view.id: view.order for view in views if view.leading.id != parent.id}
    name = _named(parent)
    if others:
        handled = not unhandled(parent.order) and any(unhandled(order) for order in others.values())
        if handled or not sure:
            key = "orders.link.ask_handled" if handled else "orders.link.ask"
            if not await screen.confirm(t(key, parent=name, n=len(others), orders=titles(screen, others))):
                return False
    done = await acting.run(
        screen,
        screen.floor.repetitions.gather,
        order_ids,
        said=lambda items: t("orders.link.done", n=len(items), parent=name),
    )
    return done is not None


async def _unlink(screen: CockpitScreen, views: Sequence["OrderView"]) -> bool:
    orders = {view.id: view.order for view in views}
    if not await screen.confirm(t("orders.link.ask_unlink", n=len(orders), orders=titles(screen, orders))):
        return False
    return bool(
        await acting.run_each(
            screen,
            screen.floor.repetitions.unlink,
            [*orders],
            said=lambda ids: t("orders.link.unlinked", n=len(ids)),
            called=lambda ids: _numbers(orders[each].number for each in ids),
        )
    )


# -- acts on a repetition


class Led(NamedTuple):
    """The orders that an act is done on. ``words``: which of them are parents of those that were meant; may be ""."""

    order_ids: list[str]
    words: str


async def led(screen: CockpitScreen, order_ids: Sequence[str]) -> Led:
    """Return the orders on which an act on ``order_ids`` is done: in place of a repetition the one that it repeats."""
    views = {view.id: view for view in await screen.read(views_of, screen.floor, order_ids)}
    on = {each: views[each].leading.id if each in views else each for each in order_ids}
    moved = [view for view in views.values() if view.leading is not view]
    words = ""
    if moved:
        parents = _numbers(dict.fromkeys(view.leading.order.number for view in moved))
        words = t("orders.link.on_parent", parents=parents, repetitions=_numbers(view.order.number for view in moved))
    return Led(list(dict.fromkeys(on.values())), words)


def _numbers(numbers: Iterable[str]) -> str:
    shown = [visible(each) for each in numbers]
    row, all_of_them = in_a_row(shown, IN_QUESTION, " ")
    return row if all_of_them else f"{row} {t('orders.ask.and_more', n=len(shown))}"
