"""What can be done to orders, on any screen that shows some: what is asked, the acts, a word on how they went."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.models import Ref
from floorctl.models.orders import CALLBACK_OUTCOMES
from floorctl.rules.privacy import mask_text
from floorctl.screens.shell.naming import IN_QUESTION, in_a_row, in_lines
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.safe import cut, visible
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView
    from floorctl.models import Order

#: What a review commonly finds wrong; the last one asks for words.
REVIEW_ERRORS = ("incomplete", "unclear", "category", "urgency", "differs", "wording", "duplicate")
_OTHER = "other"
_TOO_SOON = "error.urged_within_the_hour"


async def urge(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Urge each at its proposed level, at once; ask only about those urged within the hour. True where any was."""
    if not order_ids or not may(screen, "order.urge"):
        return False
    done, soon, wrong = await screen.read(_urge_each, screen.floor, order_ids, confirmed=False)
    if soon and await screen.confirm(t("orders.ask.urge_again", n=len(soon), orders=_numbers(soon.values()))):
        more, _, also_wrong = await screen.read(_urge_each, screen.floor, list(soon), confirmed=True)
        done += more
        wrong |= also_wrong
    if done:
        levels = " ".join(f"{term('urge_level', str(level))} {n}" for level, n in sorted(done.items()))
        words = t("orders.said.urged", n=done.total(), levels=levels)
        if len(order_ids) == 1 and (held := await screen.read(_held, screen.floor, order_ids)):
            level = term("urge_level", str(next(iter(done))))
            words = t("orders.said.urged_one", order=_titles(screen, held), level=level)
        say_done(screen, words)
    if wrong:
        held = await screen.read(_held, screen.floor, list(wrong))
        screen.say_not_done(wrong, lambda ids: _numbers(held[each].number if each in held else each for each in ids))
    return bool(done)


def _urge_each(
    floor: "Floor", order_ids: Sequence[str], *, confirmed: bool
) -> tuple[Counter[int], dict[str, str], dict[str, FloorctlError]]:
    done: Counter[int] = Counter()
    soon: dict[str, str] = {}
    wrong: dict[str, FloorctlError] = {}
    with floor.as_one():
        for each in order_ids:
            try:
                item = floor.urge(each, confirmed=confirmed)
            except FloorctlError as error:
                if error.key == _TOO_SOON:
                    soon[each] = str(error.params.get("number", each))
                else:
                    wrong[each] = error
            else:
                done[int(item.data["level"])] += 1
    return done, soon, wrong


