"""Signing in: two lines, the platform's answer in words, and what is stored without signing in."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from floorctl.config import Config, Terminal
from floorctl.errors import NotAllowedError
from floorctl.screens.confirm import AskText
from floorctl.screens.help import Help
from floorctl.screens.palette import Palette
from floorctl.screens.quality_form import ScoringScreen
from floorctl.screens.sign_in import SignIn
from floorctl.widgets.ask import Pick
from floorctl.widgets.plain import PlainInput
from tests.quality_stage import QualityStage

from .looking import SIZES, cockpit, press, text, until
from .small_floor import SmallFloor


class SignedOut(SmallFloor):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.person = None
        self.asked = 0

    def sign_in(self, employee_no: str, password: str) -> Any:
        self.asked += 1
        if password != "right":
            raise NotAllowedError("error.wrong_password", number=employee_no)
        self.person = SimpleNamespace(
            person_id="p-1001", name="钱进", roles=frozenset({"supervisor"}), floor="四川12345"
        )
        return self.person

    def unlock(self, employee_no: str, password: str) -> Any:
        if password != "right":
            raise NotAllowedError("error.wrong_password")
        return self.person


@pytest.mark.parametrize("size", SIZES)
async def test_nobody_signed_in_is_asked_who_they_are(size: tuple[int, int]) -> None:
    floor = SignedOut()
    async with cockpit(floor, size) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn) and "工号" in text(pilot.app))
        await press(pilot, [*"1001", "enter", *"right"])
        assert "right" not in text(pilot.app)
        await press(pilot, ["enter"])
        await until(pilot, lambda: floor.person is not None and not isinstance(pilot.app.screen, SignIn))


async def test_a_wrong_password_is_said_and_taken_out_of_the_line() -> None:
    floor = SignedOut()
    async with cockpit(floor) as pilot:
        await press(pilot, [*"1001", "enter", *"wrong", "enter"])
        password = pilot.app.screen.query_one("#password", PlainInput)
        await until(pilot, lambda: not password.value)
        assert floor.person is None
        assert isinstance(pilot.app.screen, SignIn)


async def test_an_answer_that_comes_while_it_is_being_left_harms_nothing() -> None:
    floor = SignedOut()
    async with cockpit(floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        await press(pilot, [*"1001", "enter", *"wrong"])
        await pilot.app.screen.query_one("#said").remove()  # as the first of its widgets to go
        await press(pilot, ["enter"])
        await until(pilot, lambda: floor.asked)
        await press(pilot, ["escape"])
        await until(pilot, lambda: not isinstance(pilot.app.screen, SignIn))


async def test_escape_looks_at_what_is_stored_and_says_that_nobody_is_signed_in() -> None:
    floor = SignedOut()
    floor.mode = "signed_out"
    async with cockpit(floor) as pilot:
        await press(pilot, ["escape"])
        await until(pilot, lambda: "○ 未登录 · 显示 14:32:07 的数据" in text(pilot.app))


async def test_offline_it_says_that_the_platform_cannot_be_reached() -> None:
    floor = SignedOut()
    floor.mode = "offline"
    async with cockpit(floor) as pilot:
        await until(pilot, lambda: "平台当前无法连接" in text(pilot.app))


async def test_a_platform_that_nobody_has_asked_yet_is_not_called_away() -> None:
    floor = SmallFloor()
    floor.mode = "offline"
    async with cockpit(floor) as pilot:
        pilot.app.has_not_asked = True
        pilot.app.action_lock()
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn) and "已锁定" in text(pilot.app))
        await pilot.pause(0.7)
        assert "平台当前无法连接" not in text(pilot.app)
        pilot.app.has_not_asked = False
        await until(pilot, lambda: "平台当前无法连接" in text(pilot.app))
        floor.mode = "live"
        await until(pilot, lambda: "平台当前无法连接" not in text(pilot.app))


async def test_a_megabyte_pasted_does_not_stop_it() -> None:
    async with cockpit(SignedOut()) as pilot:
        line = pilot.app.screen.query_one("#employee-no", PlainInput)
        line.value = "\x1b[31m" + "9" * 1_000_000
        assert len(line.value) <= 2000
        assert "\x1b" not in line.value


@pytest.mark.real_time
async def test_it_signs_in_at_the_real_platform(platform: Any, tmp_path: Any) -> None:
    from floorctl.floor import Floor
    from tests.conftest import config_for

    floor = Floor.open(config_for(platform, tmp_path / "data"))
    try:
        async with cockpit(floor) as pilot:
            number, password = platform.accounts["supervisor"]
            await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
            await press(pilot, [*number, "enter", *password, "enter"])
            await until(pilot, lambda: floor.person is not None)
    finally:
        floor.close()


async def test_an_idle_terminal_locks_hides_the_floor_and_opens_to_the_same_person_without_the_platform() -> None:
    floor = SignedOut(config=replace(Config(), terminal=Terminal(lock_after="1s")))
    async with cockpit(floor) as pilot:
        await press(pilot, [*"1001", "enter", *"right", "enter"])
        await until(pilot, lambda: floor.person is not None and not isinstance(pilot.app.screen, SignIn))
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn) and "已锁定" in text(pilot.app), tries=400)
        assert "张小明" not in text(pilot.app)
        floor.mode = "offline"
        await press(pilot, ["escape"])
        assert isinstance(pilot.app.screen, SignIn)
        asked = floor.asked
        await press(pilot, [*"1001", "enter", *"right", "enter"])
        await until(pilot, lambda: not isinstance(pilot.app.screen, SignIn))
        assert floor.asked == asked


async def test_whose_session_ended_is_asked_once_more() -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        floor.mode = "signed_out"
        for subscriber in floor.subscribers:
            subscriber(SimpleNamespace(standing=None))
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        await press(pilot, ["escape"])
        for subscriber in floor.subscribers:
            subscriber(SimpleNamespace(standing=None))
        await pilot.pause(0.3)
        assert not isinstance(pilot.app.screen, SignIn)


class AnybodyUnlocks:
    """Whoever gives a number unlocks it, and is signed in."""

    def __init__(self, stage: QualityStage, monkeypatch: pytest.MonkeyPatch) -> None:
        def unlock(number: str, _password: str) -> Any:
            stage.sign_in("supervisor", f"p-{number}")
            return stage.floor.person

        monkeypatch.setattr(stage.floor, "unlock", unlock)

    async def unlock(self, pilot: Any, number: str) -> None:
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        await press(pilot, [*number, "enter", "x", "enter"])
        await until(pilot, lambda: not pilot.app.is_locked)
        await pilot.pause(0.2)


@pytest.mark.parametrize(
    ("keys", "opens"),
    [(("1", "p"), Pick), (("5", "enter"), ScoringScreen), (("ctrl+p",), Palette), (("n",), AskText), (("?",), Help)],
    ids=["pick", "form", "palette", "text", "help"],
)  # fmt: skip
async def test_nothing_that_one_person_left_open_is_there_for_the_next(
    stage: QualityStage, monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], opens: type
) -> None:
    terminal = AnybodyUnlocks(stage, monkeypatch)
    if opens is not ScoringScreen:
        stage.sign_in("supervisor")
    async with cockpit(stage.floor) as pilot:
        app = pilot.app
        await press(pilot, keys)
        await until(pilot, lambda: isinstance(app.screen, opens))
        stack = list(app.screen_stack)
        await terminal.unlock(pilot, "1001")
        assert app.screen_stack == stack, "whoever locked it finds all as it was"
        await terminal.unlock(pilot, "1000")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await press(pilot, ["3"])
        assert app.current_mode == "orders"
        assert not stage.floor.outbox()
