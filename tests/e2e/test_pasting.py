"""A text of several lines pasted into a real terminal, with and without the marks that say what is pasted."""

from pathlib import Path

import pytest

from tests.e2e.test_drafts import cockpit
from tests.screens.filled_floor import filled_floor, open_floor

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_all_lines_stand_in_the_note_and_no_letter_acts(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path / "data")
    floor.close()
    with cockpit(tmp_path) as terminal:
        terminal.wait_until_seen("待派", seconds=30)
        terminal.press("3")
        terminal.wait_until_seen("排序")
        terminal.process.write("u p d a 1 2 y Y 强制签出\r\n".encode() * 1000)
        while "Esc 取消" not in terminal.text():  # one that comes right behind the text is the end of it
            terminal.press("n", pause=0.5)
        terminal.process.write("第一行\r\nu 2\ry\t3".encode())
        terminal.wait_for("第一行 u 2 y 3")
        terminal.press("\x15")  # Ctrl+U
        terminal.wait_for(lambda text: "第一行" not in text)
        terminal.process.write("\x1b[200~\r\n甲\r\n乙\tu\r\n\x1b[201~".encode())
        terminal.wait_for("甲 乙 u")
        terminal.press("enter")
        terminal.wait_for(lambda text: "Esc 取消" not in text)
    again = open_floor(tmp_path / "data")
    try:
        assert [(item.kind, item.data["text"]) for item in again.outbox.items()] == [("handover.note", "甲 乙 u")]
    finally:
        again.close()
