"""The focus is on a visible widget, and returns to it when a dialog over it is closed."""

from pathlib import Path

from floorctl.screens.app import CockpitApp
from tests.screens.looking import cockpit, press
from tests.screens.test_nothing_is_cut import VIEWS
from tests.screens.whole_floor import whole_floor

#: Those that are a dialog themselves.
_DIALOGS = ("seat", "ladder", "undo", "scoring", "trail")


async def test_a_dialog_that_is_closed_gives_the_keys_back_to_who_had_them(tmp_path: Path) -> None:
    floor = whole_floor(tmp_path, "en")
    views = {view: keys for view, keys in VIEWS.items() if view not in _DIALOGS} | {"the year": ["6", "v"]}
    wrong = []
    try:
        async with cockpit(floor, (120, 36)) as pilot:
            app = pilot.app
            assert isinstance(app, CockpitApp)
            for view, keys in views.items():
                await press(pilot, keys)
                await pilot.pause(0.1)
                screen, had = app.screen, app.screen.focused
                for _ in range(2):
                    await press(pilot, ["question_mark"])
                    await pilot.pause(0.1)
                    assert app.screen is not screen, f"{view}: nothing lies over it"
                    app.pop_screen()
                    await pilot.pause(0.1)
                    if screen.focused is not had or (had is not None and not had.region.area):
                        wrong.append(f"{view}: {had} had the keys, {screen.focused} has them")
                await press(pilot, ["escape", "escape"])
    finally:
        floor.close()
    assert not wrong, "\n".join(dict.fromkeys(wrong))
