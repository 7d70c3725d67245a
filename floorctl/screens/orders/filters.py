"""Filters of the list of orders: their words, and the dialogs that ask for them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import ORDER_STATES
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.safe import cut, visible
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

#: Number of unindexed orders that is normal while the index follows changes, and not worth showing.
_A_MOMENTS = 20


def searchable(floor: "Floor", known: tuple[int, int] | None) -> tuple[int, int] | None:
    """Return (searchable orders, all orders), or None if all but at most ``_A_MOMENTS`` are searchable.

    ``known``: the same numbers as counted by the text index. While the first sync runs its progress is returned.
    """
    if (filling := floor.status.connection().first_sync) is not None:
        return filling
    return known if known is not None and (not known[0] or known[1] - known[0] > _A_MOMENTS) else None


def narrowed_to(view: str, filters: Sequence[str]) -> str:
    """Return the words of the view (unless it is "all") and of ``filters``, for an empty list."""
    named = [t(f"orders.view.{view}")] if view != "all" else []
    return " · ".join(word.strip("“”") for word in (*named, *filters))


def words(floor: "Floor", wanted: OrderFilter) -> tuple[str, ...]:
    """Return visible words for each filter that is set besides the view; the search text is in quotes."""
    set_filters = [term("line", each) for each in wanted.line]
    set_filters += [term("urgency", each) for each in wanted.urgency]
    if wanted.department:
        set_filters.append(cut(visible(floor.names.department(wanted.department)), 24))
    if wanted.state:
        set_filters.append(" ".join(term("order_state", state) for state in wanted.state))
    if wanted.sent is not None:
        first, last = wanted.sent[0], wanted.sent[1] - timedelta(days=1)
        set_filters.append(t("orders.sent", first=f"{first:%m-%d}", last=f"{last:%m-%d}"))
    if wanted.search:
        set_filters.append(f"“{cut(visible(wanted.search), 20)}”")
    return tuple(set_filters)


async def ask_department(screen: CockpitScreen) -> str | None:
    """Ask for a department and return its id; None: cancelled, or no department is known."""
    options = [
        Option(department_id, department.name, department.region or "")
        for department_id, department in screen.floor.names.departments()
    ]
    chosen = await screen.ask(Pick(t("orders.ask.department"), options)) if options else None
    return chosen[0] if chosen else None


async def ask_states(screen: CockpitScreen) -> tuple[str, ...] | None:
    """Ask for order states and return them (empty: all states); None: cancelled."""
    options = [Option(state, term("order_state", state)) for state in ORDER_STATES]
    how = t("orders.ask.state_how")
    return await screen.ask(Pick(t("orders.ask.state"), options, several=True, need_one=False, explain=how))
