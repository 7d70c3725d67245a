"""Copying: the notification says that text was sent (no terminal confirms it); `Y` writes the same to a file."""

import base64
import stat
from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.i18n import use_language
from floorctl.screens.shell.dialogs import AskText
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.shell.sign_in import SignIn
from floorctl.screens.sync.trail import Trail
from floorctl.tty.clipboard import MOST_BYTES, obstacle
from floorctl.widgets.plain import PlainInput
from tests.quality_stage import CHIEF, QualityStage
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import CockpitPilot, at_rest, cockpit, press, said, text, until

#: Nothing is known against a terminal like this.
GOOD = {"TERM": "xterm-256color"}


@pytest.fixture(autouse=True)
def a_good_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", GOOD["TERM"])


@pytest.mark.parametrize(
    ("environment", "known"),
    [(GOOD, ""), ({}, ""), ({"TERM": "xterm-kitty"}, ""), ({"TERM": "linux"}, "console"),
     ({"TERM": "vt220"}, "console"),
     ({"TERM": "dumb"}, "console"), ({"TERM": "screen-256color", "STY": "1.pts"}, "screen"),
     ({"TERM": "screen.xterm"}, "screen"), ({"TERM": "screen-256color", "TMUX": "/tmp/t,1,0"}, "tmux"),
     ({"TERM": "tmux-256color"}, "tmux"), ({**GOOD, "VTE_VERSION": "6003"}, "vte"),
     ({"TERM": "screen", "TMUX": "x", "VTE_VERSION": "6003"}, "tmux")],
)  # fmt: skip
def test_what_is_known_of_terminals(environment: dict[str, str], known: str) -> None:
    assert obstacle(environment) == known


async def sent(pilot: CockpitPilot) -> str:
    """Return the text that was sent to the clipboard."""
    await until(pilot, lambda: pilot.app.clipboard)
    await at_rest(pilot)
    return str(pilot.app.clipboard)


@pytest.mark.parametrize("keys", ["1", "2", "3", "4", "6"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_screen_says_how_much_was_sent_and_never_that_it_is_copied(
    stage_of: StageOf, keys: str, language: str
) -> None:
    stage: FloorStage = stage_of(language=language)
    async with cockpit(stage.floor, notifications=True) as pilot:
        await press(pilot, keys)
        await at_rest(pilot)
        await pilot.press("y")
        n = len(await sent(pilot))
        [words] = said(pilot.app)
        assert ("已送出" in words and f"{n} 个字" in words) if language == "zh-CN" else f"{n} character" in words
        assert "没有收下" in words or "may not have taken" in words
        assert "Y" in words
        assert "已复制" not in words
        assert "Copied" not in words
        assert text(pilot.app)
    use_language("zh-CN")


async def test_what_is_said_again_stands_there_once(floor: Floor) -> None:
    async with cockpit(floor, notifications=True) as pilot:
        await press(pilot, "3")
        await at_rest(pilot)
        for key in ("y", "y", "j", "y"):
            await pilot.press(key)
            await at_rest(pilot)
        words = said(pilot.app)
        assert len(words) == len(set(words)) < 3, words


async def test_the_other_screens_do_too(stage: QualityStage) -> None:
    stage.sign_in("supervisor", CHIEF)
    async with cockpit(stage.floor, notifications=True) as pilot:
        for key in "57":
            await pilot.press(key)
            await at_rest(pilot)
            pilot.app.forget_copied()
            pilot.app.clear_notifications()
            await pilot.press("y")
            n = len(await sent(pilot))
            assert f"{n} 个字" in said(pilot.app)[-1]


async def test_what_waits_to_be_sent_and_the_trail_are_copied_too(floor: Floor) -> None:
    floor.handovers.note("water main", None, None)
    async with cockpit(floor, notifications=True) as pilot:
        await pilot.press("s")
        await at_rest(pilot)
        await pilot.press("y")
        assert "交接" in await sent(pilot)
        pilot.app.forget_copied()
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, Trail))
        await at_rest(pilot)
        await pilot.press("y")
        assert await sent(pilot)
        assert isinstance(pilot.app.screen, Trail)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"TERM": "linux"}, "没有剪贴板"),
        ({"STY": "1"}, "screen 不会转给"),
        ({"TMUX": "x"}, "set-clipboard on"),
        ({"VTE_VERSION": "6003"}, "VTE"),
    ],
)
async def test_a_terminal_that_is_known_to_take_nothing_is_named(
    floor: Floor, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], words: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with cockpit(floor, notifications=True) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        await pilot.press("y")
        await sent(pilot)
        assert words in said(pilot.app)[-1]
        assert "按 Y" in said(pilot.app)[-1]


