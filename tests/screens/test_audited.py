"""Copying and revealing on every screen leave an audit entry; where it can't be written, nothing is shown."""

import re
import shutil
from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.screens.orders.missed_calls import MissedCallsScreen
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.quality.form import ScoringScreen
from floorctl.screens.registry import SCREENS
from tests.hot_floor import history, swelling
from tests.personal_floor import PLAIN, WORDS, personal_floor
from tests.quality_stage import CHIEF, QualityStage
from tests.screens.filled_floor import MADE, NOW, filled_floor
from tests.screens.floor_stage import StageOf
from tests.screens.looking import CockpitPilot, at_rest, cockpit, said, text, until
from tests.sources import PACKAGE

PHONE = "13812345678"

#: The keys that lead to each screen and dialog that has something to copy, and what the entry is about.
COPIES = {
    "FloorScreen": (["1"], "seat"),
    "QueuesScreen": (["2"], "queue"),
    "OrdersScreen": (["3"], "order"),
    "MissedCallsScreen": (["3", "M"], "missed_call"),
    "HotSpotsScreen": (["3", "H"], "order"),
    "DepartmentsScreen": (["3", "W"], "department"),
    "AlertsScreen": (["4"], "alert"),
    "QualityScreen": (["5"], "sample"),
    "AssessmentScreen": (["6"], "assessment"),
    "HandoverScreen": (["7"], "handover"),
    "SyncScreen": (["s"], "command"),
    "Trail": (["s", "t"], "audit"),
}
#: Those that show personal data on request, and the keys that lead there.
REVEALS = {"OrdersScreen": ["3"], "MissedCallsScreen": ["3", "M"], "ScoringScreen": ["5", "enter"]}


