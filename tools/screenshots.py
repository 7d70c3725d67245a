"""Take the pictures in docs/screens: every screen, three sizes, two languages, live and after the platform has gone.

A platform of its own runs meanwhile, with a seed, so that the pictures of two releases can be laid side by side.
"""

import asyncio
import html
import itertools
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from msgspec import structs
from rich.cells import cell_len
from textual.pilot import Pilot

from floorctl.errors import FloorctlError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.screens.app import CockpitApp
from tests.build import config
from tests.platforms import PlatformProcess

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screens"
SIZES = ((80, 24), (120, 36), (200, 60))
#: Width of a terminal cell in the export.
_CELL = 12.2
Act = Callable[["Pilot[int]"], Awaitable[None]]


def keys(*pressed: str) -> Act:
    """Press these keys, then wait for the picture to settle."""

    async def act(pilot: "Pilot[int]") -> None:
        for key in pressed:
            await pilot.press(key)
            await pilot.pause(0.1)
        await pilot.pause(0.8)

    return act


async def counted_shift(pilot: "Pilot[int]") -> None:
    """The handover, when the shift has been counted."""
    await pilot.press("7")
    deadline = time.monotonic() + 30
    while getattr(pilot.app.screen, "figures", None) is None and time.monotonic() < deadline:
        await pilot.pause(0.1)
    await pilot.pause(0.5)


SCENES: dict[str, Act] = {
    "floor": keys("1"),
    "queues": keys("2"),
    "orders": keys("3"),
    "alerts": keys("4"),
    "quality": keys("5"),
    # Begun anew each time: what was filled in for the last picture is kept.
    "scoring": keys("5", "enter", "delete", "y", "f", "F", "9", *"诉求未复述", "enter", "H", "x", *"无需告知"),
    "results": keys("5", "R", "b", "b", "b"),
    "assessment": keys("6"),
    "assessment-costs": keys("6", "enter"),
    "handover": counted_shift,
    "sync": keys("s"),
    "help": keys("1", "question_mark"),
    "palette": keys("1", "ctrl+p"),
    "sign-in": keys("1", "ctrl+l"),
    # A toast over Chinese text.
    "toast": keys("3", "y"),
    "undo": keys("1", "z"),
}


async def main() -> None:
    """Take every picture whose name holds the first argument (all without one)."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        platform = PlatformProcess(Path(folder) / "platform.db", "--at", "10:20", "--seed", "12345")
        platform.start()
        floor = await asyncio.to_thread(signed_in_floor, platform, Path(folder) / "data")
        try:
            await wait_for(floor, "live")
            await asyncio.sleep(8)
            quiet_alarms(floor)
            for state in ("live", "offline"):
                if state == "offline":
                    platform.stop()
                    await wait_for(floor, "offline")
                    act_offline(floor)
                for language in ("zh-CN", "en"):
                    await take_all(floor, state, language, wanted)
        finally:
            floor.close()
            platform.stop()


def signed_in_floor(platform: PlatformProcess, folder: Path) -> Floor:
    """A floor signed in as the supervisor."""
    floor = open_terminal(config(folder, url=platform.url, bell=False))
    floor.session.sign_in(*platform.accounts["supervisor"])
    floor.live.start()
    return floor


async def wait_for(floor: Floor, mode: str) -> None:
    """Wait until the floor stands so, with its orders counted."""
    deadline = time.monotonic() + 60
    while floor.status.connection().mode != mode or floor.status.connection().first_sync is not None:
        if time.monotonic() > deadline:
            raise SystemExit(f"the floor did not become {mode}")
        await asyncio.sleep(0.1)


def quiet_alarms(floor: Floor) -> None:
    """Acknowledge what is critical, so that no alarm covers the pictures."""
    for view in floor.alerts.all():
        if view.alert.severity == "critical" and view.alert.state == "open":
            floor.alerts.acknowledge(view.id)


def act_offline(floor: Floor) -> None:
    """A few acts that wait to be sent."""
    for view in floor.orders.page(limit=3).items:
        try:
            floor.orders.urge(view.id, confirmed=True)
        except FloorctlError as error:
            print(error.key, file=sys.stderr)


async def take_all(floor: Floor, state: str, language: str, wanted: str) -> None:
    """Every scene in every size."""
    floor = replace(floor, config=structs.replace(floor.config, language=language))
    for columns, rows in SIZES:
        for scene, act in SCENES.items():
            name = f"{scene}-{state}-{language}-{columns}x{rows}"
            if wanted not in name:
                continue
            app = CockpitApp(floor)
            async with app.run_test(size=(columns, rows), notifications=True) as pilot:
                await pilot.pause(0.5)
                await act(pilot)
                picture = app.export_screenshot(title=f"floorctl · {columns}×{rows}")
            (FOLDER / f"{name}.svg").write_text(at_home(picture), "utf-8")
            print(name, file=sys.stderr)


def at_home(picture: str) -> str:
    """The picture without fonts from elsewhere, and with the width that Chinese text really takes.

    The export gives every character one cell; a Chinese one takes two, and would be squeezed.
    """

    def place(found: re.Match[str]) -> str:
        left, text, placed = float(found["x"]), html.unescape(found["text"]), []
        # Wide and narrow characters apart: one length over both would stretch the digits between Chinese words.
        for wide, run in itertools.groupby(text, lambda char: cell_len(char) == 2):
            part = "".join(run)
            width = cell_len(part) * _CELL
            words = html.escape(part).replace(" ", "&#160;").replace("\xa0", "&#160;")
            length = f'textLength="{width:g}"' if wide or part.strip() else ""
            placed.append(
                f'<text{found["before"]}x="{left:g}"{found["between"]}{length}{found["after"]}>{words}</text>'
            )
            left += width
        return "".join(placed)

    shape = r'<text(?P<before>[^>]*?)x="(?P<x>[^"]*)"(?P<between>[^>]*?)textLength="[^"]*"(?P<after>[^>]*)>'
    picture = re.sub(shape + r"(?P<text>[^<]*)</text>", place, picture)
    picture = re.sub(r"@font-face\s*{[^}]*}", "", picture)
    picture = picture.replace("Fira Code", "Fira Code, DejaVu Sans Mono, Noto Sans Mono CJK SC, Sarasa Mono SC")
    return re.sub(r"[ \t]+\n", "\n", picture)


if __name__ == "__main__":
    asyncio.run(main())
