"""What stands on the terminal against what a full repaint would put there, cell for cell.

``Display`` keeps a terminal beside a cockpit that runs under Textual's pilot: pyte's screen with one thing more that
terminals do, which is that whoever writes over one half of a double-width character blanks the other half.
"""

import re
from typing import Any

import pyte
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from tests.xterm_screen import Cells, XtermScreen, differing_lines, rows


def unpainted(app: App[Any]) -> list[str]:
    """What changed and has not been sent to the terminal yet."""
    found = ["held back"] if app._batch_count else []
    # A screen beneath another says for ever that it has to be painted; beneath an opaque one it does not matter.
    top = app.screen
    found += ["the screen"] if top._repaint_required or top._layout_required or top._scroll_required else []
    beneath = app._background_screens if app.screen.styles.background.a < 1 else []
    for screen in (app.screen, *beneath):
        found += [str(each) for each in screen._dirty_widgets if each._repaint_regions]
        found += [str(region) for region in screen._compositor._dirty_regions]
        found += [
            str(widget)
            for widget in screen._compositor.visible_widgets
            if widget is not screen and (widget._repaint_required or widget._layout_required or widget._scroll_required)
        ]
    return found


def full_update(app: App[Any]) -> CompositorUpdate:
    """Return what would repaint the whole screen."""
    update: Any = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(update, CompositorUpdate)
    return update


class Display:
    """The terminal of a cockpit under the pilot, from what the cockpit writes to it.

    It begins with a full repaint. ``check`` waits until nothing is left to be painted and compares.
    """

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        self.app: App[Any] = pilot.app
        self.bytes_written = 0
        self._display = self.app._display
        self.app._display = self._shown  # type: ignore[method-assign]
        width, height = self.app.size
        self.screen = XtermScreen(width, height)
        self._stream = pyte.Stream(self.screen)
        self._write(self._full_repaint())

    def _shown(self, screen: Screen[Any], renderable: Any) -> None:
        app = self.app
        held_back = app._batch_count or not app._running or app._closed
        self._display(screen, renderable)
        if isinstance(renderable, CompositorUpdate) and not held_back:
            self._write(renderable.render_segments(app.console))

    def _write(self, data: str) -> None:
        width, height = self.app.size
        if (self.screen.columns, self.screen.lines) != (width, height):
            self.screen.resize(height, width)
        self.bytes_written += len(data.encode())
        self._stream.feed(data)

    def _full_repaint(self) -> str:
        compositor = self.app.screen._compositor
        dirty = set(compositor._dirty_regions)
        update = full_update(self.app)
        compositor._dirty_regions |= dirty
        return update.render_segments(self.app.console)

    def wanted(self) -> Cells:
        """What a full repaint would show now."""
        lines = rows(self._full_repaint(), self.screen.columns)
        return [list(lines[row]) for row in range(self.screen.lines)]

    def text(self) -> str:
        """What the terminal shows."""
        return "\n".join("".join(cell.data for cell in line).rstrip() for line in self.screen.cells())

    async def settle(self) -> None:
        """Wait until everything that changed has been painted."""
        for _ in range(200):
            await self.pilot.pause()
            if not (left := unpainted(self.app)):
                return
            await self.pilot.pause(0.02)
        raise AssertionError(f"still not painted: {left}")

    async def check(self, after: str = "") -> None:
        """Fail where the terminal shows anything else than a full repaint would, ``after`` what was done."""
        await self.settle()
        differing = differing_lines(self.screen.cells(), self.wanted())
        assert not differing, f"after {after}:\n" + "\n".join(differing)


def without_unknown(data: bytes) -> bytes:
    """What a program wrote without the modern keyboard and mode queries, which pyte takes for text."""
    return re.sub(rb"\x1b\[[<>=?][0-9;$]*[upq]", b"", data)
