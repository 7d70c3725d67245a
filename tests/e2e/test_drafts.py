"""A half-typed line survives whatever ends the program, and is there again for the same thing."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from tests.e2e.floor_terminal import PROGRAM
from tests.screens.filled_floor import filled_floor
from tests.terminals import Terminal
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TYPED = "call the water works 供水"


def cockpit(folder: Path) -> Terminal:
    """The cockpit on what ``filled_floor`` left in ``folder``; it does not lock, and there is no platform."""
    settings = folder / "floorctl.toml"
    settings.write_text(
        f'[platform]\nurl = "http://127.0.0.1"\n[alerts]\ncritical_full_screen_after = "12h"\n'
        f'[terminal]\nname = "A区-1"\ndata_dir = "{folder / "data"}"\nkey = "file"\nlock_after = "0s"\n',
        "utf-8",
    )
    env = {"HOME": str(folder), "FLOORCTL_CONFIG": str(settings), "LC_ALL": "C.UTF-8"}
    return Terminal(PROGRAM, env=env, forked=True)


def kept(folder: Path) -> list[str]:
    """The drafts in the journal."""
    journal = Journal.open(folder / "data" / "journal.db", data_key(folder / "data", "file"))
    try:
        return [json.loads(draft.data) for draft in journal.drafts("text", "p-1001")]
    finally:
        journal.close()


def by_kill(terminal: Terminal) -> None:
    terminal.kill()


def by_signal(terminal: Terminal) -> None:
    terminal.process.kill(signal.SIGTERM)
    terminal.process.wait()


def by_key(terminal: Terminal) -> None:
    terminal.press("ctrl+q")
    terminal.process.wait()


@pytest.mark.parametrize("end", [by_kill, by_signal, by_key])
def test_a_half_typed_note_is_offered_again_after(end: Callable[[Terminal], None], tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path / "data")
    floor.close()
    with cockpit(tmp_path) as terminal:
        terminal.wait_until_seen("待派", seconds=30)
        terminal.press("n")
        terminal.wait_for("Esc 取消")
        terminal.press(TYPED)
        terminal.wait_for("供水")
        if end is by_kill:  # nothing tells it: what is there is what was written while it was typed
            wait_until(lambda: kept(tmp_path) == [TYPED], why="for the draft")
        end(terminal)
    assert kept(tmp_path) == [TYPED]
    with cockpit(tmp_path) as terminal:
        terminal.wait_until_seen("待派", seconds=30)
        terminal.press("n")
        terminal.wait_for(lambda text: TYPED in text and "写的草稿" in text)
