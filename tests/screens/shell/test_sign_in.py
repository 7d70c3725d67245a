"""Signing in: two lines, the platform's answer in words, and what is stored without signing in."""

from pathlib import Path
from typing import Any

import pytest

from floorctl.config import Platform
from floorctl.floor import passwords
from floorctl.floor.terminal import open_terminal
from floorctl.i18n import t
from floorctl.screens.quality.form import ScoringScreen
from floorctl.screens.shell.dialogs import AskText
from floorctl.screens.shell.help import Help
from floorctl.screens.shell.palette import Palette
from floorctl.screens.shell.sign_in import SignIn
from floorctl.widgets.ask import Pick
from floorctl.widgets.plain import PlainInput
from tests.build import NOWHERE, config
from tests.platforms import PlatformProcess
from tests.quality_stage import CHIEF
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import SIZES, at_rest, cockpit, press, reads, text, until
from tests.screens.two_people import TwoPeople, known, unlock


@pytest.fixture
def signed_out(stage_of: StageOf) -> FloorStage:
    """A floor where nobody is signed in, the platform does not answer, and 1001 has signed in before."""
    return nobody(stage_of)


def nobody(stage_of: StageOf, **options: Any) -> FloorStage:
    stage: FloorStage = stage_of(role=None, platform=Platform(url=NOWHERE), **options)
    known(stage, "1001", "right")
    return stage


async def test_nobody_signed_in_is_asked_who_they_are(stage_of: StageOf, subtests: pytest.Subtests) -> None:
    for size in SIZES:
        floor = nobody(stage_of).floor
        with subtests.test(size=size):
            async with cockpit(floor, size) as pilot:
                await until(pilot, lambda: isinstance(pilot.app.screen, SignIn) and "工号" in text(pilot.app))
                await press(pilot, [*"1001", "enter", *"right"])
                assert "right" not in text(pilot.app)
                await press(pilot, ["enter"])
                await until(
                    pilot,
                    lambda floor=floor: floor.session.person is not None and not isinstance(pilot.app.screen, SignIn),
                )


async def test_a_number_in_full_width_digits_is_the_number(stage_of: StageOf) -> None:
    floor = nobody(stage_of).floor
    async with cockpit(floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        await press(pilot, [*"１００１", "enter", *"right", "enter"])
        await until(pilot, lambda: floor.session.person is not None)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_why_nobody_is_let_in_is_said_in_a_sentence_and_the_number_stays(
    stage_of: StageOf, language: str
) -> None:
    stage = nobody(stage_of, language=language)
    async with cockpit(stage.floor) as pilot:
        number = pilot.app.screen.query_one("#employee-no", PlainInput)
        password = pilot.app.screen.query_one("#password", PlainInput)

        async def says(words: str, kept: str) -> None:
            await until(pilot, lambda: reads(pilot.app, words))
            assert number.value == kept
            assert not password.value
            assert isinstance(pilot.app.screen, SignIn)
            assert stage.floor.session.person is None

        await press(pilot, ["tab", "enter"])
        await says(t("handover.ask.number_missing"), "")
        await press(pilot, [*"7777", "enter", "enter"])
        await says(t("handover.ask.password_missing"), "7777")
        await press(pilot, [*"x", "enter"])
        await says(t("error.unknown_offline", number="7777"), "7777")
        number.value = "1001"
        for _ in range(passwords.FREE_TRIES):
            await press(pilot, [*"wrong", "enter"])
            await says(t("error.wrong_password"), "1001")
        await press(pilot, [*"right", "enter"])
        await says(t("error.too_many_tries", n=5), "1001")
    assert [entry.what for entry in stage.floor.audit.trail(limit=2)[0]] == ["too_many_tries", "wrong_password"]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_where_no_platform_is_set_it_says_where_to_set_it(stage_of: StageOf, language: str) -> None:
    stage: FloorStage = stage_of(role=None, language=language)
    async with cockpit(stage.floor) as pilot:
        await until(pilot, lambda: reads(pilot.app, t("ui.sign_in.no_platform")))
        await press(pilot, [*"1001", "enter", "x", "enter"])
        await until(pilot, lambda: reads(pilot.app, t("error.no_platform")))


async def test_an_answer_that_comes_while_it_is_being_left_harms_nothing(signed_out: FloorStage) -> None:
    def tries() -> int:
        return sum(entry.what == "wrong_password" for entry in signed_out.floor.audit.trail(limit=10)[0])

    async with cockpit(signed_out.floor) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        await press(pilot, [*"1001", "enter", *"wrong"])
        await pilot.app.screen.query_one("#said").remove()  # as the first of its widgets to go
        await press(pilot, ["enter"])
        await until(pilot, tries)
        await press(pilot, ["escape"])
        await until(pilot, lambda: not isinstance(pilot.app.screen, SignIn))


async def test_escape_looks_at_what_is_stored_and_says_that_nobody_is_signed_in(signed_out: FloorStage) -> None:
    signed_out.stand("signed_out")
    async with cockpit(signed_out.floor) as pilot:
        await press(pilot, ["escape"])
        await until(pilot, lambda: "○ 未登录 · 显示 14:32:07 的数据" in text(pilot.app))


async def test_offline_it_says_that_the_platform_cannot_be_reached(signed_out: FloorStage) -> None:
    signed_out.stand("offline")
    async with cockpit(signed_out.floor) as pilot:
        await until(pilot, lambda: "平台当前无法连接" in text(pilot.app))


async def test_a_platform_that_nobody_has_asked_yet_is_not_called_away(floor_stage: FloorStage) -> None:
    floor_stage.stand("offline")
    async with cockpit(floor_stage.floor) as pilot:
        pilot.app.has_not_asked = True
        pilot.app.action_lock()
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn) and "已锁定" in text(pilot.app))
        await pilot.pause(5)  # it looks again and again
        assert "平台当前无法连接" not in text(pilot.app)
        pilot.app.has_not_asked = False
        await until(pilot, lambda: "平台当前无法连接" in text(pilot.app))
        floor_stage.stand("live")
        await until(pilot, lambda: "平台当前无法连接" not in text(pilot.app))


