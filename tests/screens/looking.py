"""Driving and reading the cockpit as a person does: keys, the text on the screen, notifications."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from rich.cells import cell_len
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from floorctl.floor.floor import Floor
from floorctl.i18n import use_language
from floorctl.screens.app import CockpitApp
from floorctl.screens.shell.dialogs import AskText
from floorctl.widgets.painted import Line
from floorctl.widgets.pane import Pane
from floorctl.widgets.plain import PlainInput
from floorctl.widgets.rows import Row
from floorctl.widgets.table import HOLD_SECONDS, PlainTable
from tests.scope import FULL
from tests.still_time import StillTimeLoop

S = TypeVar("S", bound=Screen[Any])
SIZES = [(80, 24), (120, 36), (200, 60)]
#: Both languages in each size; in short, both where there is the least room, and each where there is more.
IN_TURN = [(size, language) for size in SIZES for language in ("zh-CN", "en")]
if not FULL:
    IN_TURN = [*IN_TURN[:2], (SIZES[1], "en"), (SIZES[2], "zh-CN")]
#: Seconds of still time after which everything that was delayed a moment has happened.
REST = 0.4
#: What no sentence for people holds: how programs write values, names of fields, ids.
PROGRAMS = re.compile(
    r"FieldError|\w+=|[\[\]{}]|\b(?:s|a|p|q|sh|o)-[\w-]*\d|\b(?:seat|alert|pause|shift|floor)\.\w+"
    r"|target|_id\b|None|42[29]|409"
)
HOSTILE: list[str] = json.loads((Path(__file__).parent.parent / "data" / "hostile.json").read_text("utf-8"))
#: Those of them that have a character.
HOSTILE_TEXTS = [each for each in HOSTILE if each]


def lines(app: App[Any]) -> list[str]:
    """Return the lines on the screen."""
    return ["".join(piece.text for piece in strip) for strip in app.screen._compositor.render_strips()]


def text(app: App[Any]) -> str:
    return "\n".join(lines(app))


def links(app: App[Any]) -> list[Any]:
    """Return the styles that make text clickable."""
    styles = [piece.style for strip in app.screen._compositor.render_strips() for piece in strip if piece.style]
    return [style for style in styles if style.link or any(key.startswith("@") for key in style.meta)]


def controls(seen: str) -> list[str]:
    bidi = "\u202e\u2066"
    return [char for char in seen if char != "\n" and (ord(char) < 32 or 127 <= ord(char) < 160 or char in bidi)]


class CockpitPilot(Pilot[int]):
    """A pilot whose app is a cockpit."""

    def __init__(self, app: CockpitApp) -> None:
        super().__init__(app)
        self._cockpit = app

    @property
    def app(self) -> CockpitApp:
        return self._cockpit


@asynccontextmanager
async def piloted(
    app: CockpitApp, size: tuple[int, int] = (80, 24), *, notifications: bool = False
) -> AsyncIterator[CockpitPilot]:
    """Run the cockpit without a terminal; ``notifications``: show toasts."""
    async with app.run_test(size=size, notifications=notifications):
        yield CockpitPilot(app)


@asynccontextmanager
async def cockpit(
    floor: Floor, size: tuple[int, int] = (120, 36), *, notifications: bool = False
) -> AsyncIterator[CockpitPilot]:
    """Run the cockpit on ``floor`` and wait until its first picture is complete; ``notifications``: show toasts.

    On real time, later readings have to be waited for by the test.
    """
    app = CockpitApp(floor)
    try:
        async with piloted(app, size=size, notifications=notifications) as pilot:
            await until(pilot, lambda: size[1] < 3 or (lines(app)[0].strip() and lines(app)[-1].strip()))
            if isinstance(asyncio.get_running_loop(), StillTimeLoop):
                await at_rest(pilot)
            yield pilot
    finally:
        use_language("zh-CN")


async def until(pilot: Pilot[Any], holds: Callable[..., object], *, tries: int = 200) -> None:
    """Wait until ``holds()``; on real time at least 30 seconds, since the machine may be busy."""
    loop = asyncio.get_running_loop()
    least = 0.0 if isinstance(loop, StillTimeLoop) else loop.time() + 30
    while tries > 0 or loop.time() < least:
        if holds():
            return
        await pilot.pause(0.02)
        tries -= 1
    raise AssertionError("in vain; on the screen:\n" + text(pilot.app))


def burst(pilot: Pilot[Any], *keys: str) -> None:
    """Type ``keys`` at once: the app handles none of them before the last one is typed."""
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))


async def at_rest(pilot: Pilot[Any]) -> None:
    """Wait until no work is left: on still time, time passes only while nothing works."""
    assert isinstance(asyncio.get_running_loop(), StillTimeLoop), "on real time nobody knows: wait for what is to come"
    await pilot.pause(REST)


async def hands_off(pilot: Pilot[Any]) -> None:
    """Press nothing until rows that were held back are shown."""
    await at_rest(pilot)
    await pilot.pause(HOLD_SECONDS + 2)


async def press(pilot: Pilot[Any], keys: Iterable[str]) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.03)


def said(app: App[Any]) -> list[str]:
    """Return the texts of the present notifications."""
    return [each.message for each in app._notifications]


def told(pilot: Pilot[Any], words: str) -> bool:
    """Whether a notification has ``words``."""
    return any(words in each for each in said(pilot.app))


def acts(floor: Floor) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the commands made here, oldest first: kind, id of the target, data."""
    return [(item.kind, item.target.id, item.data) for item in reversed(floor.outbox.items())]


