"""``Lines``: a few lines above or below a list, without focus."""

from collections.abc import Callable

from floorctl.widgets.painted import Line, Painted


class Lines(Painted):
    """Draws the lines of the content last passed to ``show``."""

    DEFAULT_CSS = "Lines { height: 1; width: 1fr; padding: 0 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._content: Callable[[int], list[Line]] = lambda _width: []

    def show(self, content: Callable[[int], list[Line]]) -> None:
        """Show ``content``: width (cells) → the lines."""
        self._content = content
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the lines; those that there is no room for are cut off."""
        return self._content(width)