async def test_a_megabyte_pasted_does_not_stop_it(signed_out: FloorStage) -> None:
    async with cockpit(signed_out.floor) as pilot:
        line = pilot.app.screen.query_one("#employee-no", PlainInput)
        line.value = "\x1b[31m" + "9" * 1_000_000
        assert len(line.value) <= 2000
        assert "\x1b" not in line.value


@pytest.mark.real_time
async def test_it_signs_in_at_the_real_platform_with_the_right_password_only(
    platform: PlatformProcess, tmp_path: Path
) -> None:
    floor = open_terminal(config(tmp_path / "data", url=platform.url))
    try:
        async with cockpit(floor) as pilot:
            number, password = platform.accounts["supervisor"]
            await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
            await press(pilot, [*number, "enter", *"wrong", "enter"])
            await until(pilot, lambda: reads(pilot.app, t("error.wrong_password")))
            assert floor.session.person is None
            await press(pilot, [*password, "enter"])
            await until(pilot, lambda: floor.session.person is not None)
    finally:
        floor.close()


async def test_an_idle_terminal_locks_hides_the_floor_and_opens_to_the_same_person_without_the_platform(
    stage_of: StageOf,
) -> None:
    stage = nobody(stage_of, lock_after="1s")
    floor = stage.floor
    async with cockpit(floor) as pilot:
        await press(pilot, [*"1001", "enter", *"right", "enter"])
        await until(pilot, lambda: floor.session.person is not None and not isinstance(pilot.app.screen, SignIn))
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn) and "已锁定" in text(pilot.app), tries=400)
        assert "张小明" not in text(pilot.app)
        stage.stand("offline")
        await press(pilot, ["escape"])
        assert isinstance(pilot.app.screen, SignIn)
        await press(pilot, [*"1001", "enter", *"right", "enter"])
        await until(pilot, lambda: not isinstance(pilot.app.screen, SignIn))
    # Told by the password that is known here: nobody was asked to sign them in once more.
    what = [entry.what for entry in reversed(floor.audit.trail(limit=10)[0])]
    assert what[what.index("lock") :] == ["lock", "unlock"]


async def test_whose_session_ended_is_asked_once_more(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        floor_stage.stand("signed_out")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        await press(pilot, ["escape"])
        floor_stage.stand("signed_out")
        await at_rest(pilot)
        assert not isinstance(pilot.app.screen, SignIn)


@pytest.mark.parametrize(
    ("keys", "opens"),
    [(("1", "p"), Pick), (("5", "enter"), ScoringScreen), (("ctrl+p",), Palette), (("n",), AskText), (("?",), Help)],
    ids=["pick", "form", "palette", "text", "help"],
)
async def test_nothing_that_one_person_left_open_is_there_for_the_next(
    tmp_path: Path, keys: tuple[str, ...], opens: type
) -> None:
    stage = TwoPeople(tmp_path)
    if opens is not ScoringScreen:
        stage.sign_in("supervisor")
    try:
        async with cockpit(stage.floor) as pilot:
            app = pilot.app
            await press(pilot, keys)
            await until(pilot, lambda: isinstance(app.screen, opens))
            stack = list(app.screen_stack)
            await unlock(pilot, "1001", "mine")
            assert app.screen_stack == stack, "whoever locked it finds all as it was"
            await unlock(pilot, "1000", "theirs")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            await press(pilot, ["3"])
            assert app.current_mode == "orders"
            assert not stage.floor.outbox.items()
            assert stage.floor.session.person is not None
            assert stage.floor.session.person.person_id == CHIEF
    finally:
        stage.floor.close()
