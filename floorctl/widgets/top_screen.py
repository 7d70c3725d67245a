"""``top_screen``: the screen on top of the stack, usable also while the app closes."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen


def top_screen(app: "App[Any]") -> "Screen[Any] | None":
    """Return the screen on top of the stack, or None while the app closes.

    On closing, screens are removed one stack after the other, and a worker of one of them may still call this when the
    visible screen is gone already; ``App.screen`` raises then.
    """
    return next(reversed(app.screen_stack), None)
