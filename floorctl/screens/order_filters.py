"""What the list of orders is narrowed to: in words, and asked for."""

from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.models.listing import OrderFilter
from floorctl.models.orders import ORDER_STATES
from floorctl.screens.base import CockpitScreen
from floorctl.text import cut, visible
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor import Floor


def words(floor: "Floor", wanted: OrderFilter) -> tuple[str, ...]:
    """The filters that are set beside the view, each in words that may be shown; the search in quotes."""
    found = [term("line", each) for each in wanted.line]
    found += [term("urgency", each) for each in wanted.urgency]
    if wanted.department:
        found.append(cut(visible(floor.department_name(wanted.department)), 24))
    if wanted.state:
        found.append(" ".join(term("order_state", state) for state in wanted.state))
    if wanted.search:
        found.append(f"“{cut(visible(wanted.search), 20)}”")
    return tuple(found)


async def ask_department(screen: CockpitScreen) -> str | None:
    """Which department; None: given up, or none is known."""
    options = [Option(each, known.name, known.region or "") for each, known in screen.floor.departments()]
    chosen = await screen.ask(Pick(t("orders.ask.department"), options)) if options else None
    return chosen[0] if chosen else None


async def ask_states(screen: CockpitScreen) -> tuple[str, ...] | None:
    """Which states, none for all of them; None: given up."""
    options = [Option(each, term("order_state", each)) for each in ORDER_STATES]
    how = t("orders.ask.state_how")
    return await screen.ask(Pick(t("orders.ask.state"), options, several=True, need_one=False, explain=how))
