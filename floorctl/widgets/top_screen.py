"""Which screen has the keys, also while the cockpit closes."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen


def top_screen(app: "App[Any]") -> "Screen[Any] | None":
    """The screen on top, beneath which all others lie.

    None once the app closes: its screens go one stack after the other, and what still runs in one of them may ask
    when the one in sight has gone already (``App.screen`` raises then).
    """
    return next(reversed(app.screen_stack), None)