@pytest.mark.parametrize(("size", "too_long"), [(MOST_BYTES, False), (MOST_BYTES + 1, True), (1_000_000, True)])
async def test_more_than_terminals_take_is_said(floor: Floor, size: int, too_long: bool) -> None:
    async with cockpit(floor, notifications=True) as pilot:
        pilot.app.copy_to_clipboard("x" * size)
        await at_rest(pilot)
        assert ("74,994" in said(pilot.app)[-1]) is too_long
        pilot.app.copy_to_clipboard("工" * (size // 3 + 1))
        await at_rest(pilot)
        assert "74,994" in said(pilot.app)[-1], "it is bytes that are counted"


async def test_what_is_selected_in_a_line_is_said_to_be_sent_too(floor: Floor) -> None:
    async with cockpit(floor, notifications=True) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        await at_rest(pilot)
        await pilot.press(*"water", "shift+home", "ctrl+c")
        assert await sent(pilot) == "water"
        assert "5 个字" in said(pilot.app)[-1]


async def test_a_lock_forgets_what_was_copied(floor: Floor) -> None:
    async with cockpit(floor) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        await pilot.press("y")
        await sent(pilot)
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        await at_rest(pilot)
        assert not pilot.app.clipboard


# -- to a file


async def asked(pilot: CockpitPilot) -> PlainInput:
    await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
    await at_rest(pilot)
    line: PlainInput = pilot.app.screen.query_one(PlainInput)
    return line


@pytest.mark.parametrize("keys", ["1", "3", "s"])
async def test_the_same_text_goes_to_a_new_file_that_nobody_else_can_read(
    floor_stage: FloorStage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str
) -> None:
    monkeypatch.chdir(tmp_path)
    floor = floor_stage.floor
    floor.handovers.note("water main", None, None)
    async with cockpit(floor, notifications=True) as pilot:
        await press(pilot, keys)
        await at_rest(pilot)
        await pilot.press("y")
        clipboard = await sent(pilot)
        await pilot.press("Y")
        name = (await asked(pilot)).value
        assert name.startswith("floorctl-")
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / name).exists())
        await at_rest(pilot)
        assert (tmp_path / name).read_text("utf-8") == clipboard + "\n"
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        assert name in said(pilot.app)[-1]
        assert [entry.what for entry in floor.audit.trail(limit=1)[0]] == ["export"]


async def test_a_file_that_is_there_is_never_overwritten_and_the_name_is_asked_for_again(
    floor: Floor, tmp_path: Path
) -> None:
    (there := tmp_path / "there.txt").write_text("mine", "utf-8")
    (tmp_path / "link.txt").symlink_to(there)
    async with cockpit(floor, notifications=True) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        for wrong in ("there.txt", "link.txt", "nowhere/new.txt"):
            await pilot.press("Y")
            (await asked(pilot)).value = str(tmp_path / wrong)
            await pilot.press("enter")
            await at_rest(pilot)
            assert said(pilot.app)
            assert there.read_text("utf-8") == "mine"
        assert not [entry for entry in floor.audit.trail(limit=50)[0] if entry.what == "export"]
        await pilot.press("Y")
        assert (await asked(pilot)).value == str(tmp_path / "nowhere/new.txt"), "what was refused is offered again"


async def test_personal_data_in_clear_needs_a_reason_which_the_trail_keeps(
    floor: Floor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with cockpit(floor) as pilot:
        await pilot.press("3")
        await at_rest(pilot)
        await pilot.press("r")
        await at_rest(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, CockpitScreen)
        await pilot.press("Y")
        await asked(pilot)
        await pilot.press(*"court", "enter")
        await until(pilot, lambda: "新文件" in text(pilot.app))
        await at_rest(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: list(tmp_path.glob("floorctl-order-*")))
        await at_rest(pilot)
        entry = floor.audit.trail(limit=1)[0][0]
        assert entry.what == "export"
        assert entry.detail["revealed"]
        assert entry.detail["reason"] == "court"


async def test_the_terminal_is_sent_the_whole_text(floor: Floor) -> None:
    async with cockpit(floor) as pilot:
        written: list[str] = []
        pilot.app._driver.write = written.append  # type: ignore[method-assign, union-attr]
        await pilot.press("3")
        await at_rest(pilot)
        await pilot.press("y")
        clipboard = await sent(pilot)
        [sequence] = [each for each in written if each.startswith("\x1b]52;c;")]
        assert base64.b64decode(sequence[7:-1]).decode() == clipboard
