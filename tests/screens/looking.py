"""Looking at the cockpit as a person does: the text on the screen, the keys, what goes to the terminal."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from textual.events import Key
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget

from floorctl.i18n import use_language
from floorctl.screens.app import CockpitApp
from floorctl.widgets.painted import Line
from floorctl.widgets.pane import Pane
from floorctl.widgets.rows import Row
from floorctl.widgets.table import HOLD_SECONDS, PlainTable
from tests.scope import FULL
from tests.still_time import StillTimeLoop

SIZES = [(80, 24), (120, 36), (200, 60)]
#: Both languages in each size; in short, both where there is the least room, and each where there is more.
IN_TURN = [(size, language) for size in SIZES for language in ("zh-CN", "en")]
if not FULL:
    IN_TURN = [*IN_TURN[:2], (SIZES[1], "en"), (SIZES[2], "zh-CN")]
#: Seconds of still time in which all that was put off for a moment has come: what a burst holds back, and its like.
REST = 0.4
HOSTILE: list[str] = json.loads((Path(__file__).parent.parent / "data" / "hostile.json").read_text("utf-8"))


def lines(app: CockpitApp) -> list[str]:
    """The lines on the screen."""
    return ["".join(piece.text for piece in strip) for strip in app.screen._compositor.render_strips()]


def text(app: CockpitApp) -> str:
    return "\n".join(lines(app))


def links(app: CockpitApp) -> list[Any]:
    """What could be clicked because a text said so."""
    styles = [piece.style for strip in app.screen._compositor.render_strips() for piece in strip if piece.style]
    return [style for style in styles if style.link or any(key.startswith("@") for key in style.meta)]


def controls(seen: str) -> list[str]:
    bidi = "\u202e\u2066"
    return [char for char in seen if char != "\n" and (ord(char) < 32 or 127 <= ord(char) < 160 or char in bidi)]


@asynccontextmanager
async def cockpit(
    floor: Any, size: tuple[int, int] = (120, 36), *, notifications: bool = False
) -> AsyncIterator[Pilot[int]]:
    """The cockpit on ``floor``, once all that it shows at first is there; toasts are shown with ``notifications``.

    On real time with its first picture: what else comes by and by has to be waited for.
    """
    app = CockpitApp(floor)
    try:
        async with app.run_test(size=size, notifications=notifications) as pilot:
            await until(pilot, lambda: size[1] < 3 or (lines(app)[0].strip() and lines(app)[-1].strip()))
            if isinstance(asyncio.get_running_loop(), StillTimeLoop):
                await at_rest(pilot)
            yield pilot
    finally:
        use_language("zh-CN")


async def until(pilot: Pilot[int], holds: Any, *, tries: int = 200) -> None:
    """Go on until ``holds()``. On real time for as long as a loaded machine may take, however few tries that is."""
    loop = asyncio.get_running_loop()
    least = 0.0 if isinstance(loop, StillTimeLoop) else loop.time() + 30
    while tries > 0 or loop.time() < least:
        if holds():
            return
        await pilot.pause(0.02)
        tries -= 1
    raise AssertionError("in vain; on the screen:\n" + text(pilot.app))  # type: ignore[arg-type]


def burst(pilot: Pilot[int], *keys: str) -> None:
    """Type ``keys`` all at once: the app has seen none of them when the last one is typed."""
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))


async def at_rest(pilot: Pilot[int]) -> None:
    """Go on until nothing is left to be done: on still time a moment passes only where nothing and nobody works."""
    assert isinstance(asyncio.get_running_loop(), StillTimeLoop), "on real time nobody knows: wait for what is to come"
    await pilot.pause(REST)


async def hands_off(pilot: Pilot[int]) -> None:
    """Touch nothing for so long that what waits for the hand to rest comes in."""
    await at_rest(pilot)
    await pilot.pause(HOLD_SECONDS + 2)


async def press(pilot: Pilot[int], keys: Iterable[str]) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause(0.03)


def said(app: CockpitApp) -> list[str]:
    """What notifications say that stand at present."""
    return [each.message for each in app._notifications]


def in_sight(app: CockpitApp) -> list[str]:
    """The lines of the screen, or of the dialog that stands over it."""
    shown = lines(app)
    for dialog in app.screen.query(".dialog, .ask"):
        box = dialog.region
        return ["".join(columns(line)[box.x : box.right]) for line in shown[box.y : box.bottom]]
    return shown


def columns(line: str) -> list[str]:
    """A character for every cell of ``line``, nothing for the second cell of a double-width one."""
    return [part for char in line for part in (char, *[""] * (cell_len(char) - 1))]


def reads(app: CockpitApp, words: str) -> bool:
    """Whether ``words`` are in sight, also where they go on in the next line."""

    def run_on(of: str) -> str:
        return re.sub(r"[\s│▌▐┃]+", "", of)

    return run_on(words) in run_on("".join(in_sight(app)))


def drawn(widget: Widget) -> list[Strip]:
    """A widget that is drawn line by line, as it is drawn; its styles, too."""
    return [widget.render_line(y) for y in range(widget.size.height)]


async def resized(pilot: Pilot[int], size: tuple[int, int]) -> None:
    """Give the terminal another size, and wait for the picture in it."""
    await pilot.resize_terminal(*size)
    await until(pilot, lambda: tuple(pilot.app.screen.size) == size)
    await pilot.pause()


def whole(pane: Pane, width: int = 60) -> list[Line]:
    """All the lines that a pane has to say at this width, in sight or not."""
    return pane.picture(width + 1, 10_000)


def words(pane: Pane, width: int = 60) -> str:
    """The text of ``whole``."""
    return "\n".join("".join(piece.text for piece in line) for line in whole(pane, width))


def loaded(table: PlainTable) -> list[Row]:
    """The rows of a list that are loaded, from the first on."""
    rows = (table.row_at(n) for n in range(table.total))
    return [row for row in rows if row is not None]
