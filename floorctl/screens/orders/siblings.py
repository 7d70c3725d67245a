"""Views of the orders that are no list of orders: screens of their own, opened from Orders by a letter.

They stand on top of Orders, as a form does: Esc goes back to Orders as it was, and a number key to another screen.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from floorctl.screens.shell.cockpit import Entry

if TYPE_CHECKING:
    from textual.binding import Binding

    from floorctl.screens.shell.screen import CockpitScreen

#: View → its letter and class (a ``SiblingScreen``), in the order of the tabs. The words of its tab and of its key:
#: ``orders.view.<view>``; the count on its tab: the field of that name in ``OrderCounts``, if there is one.
SIBLINGS: Mapping[str, Entry] = {
    "hot_spots": Entry("H", "floorctl.screens.orders.hot_spots", "HotSpotsScreen"),
    "departments": Entry("W", "floorctl.screens.orders.departments", "DepartmentsScreen"),
    "missed_calls": Entry("M", "floorctl.screens.orders.missed_calls", "MissedCallsScreen"),
}


def letters() -> "list[Binding]":
    """Return the bindings of the letters that open the siblings."""
    from textual.binding import Binding

    return [Binding(entry.key, f"sibling('{view}')", f"orders.view.{view}") for view, entry in SIBLINGS.items()]


def open_sibling(screen: "CockpitScreen", view: str, shown: object = None) -> None:
    """Show a sibling in place of the one in sight, else on top of Orders; keys typed from now on are meant for it.

    ``shown``: what its ``restore`` takes, to show again what it showed before.
    """
    app, sibling = screen.cockpit, cast(Any, SIBLINGS[view].load())()
    if shown is not None:
        sibling.restore(shown)
    app.hold_keys("view")
    screen.leave()
    if len(app.screen_stack) > 1:
        app.switch_screen(sibling)
    else:
        app.push_screen(sibling)
