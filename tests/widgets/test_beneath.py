"""The screen beneath a dialog is dimmed exactly as Textual dims it."""

from pathlib import Path
from typing import Any

import pytest
from rich.style import Style
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import Screen
from textual.strip import Strip
from textual.visual import RenderOptions, RichVisual

from floorctl.screens.shell.help import Help
from floorctl.widgets.beneath import Beneath
from tests.screens.looking import SIZES, cockpit, press
from tests.screens.whole_floor import whole_floor


def cells(strips: list[Strip]) -> list[list[tuple[str, Style | None]]]:
    """Return each character with its style, however the line is cut into segments."""
    return [[(character, piece.style) for piece in strip for character in piece.text] for strip in strips]


def over(dialog: Screen[Any]) -> tuple[list[Strip], list[Strip]]:
    """Return what is drawn beneath ``dialog`` by us and by Textual."""
    color = dialog.styles.background
    beneath = dialog.app.screen_stack[-2]
    options = RenderOptions(dialog._get_style, dialog.styles.get_rules(), None, None)
    size, style = dialog.size, dialog.visual_style
    ours, textuals = Beneath(beneath, color), RichVisual(dialog, BackgroundScreen(beneath, color))
    first, second = (each.render_strips(size.width, size.height, style, options) for each in (ours, textuals))
    return first, second


@pytest.mark.parametrize(("size", "no_color"), [(SIZES[0], True), (SIZES[1], False)])
async def test_every_screen_is_dimmed_as_textual_does_it(
    tmp_path: Path, size: tuple[int, int], no_color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    floor = whole_floor(tmp_path, "zh-CN")
    try:
        async with cockpit(floor, size) as pilot:
            for screen in "1234567s":
                await press(pilot, [screen, "question_mark"])
                dialog = pilot.app.screen
                assert isinstance(dialog, Help)
                ours, textuals = over(dialog)
                assert cells(ours) == cells(textuals), screen
                assert {style for line in cells(ours) for _, style in line} - {None}, "it has styles to compare"
                await press(pilot, ["escape"])
    finally:
        floor.close()