def having(action: str) -> set[str]:
    """Return the names of the classes that define ``action``, without the base of all screens."""
    found = set()
    for path in (PACKAGE / "screens").rglob("*.py"):
        for part in re.split(r"^class ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            if re.search(rf"^    def {action}\(", part, flags=re.MULTILINE):
                found.add(re.split(r"\W", part, maxsplit=1)[0])
    return found - {"CockpitScreen"}


def test_every_screen_and_dialog_that_copies_or_reveals_is_here() -> None:
    assert having("action_copy") == set(COPIES)
    assert having("action_reveal") == set(REVEALS)
    assert {entry.kind for entry in SCREENS.values()} <= set(COPIES)


def a_floor(stage_of: StageOf, folder: Path, name: str) -> Floor:
    """Return a floor with something to copy on the screen ``name``."""
    floor: Floor
    if name in ("QualityScreen", "ScoringScreen"):
        stage = QualityStage(folder)
        stage.sign_in("supervisor", CHIEF)
        floor = stage.floor
    elif name in ("OrdersScreen", "DepartmentsScreen", "SyncScreen", "Trail"):
        floor, _ = filled_floor(folder)
    elif name in ("MissedCallsScreen", "HotSpotsScreen"):
        floor, feed = filled_floor(folder, orders=3)
        feed.send(("missed_call", "m-1", MADE.missed_call()), *history(NOW), *swelling(NOW))
    else:
        floor = stage_of().floor
    if name in ("SyncScreen", "Trail", "HandoverScreen"):
        floor.handovers.note("water main", None, None)
    return floor


def take_no_more(floor: Floor) -> None:
    """Make the journal unwritable: another file takes its place."""
    journal = floor.data_dir / "journal.db"
    shutil.copy(journal, other := journal.with_suffix(".other"))
    other.replace(journal)


def entries(floor: Floor) -> list[tuple[str, str]]:
    return [(entry.what, entry.subject.kind) for entry in floor.audit.trail(limit=3)[0]]


def revealed(pilot: CockpitPilot) -> str:
    """Return what the open screen reveals; "" for nothing."""
    screen = pilot.app.screen
    assert isinstance(screen, OrdersScreen | MissedCallsScreen | ScoringScreen)
    return screen._revealed.about


@pytest.mark.parametrize("name", COPIES)
async def test_what_is_copied_leaves_an_entry(stage_of: StageOf, tmp_path: Path, name: str) -> None:
    floor, (keys, kind) = a_floor(stage_of, tmp_path, name), COPIES[name]
    async with cockpit(floor, notifications=True) as pilot:
        await there(pilot, keys, name)
        await pilot.press("y")
        await until(pilot, lambda: pilot.app.clipboard)
        assert entries(floor)[0] == ("copy", kind)
        [entry] = floor.audit.trail(limit=1)[0]
        assert entry.detail["n"] > 0
    floor.close()


@pytest.mark.parametrize("name", COPIES)
async def test_nothing_is_copied_where_no_entry_can_be_written(stage_of: StageOf, tmp_path: Path, name: str) -> None:
    floor = a_floor(stage_of, tmp_path, name)
    async with cockpit(floor, notifications=True) as pilot:
        await there(pilot, COPIES[name][0], name)
        take_no_more(floor)
        await pilot.press("y")
        await until(pilot, lambda: said(pilot.app))
        await at_rest(pilot)
        assert not pilot.app.clipboard
    floor.close()


@pytest.mark.parametrize("name", REVEALS)
async def test_what_is_revealed_leaves_an_entry(stage_of: StageOf, tmp_path: Path, name: str) -> None:
    floor = a_floor(stage_of, tmp_path, name)
    async with cockpit(floor, notifications=True) as pilot:
        await there(pilot, REVEALS[name], name)
        await pilot.press("r")
        await until(pilot, lambda: revealed(pilot))
        assert entries(floor)[0][0] == "reveal"
    floor.close()


@pytest.mark.parametrize("name", REVEALS)
async def test_nothing_is_revealed_where_no_entry_can_be_written(stage_of: StageOf, tmp_path: Path, name: str) -> None:
    floor = a_floor(stage_of, tmp_path, name)
    async with cockpit(floor, notifications=True) as pilot:
        await there(pilot, REVEALS[name], name)
        before = text(pilot.app)
        take_no_more(floor)
        await pilot.press("r")
        await until(pilot, lambda: said(pilot.app))
        await at_rest(pilot)
        assert revealed(pilot) == ""
        assert PHONE not in before
        assert PHONE not in text(pilot.app)
    floor.close()


async def test_no_screen_shows_personal_data_that_nobody_revealed(tmp_path: Path) -> None:
    floor = personal_floor(tmp_path)
    before = floor.audit.trail(limit=1)[1]
    masked = False
    async with cockpit(floor, (200, 60)) as pilot:
        for keys in ("1", "1t", "2", "3", "3M", "3H", "3W", "4", "5", "5v", "5vv", "6", "7", "s", "st"):
            for key in (*keys, "enter"):
                await pilot.press(key)
                await at_rest(pilot)
                shown = text(pilot.app)
                masked |= "138****5678" in shown
                notes = WORDS if keys == "7" else ""  # a note between staff
                assert [plain for plain in PLAIN if plain in shown and plain not in notes] == [], keys
            await pilot.press("escape", "escape")
            await at_rest(pilot)
    assert masked
    assert floor.audit.trail(limit=1)[1] == before
    floor.close()


async def there(pilot: CockpitPilot, keys: list[str], name: str) -> None:
    for key in keys:
        await pilot.press(key)
        await at_rest(pilot)
    await until(pilot, lambda: type(pilot.app.screen).__name__ == name)
    await at_rest(pilot)
    pilot.app.forget_copied()
    pilot.app.clear_notifications()


async def test_no_text_is_taken_from_the_screen_by_the_mouse(stage_of: StageOf) -> None:
    """Text selected by mouse would go to the clipboard without an entry."""
    async with cockpit(stage_of().floor) as pilot:
        assert not pilot.app.ALLOW_SELECT
