"""Every screen with its details and dialogs, on a floor full of odd cases: no id of the platform, no code."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding

from floorctl.i18n import use_language
from floorctl.screens.app import CockpitApp
from floorctl.screens.registry import SCREENS
from floorctl.widgets.table import PlainTable
from tests.awkward_floor import AwkwardFloor
from tests.internal_words import internal_words
from tests.scope import FULL
from tests.screens.looking import CockpitPilot, burst, lines, piloted, until

#: Wide and high enough that nothing is cut and nothing has to be scrolled to.
SIZE = (160, 50)
#: Keys that lead elsewhere, or whose line would take the keys that follow.
_NOT_PRESSED = {"ctrl+q", "ctrl+l", "escape", "enter", "up", "down", "pageup", "pagedown", "home", "end", "shift+tab"}
#: Rows that are looked at in each list: what is said of each is the same in the other language.
_ROWS = {"zh-CN": 16, "en": 4} if FULL else {"zh-CN": 5, "en": 2}
#: Keys that open the same from every screen.
_EVERYWHERE = ("z", "n", "ctrl+p")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> AwkwardFloor:
    return AwkwardFloor(tmp_path_factory.mktemp("awkward") / "data")


@pytest.fixture(autouse=True)
def language_back() -> Iterator[None]:
    yield
    use_language("zh-CN")


class Looking:
    """Reads screens, and collects the ids and codes that should not be there."""

    def __init__(self, app: CockpitApp, language: str, ids: set[str]) -> None:
        self.app = app
        self.language = language
        self.ids = ids
        self.found: dict[str, set[str]] = {}
        self.seen: set[str] = set()

    def look(self, where: str) -> None:
        """Read the whole screen."""
        for line in lines(self.app):
            if line in self.seen:
                continue
            self.seen.add(line)
            for word in internal_words(line, self.language, self.ids):
                self.found.setdefault(word, set()).add(f"{where}: {line.strip()[:150]}")


async def _calm(pilot: CockpitPilot) -> None:
    """Wait until the workers have done what a key asked for."""
    for _ in range(3):
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_no_screen_shows_an_id_or_a_code(template: AwkwardFloor, tmp_path: Path, language: str) -> None:
    world = template.copy_in(tmp_path / "data", language)
    app = CockpitApp(world.floor)
    async with piloted(app, size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: lines(app)[0].strip())
        looking = Looking(app, language, world.ids())
        for name, (key, _, _) in SCREENS.items():
            await pilot.press(key)
            await _calm(pilot)
            looking.look(name)
            keys = _keys(app) if language == "zh-CN" or FULL else ["question_mark"]
            for binding in (*keys, *(_EVERYWHERE if name == "floor" else ())):
                if app.current_mode != name:  # the key before led elsewhere
                    await pilot.press(key)
                burst(pilot, binding)
                await _calm(pilot)
                looking.look(f"{name} {binding}")
                while app.screen.is_modal:
                    burst(pilot, "escape")
                    await _calm(pilot)
                burst(pilot, "escape", "escape")
                await asyncio.sleep(0.02)
            burst(pilot, key)
            await _calm(pilot)
            table = next((each for each in app.screen.query(PlainTable) if each.total), None)
            for _ in range(min(_ROWS[language], table.total) if table else 0):
                burst(pilot, "down")
                await _calm(pilot)
                looking.look(f"{name} row")
    world.floor.close()
    assert looking.found == {}, "\n".join(f"{word}: {sorted(where)[:4]}" for word, where in looking.found.items())


def _keys(app: CockpitApp) -> list[str]:
    """Return the keys of the screen in sight."""
    found = []
    for each in app.screen.BINDINGS:
        if isinstance(each, Binding):
            found += [key for key in each.key.split(",") if key not in _NOT_PRESSED]
    return [*dict.fromkeys(found), "question_mark"]
