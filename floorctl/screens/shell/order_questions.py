"""Questions about orders that more than one screen asks, and the names of orders in them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.models.base import Ref
from floorctl.models.orders import CALLBACK_OUTCOMES
from floorctl.rules.orders.stuck import agreed_lead
from floorctl.screens.shell.asking import AskingScreen
from floorctl.screens.shell.naming import in_lines
from floorctl.text.safe import cut, visible
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView
    from floorctl.models.orders import Order

#: Codes of what a review commonly finds wrong. One more, ``_OTHER``, asks for words.
REVIEW_ERRORS = ("incomplete", "unclear", "category", "urgency", "differs", "wording", "duplicate")
_OTHER = "other"


async def ask_departments(screen: AskingScreen, orders: dict[str, "Order"]) -> tuple[str, ...]:
    """Ask for departments, first the lead that a conference agreed on, then those usual for the category.

    Empty where cancelled.
    """
    first = next(iter(orders.values()))
    usual = await screen.read(screen.floor.names.category_departments, first.category_id)
    known = dict(screen.floor.names.departments())
    agreed = {agreed_lead(order) for order in orders.values()}
    leads = [each for each in agreed if len(agreed) == 1 and each in known]
    department_ids = [
        *leads,
        *(department_id for department_id in usual if department_id in known and department_id not in leads),
        *(department_id for department_id in known if department_id not in usual and department_id not in leads),
    ]
    options = [
        Option(
            department_id,
            known[department_id].name,
            t("stuck.confer.agreed")
            if department_id in leads
            else t("orders.ask.usual")
            if department_id in usual
            else known[department_id].region or "",
        )
        for department_id in department_ids
    ]
    if not options:
        screen.say(t("orders.no_departments"), severity="warning")
        return ()
    title = t("orders.ask.dispatch", orders=titles(screen, orders))
    pick = Pick(title, options, several=True, deliberate=True, explain=t("orders.ask.dispatch_how"))
    return await screen.app.push_screen_wait(pick) or ()


async def ask_errors(screen: AskingScreen, title: str, subject: str) -> tuple[str, ...] | None:
    """Ask what a review found: empty where nothing is wrong, None where cancelled.

    ``subject``: key of the words' draft.
    """
    options = [Option(code, t(f"orders.review.{code}")) for code in (*REVIEW_ERRORS, _OTHER)]
    how = t("orders.ask.review_how")
    pick = Pick(title, options, several=True, need_one=False, deliberate=True, explain=how)
    chosen = await screen.app.push_screen_wait(pick)
    if chosen is None:
        return None
    errors = [t(f"orders.review.{code}") for code in chosen if code != _OTHER]
    if _OTHER in chosen:
        words = await screen.ask_text(t("orders.ask.review_other"), purpose="order.review", subject=subject)
        if words is None:
            return None
        errors.append(words)
    return tuple(errors)


async def ask_outcome(screen: AskingScreen, title: str, subject: str) -> tuple[str, int | None, str | None] | None:
    """Ask for a call-back's outcome, the satisfaction where reached, and a note; None where cancelled.

    ``subject``: key of the note's draft.
    """
    outcomes = [Option(outcome, term("callback_outcome", outcome)) for outcome in CALLBACK_OUTCOMES]
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
    question = t("orders.ask.callback_note")
    note = await screen.ask_text(question, purpose="order.callback", subject=subject, required=False)
    return None if note is None else (outcome[0], satisfaction, note or None)


def noted_order(view: "OrderView") -> tuple[Ref, str]:
    """Return the reference and name of an order, as a note for the next shift uses them."""
    words = t("handover.about.order", number=visible(view.order.number), title=short_title(view.order.title))
    return Ref("order", view.id), words


def short_title(title: str) -> str:
    return cut(visible(title), 40)


def titles(screen: AskingScreen, orders: dict[str, "Order"]) -> str:
    lines = [f"{visible(order.number)}  {short_title(order.title)}" for order in orders.values()]
    return in_lines(lines, screen.app.size.height, "orders.ask.and_more")


def views_of(floor: "Floor", order_ids: Sequence[str]) -> list["OrderView"]:
    """Read the orders that are still there."""
    views = []
    for order_id in order_ids:
        try:
            views.append(floor.orders.get(order_id))
        except FloorctlError:  # deleted meanwhile
            continue
    return views
