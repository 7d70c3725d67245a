"""A cockpit on a real terminal that reports when everything typed and fed so far is painted.

``python -m tests.screens.on_terminal FOLDER`` is the program: the stage's floor, where F8 asks it to ring the bell once
nothing is left to be painted, F9 has it say something and F10 hush. SIGUSR1 changes a seat. Without a folder it is the
floor that the environment configures, with its sync, as the cockpit itself has it.
"""

import argparse
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar, NoReturn

from textual.binding import Binding, BindingType
from textual.pilot import Pilot

import floorctl.screens.app
from floorctl.config import load
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.screens.app import CockpitApp
from tests.screen_equality import unpainted
from tests.screens.floor_stage import FloorStage
from tests.terminals import Terminal

TELL, TALK, HUSH = "\x1b[19~", "\x1b[20~", "\x1b[21~"
#: Bytes that what a terminal is told of its pointer takes at most, so that none of it is counted by its end alone.
_LONGEST_TOLD = 64
#: What is counted and looked up at the start has come: nothing changes by itself any more.
_ALL_COUNTED = r"(?s)^[^\n]*(班长|lead)[^\n]*14:32:07[^\n]* 85 .* 31\b"


@contextmanager
def on_terminal(
    folder: Path | None, *arguments: str, size: tuple[int, int] = (120, 36), wait_for: str = _ALL_COUNTED, **env: str
) -> Iterator[Terminal]:
    """Start the program in a terminal and wait for its complete first picture."""
    argv = (sys.executable, "-m", __name__, *([str(folder)] if folder else []), *arguments)
    with Terminal(argv, columns=size[0], rows=size[1], env=env, forked=True) as terminal:
        terminal.wait_for(wait_for)
        yield terminal


def paint(terminal: Terminal) -> None:
    """Wait until everything typed, fed and resized so far is painted."""
    since = max(0, len(terminal.raw) - _LONGEST_TOLD)
    before = rung(terminal, since)
    terminal.press(TELL, pause=0)
    terminal.wait_for(lambda _: rung(terminal, since) > before)


def rung(terminal: Terminal, since: int = 0) -> int:
    """Return how often the bell was rung in what was written.

    The same character ends some of what a terminal is told besides, and some of that is ended by another sign.
    """
    return re.sub(rb"\x1b\](?:[^\a\x1b]|\x1b(?!\\))*(?:\a|\x1b\\)", b"", bytes(terminal.raw[since:])).count(b"\a")


class _Ringing(CockpitApp):
    CSS_PATH: ClassVar = [Path(floorctl.screens.app.__file__).parent / each for each in CockpitApp.CSS_PATH]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "tell", priority=True),  # also from a dialog
        Binding("f9", "talk"),
        Binding("f10", "hush"),
    ]

    def __init__(self, floor: Floor, said: str = "", *, sync: bool = False, debug: bool = False) -> None:
        super().__init__(floor, sync=sync, debug_crash=debug)
        self._said = said

    def action_talk(self) -> None:
        self.say(self._said, timeout=600)

    def action_hush(self) -> None:
        self.clear_notifications()

    def action_tell(self) -> None:
        self.run_worker(self._ring_when_painted())

    async def _ring_when_painted(self) -> None:
        pilot: Pilot[int] = Pilot(self)
        found_painted = 0
        while found_painted < 2:  # what was laid out while pictures were held back is painted a message later
            await pilot.pause(0.01)
            found_painted = found_painted + 1 if self._fits_the_terminal() and not unpainted(self) else 0
        self.bell()

    def _fits_the_terminal(self) -> bool:
        assert sys.__stdout__ is not None
        size = tuple(os.get_terminal_size(sys.__stdout__.fileno()))
        return all(tuple(screen.size) == size for screen in self.screen_stack)


class _Dying(_Ringing):
    """Two errors at once: what one of them stops, the other finds stopped."""

    def action_go(self, name: str) -> NoReturn:
        for widget in (self.screen, *self.screen.children):
            widget.call_later(self._fails)
        secret = "13812345678"
        raise RuntimeError(secret)

    def _fails(self) -> NoReturn:
        raise LookupError


def main() -> int:
    """Show the cockpit until it is left."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--language", default="zh-CN")
    parser.add_argument("--say", default="")
    parser.add_argument("--glyphs", default="unicode", help="as [terminal] glyphs")
    parser.add_argument("--debug", action="store_true")
    parser.add_argument("--die", action="store_true", help="with a secret at hand, when a screen is gone to")
    given = parser.parse_args()
    if given.folder is None:
        with closing(open_terminal(load())) as floor:
            return _code(_Ringing(floor, sync=True, debug=given.debug))
    stage = FloorStage(given.folder, language=given.language)
    app = (_Dying if given.die else _Ringing)(stage.floor, given.say, debug=given.debug)
    app.glyphs = given.glyphs
    talks = {"state": "talking", "since": stage.floor.now()}
    signal.signal(signal.SIGUSR1, lambda *_: stage.tell(("seat", "s-10"), **talks))
    return _code(app)


def _code(app: CockpitApp) -> int:
    code = app.run()
    return app.return_code or code or 0


if __name__ == "__main__":
    sys.exit(main())