def on_top(pilot: Pilot[Any], kind: type[S]) -> S:
    """Return the open screen, which has to be of this kind."""
    screen = pilot.app.screen
    assert isinstance(screen, kind), screen
    return screen


def is_on_top(pilot: Pilot[Any], screen: Screen[Any]) -> bool:
    return pilot.app.screen is screen


def focused_line(pilot: Pilot[Any]) -> PlainInput:
    """Return the line that has the focus."""
    line = pilot.app.screen.focused
    assert isinstance(line, PlainInput)
    return line


async def ask_for_text(pilot: Pilot[Any], *keys: str) -> AskText:
    """Press ``keys``, the last of which asks for a text; return the dialog that asks."""
    for key in keys:
        await pilot.press(key)
        await at_rest(pilot)
    await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
    await at_rest(pilot)
    dialog = pilot.app.screen
    assert isinstance(dialog, AskText)
    return dialog


def in_sight(app: App[Any]) -> list[str]:
    """Return the lines of the open dialog, else of the screen."""
    shown = lines(app)
    for dialog in app.screen.query(".dialog, .ask"):
        box = dialog.region
        return ["".join(columns(line)[box.x : box.right]) for line in shown[box.y : box.bottom]]
    return shown


def columns(line: str) -> list[str]:
    """Return a character for each cell of ``line``, "" for the second cell of a double-width one."""
    return [part for char in line for part in (char, *[""] * (cell_len(char) - 1))]


def reads(app: App[Any], words: str) -> bool:
    """Whether ``words`` are in sight, also if wrapped."""

    def run_on(of: str) -> str:
        return re.sub(r"[\s│▌▐┃]+", "", of)

    return run_on(words) in run_on("".join(in_sight(app)))


def drawn(widget: Widget) -> list[Strip]:
    """Return the strips of a widget as it is drawn."""
    return [widget.render_line(y) for y in range(widget.size.height)]


async def resized(pilot: Pilot[Any], size: tuple[int, int]) -> None:
    """Resize the terminal and wait until it is repainted."""
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: tuple(pilot.app.screen.size) == size)
    await pilot.pause()


def whole(pane: Pane, width: int = 60) -> list[Line]:
    """Return all lines of a pane at this width, in sight or not."""
    return pane.picture(width + 1, 10_000)


def words(pane: Pane, width: int = 60) -> str:
    """Return the text of ``whole``."""
    return "\n".join("".join(piece.text for piece in line) for line in whole(pane, width))


def loaded(table: PlainTable) -> list[Row]:
    """Return the loaded rows of a list."""
    rows = (table.row_at(n) for n in range(table.total))
    return [row for row in rows if row is not None]
