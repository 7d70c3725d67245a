"""A screen that is shown for the first time is styled once, when it is mounted."""

from pathlib import Path

import pytest
from textual._compositor import LayoutUpdate

from floorctl.screens.app import CockpitApp
from floorctl.widgets.narrow import NarrowCompositor
from tests.screens.looking import at_rest, cockpit, press
from tests.screens.whole_floor import whole_floor

#: To every screen, twice, and to what opens over some of them.
KEYS = (
    "2 3 enter escape 4 5 enter escape 6 i escape 7 s question_mark escape 1 down k escape m escape n escape a slash "
    "escape ctrl+p escape space e escape 2 3 u escape 4 5 6 7 s 1 z escape ctrl+l"
)


def styled(app: CockpitApp) -> dict[str, str]:
    """Return the styles of each widget of the screen in sight."""
    nodes = [app.screen, *app.screen.query("*")]
    return {f"{number} {node}": node.styles.css for number, node in enumerate(nodes)}


async def test_no_screen_has_the_whole_app_styled_again_and_each_is_as_if_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[str] = []
    refresh_css = CockpitApp.refresh_css

    def counted(app: CockpitApp, animate: bool = True) -> None:
        again.append(app.current_mode)
        refresh_css(app, animate)

    monkeypatch.setattr(CockpitApp, "refresh_css", counted)
    floor = whole_floor(tmp_path, "zh-CN")
    try:
        async with cockpit(floor, (120, 36)) as pilot:
            app = pilot.app
            assert isinstance(app, CockpitApp)
            again.clear()
            keys = KEYS.split()
            for at, key in enumerate(keys):
                await press(pilot, [key])
                assert again == [], keys[: at + 1]
                before = styled(app)
                refresh_css(app, animate=False)
                await pilot.pause()
                assert styled(app) == before, keys[: at + 1]
    finally:
        floor.close()


async def test_what_opens_is_drawn_as_a_whole_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = 0
    draw = NarrowCompositor.render_full_update

    def counted(compositor: NarrowCompositor, simplify: bool = False) -> LayoutUpdate:
        nonlocal drawn
        drawn += 1
        return draw(compositor, simplify)

    monkeypatch.setattr(NarrowCompositor, "render_full_update", counted)
    floor = whole_floor(tmp_path, "zh-CN")
    try:
        async with cockpit(floor, (120, 36)) as pilot:
            assert drawn == 1, "at the start"
            for key in ("3", "1", "k", "2", "4", "5", "1", "k", "3", "7"):
                drawn = 0
                await press(pilot, [key])
                await at_rest(pilot)
                assert drawn == 1, key
                if pilot.app.screen.is_modal:
                    await press(pilot, ["escape"])
                    await at_rest(pilot)
    finally:
        floor.close()