async def dispatch(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for the departments, the lead first, and dispatch each order to them."""
    found = await _orders(screen, order_ids, "order.dispatch", lambda order: order.state in ("ready", "returned"))
    if not found:
        return False
    chosen = await ask_departments(screen, found)
    if not chosen:
        return False
    return await _each(
        screen,
        found,
        lambda each: screen.floor.dispatch(each, chosen),
        lambda n: t("orders.said.dispatched", n=n, department=cut(screen.floor.department_name(chosen[0]), 30)),
    )


async def ask_departments(screen: CockpitScreen, found: dict[str, "Order"]) -> tuple[str, ...]:
    """Ask which departments, those that orders of the category usually go to first; nothing where given up."""
    first = next(iter(found.values()))
    usual = await screen.read(screen.floor.category_departments, first.category_id)
    known = dict(screen.floor.departments())
    order = [*(each for each in usual if each in known), *(each for each in known if each not in usual)]
    options = [
        Option(each, known[each].name, t("orders.ask.usual") if each in usual else known[each].region or "")
        for each in order
    ]
    if not options:
        screen.say(t("orders.no_departments"), severity="warning")
        return ()
    title = t("orders.ask.dispatch", orders=_titles(screen, found))
    pick = Pick(title, options, several=True, deliberate=True, explain=t("orders.ask.dispatch_how"))
    return await screen.app.push_screen_wait(pick) or ()


async def review(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask what was found wrong (nothing: the order is right), and pass each order on to dispatch."""
    found = await _orders(screen, order_ids, "order.review", lambda order: order.state == "review")
    if not found:
        return False
    errors = await ask_errors(screen, t("orders.ask.review", orders=_titles(screen, found)), _subject(found))
    if errors is None:
        return False
    key = "orders.said.reviewed_wrong" if errors else "orders.said.reviewed"
    return await _each(screen, found, lambda each: screen.floor.review(each, errors), lambda n: t(key, n=n))


async def ask_errors(screen: CockpitScreen, title: str, subject: str) -> tuple[str, ...] | None:
    """Ask what a review found: nothing where right, None where given up. ``subject``: whose draft the words are."""
    options = [Option(each, t(f"orders.review.{each}")) for each in (*REVIEW_ERRORS, _OTHER)]
    how = t("orders.ask.review_how")
    pick = Pick(title, options, several=True, need_one=False, deliberate=True, explain=how)
    chosen = await screen.app.push_screen_wait(pick)
    if chosen is None:
        return None
    errors = [t(f"orders.review.{each}") for each in chosen if each != _OTHER]
    if _OTHER in chosen:
        words = await screen.ask_text(t("orders.ask.review_other"), purpose="order.review", subject=subject)
        if words is None:
            return None
        errors.append(words)
    return tuple(errors)


async def call_back(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask how the call-back of one order went: the outcome, how satisfied, a note."""
    found = await _orders(screen, order_ids[:1], "order.callback", lambda order: order.state == "handled")
    if not found:
        return False
    (order,) = found.values()
    answer = await ask_outcome(screen, f"{visible(order.number)}  {_short(order.title)}", _subject(found))
    if answer is None:
        return False
    outcome, satisfaction, note = answer
    act = partial(screen.floor.call_back, outcome=outcome, satisfaction=satisfaction, note=note)
    words = t("orders.said.called_back", outcome=term("callback_outcome", outcome))
    return await _each(screen, found, act, lambda _: words)


async def ask_outcome(screen: CockpitScreen, title: str, subject: str) -> tuple[str, int | None, str | None] | None:
    """Ask for a call-back's outcome, the satisfaction where reached, and a note; None where given up.

    ``subject``: whose draft the note is.
    """
    outcomes = [Option(each, term("callback_outcome", each)) for each in CALLBACK_OUTCOMES]
    outcome = await screen.app.push_screen_wait(Pick(t("orders.ask.callback", order=title), outcomes, deliberate=True))
    if outcome is None:
        return None
    satisfaction = None
    if outcome[0] == "reached":
        grades = [Option(str(n), term("satisfaction", str(n)), key=str(n)) for n in range(5, 0, -1)]
        how = t("orders.ask.satisfaction", order=title)
        grade = await screen.app.push_screen_wait(Pick(how, grades, deliberate=True))
        if grade is None:
            return None
        satisfaction = int(grade[0])
    asked = t("orders.ask.callback_note")
    note = await screen.ask_text(asked, purpose="order.callback", subject=subject, required=False)
    return None if note is None else (outcome[0], satisfaction, note or None)


async def mark_problem(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask what the agent did wrong and mark each order."""
    found = await _orders(screen, order_ids, "order.problem", lambda _: True)
    if not found:
        return False
    asked = t("orders.ask.problem", orders=_titles(screen, found))
    words = await screen.ask_text(asked, purpose="order.problem", subject=_subject(found))
    if words is None:
        return False
    return await _each(
        screen,
        found,
        lambda each: screen.floor.mark_problem(each, words),
        lambda n: t("orders.said.problem", n=n),
    )


def _subject(found: Iterable[str]) -> str:
    """What a draft about these orders is kept under."""
    return " ".join(sorted(found))


async def _orders(
    screen: CockpitScreen, order_ids: Sequence[str], kind: str, ready: Callable[["Order"], bool]
) -> dict[str, "Order"]:
    """The orders that the act is possible on now; says so where it is not, before anything is asked."""
    if not order_ids or not may(screen, kind):
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
            held[each] = floor.order(each).order
        except FloorctlError:  # it went away meanwhile
            continue
    return held


async def _each(
    screen: CockpitScreen, found: dict[str, "Order"], act: Callable[[str], object], said: Callable[[int], str]
) -> bool:
    """Do ``act`` to each; ``said`` words it of so many. True where it was done to any."""

    def called(ids: Sequence[str]) -> str:
        return _numbers(found[each].number for each in ids)

    return bool(await screen.perform_all(act, [*found], said=lambda ids: said(len(ids)), called=called))


def may(screen: CockpitScreen, kind: str) -> bool:
    """See ``CockpitScreen.may``."""
    return screen.may(kind)


def say_done(screen: CockpitScreen, words: str) -> None:
    """Say what was done, and whether it is on its way or waits for the connection."""
    screen.ask_tables()
    live = screen.floor.connection_status().mode == "live"
    screen.say(f"{words} · {t('ui.outcome.sending' if live else 'ui.outcome.waiting')}")
    screen.refresh_bars()


def noted_order(view: "OrderView") -> tuple[Ref, str]:
    """An order as a note for the next shift is about it."""
    words = t("handover.about.order", number=visible(view.order.number), title=_short(view.order.title))
    return Ref("order", view.id), words


def _short(title: str) -> str:
    return cut(visible(mask_text(title)), 40)


def _titles(screen: CockpitScreen, found: dict[str, "Order"]) -> str:
    lines = [f"{visible(order.number)}  {_short(order.title)}" for order in found.values()]
    return in_lines(lines, screen.app.size.height, "orders.ask.and_more")


def _numbers(numbers: Iterable[str]) -> str:
    shown = [visible(each) for each in numbers]
    row, all_of_them = in_a_row(shown, IN_QUESTION, " ")
    return row if all_of_them else f"{row} {t('orders.ask.and_more', n=len(shown))}"
