"""会商: recording a conference on an order: its departments, the lead that they agreed on, and the minutes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.screens.shell import acting
from floorctl.screens.shell.long_text import ask_long_text
from floorctl.screens.shell.order_questions import titles
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.models.orders import Order

#: Most characters of the minutes, by the contract.
_LONGEST = 10_000


async def confer(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for the departments, the lead and the minutes of a conference on the first order, and record it."""
    if not order_ids or not screen.may("order.confer"):
        return False
    try:
        order = (await screen.read(screen.floor.orders.get, order_ids[0])).order
    except FloorctlError:
        screen.say(t("orders.gone"), severity="warning")
        return False
    named = titles(screen, {order_ids[0]: order})
    chosen = await _ask_departments(screen, order, named)
    if not chosen:
        return False
    lead = await _ask_lead(screen, chosen)
    if lead is None:
        return False
    minutes = await ask_long_text(
        screen,
        t("stuck.confer.minutes", orders=named),
        purpose="order.confer",
        subject=order_ids[0],
        most=_LONGEST,
    )
    if minutes is None:
        return False
    confer_on = screen.floor.decisions.confer
    done = await acting.run(screen, confer_on, order_ids[0], chosen, lead or None, minutes, said=t("stuck.said.confer"))
    return done is not None


async def _ask_departments(screen: CockpitScreen, order: "Order", named: str) -> tuple[str, ...]:
    usual = await screen.read(screen.floor.names.category_departments, order.category_id)
    known = dict(screen.floor.names.departments())
    disputing = [sent_back.department_id for sent_back in reversed(order.return_log)]
    first = [each for each in dict.fromkeys([*disputing, *order.department_ids, *usual]) if each in known]
    if not known:
        screen.say(t("orders.no_departments"), severity="warning")
        return ()
    options = [Option(each, known[each].name, known[each].region or "") for each in dict.fromkeys([*first, *known])]
    title = t("stuck.confer.departments", orders=named)
    how = t("stuck.confer.departments_how")
    return await screen.ask(Pick(title, options, several=True, deliberate=True, explain=how)) or ()


async def _ask_lead(screen: CockpitScreen, chosen: Sequence[str]) -> str | None:
    """Return the department that was agreed on; "": none was; None: cancelled."""
    names = screen.floor.names
    options = [Option(each, names.department(each)) for each in chosen]
    options.append(Option("", t("stuck.confer.no_lead"), key="0"))
    answer = await screen.ask(Pick(t("stuck.confer.lead"), options, deliberate=True))
    return None if answer is None else answer[0]
