"""A few lines above or below a list, that take no keys."""

from collections.abc import Callable

from floorctl.widgets.painted import Line, Painted


class Lines(Painted):
    """Draws what ``show`` gives it: (width) → the lines."""

    DEFAULT_CSS = "Lines { height: 1; width: 1fr; padding: 0 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._content: Callable[[int], list[Line]] = lambda _width: []

    def show(self, content: Callable[[int], list[Line]]) -> None:
        """Show ``content`` from now on."""
        self._content = content
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """As many of them as there is room for."""
        return self._content(width)
