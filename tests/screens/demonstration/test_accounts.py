"""F1 in a demonstration: the accounts of every role, and signing in as another by one more key."""

import asyncio
from datetime import time

import pytest

from floorctl.config import Platform
from floorctl.floor import passwords
from floorctl.floor.terminal import open_terminal
from floorctl.i18n import t, term
from floorctl.screens.demonstration.accounts import Accounts
from floorctl.screens.demonstration.cockpit import DemoCockpit
from floorctl.screens.demonstration.demonstration import DemoAccount, Demonstration
from floorctl.screens.shell.sign_in import SignIn
from tests.build import NOWHERE, config
from tests.platforms import PlatformProcess
from tests.screens.demonstration.practice import ACCOUNTS, ROLES, practising
from tests.screens.floor_stage import FloorStage, StageOf
from tests.screens.looking import (
    SIZES,
    CockpitPilot,
    ask_for_text,
    at_rest,
    burst,
    in_sight,
    piloted,
    press,
    reads,
    said,
    text,
    until,
)
from tests.sync.storage import session


def practice_floor(
    stage_of: StageOf, *, role: str | None = "supervisor", unknown: str = "", **options: str
) -> FloorStage:
    """A floor whose platform is away and at which every account but that of role ``unknown`` has signed in before."""
    stage: FloorStage = stage_of(role=role, platform=Platform(url=NOWHERE), **options)
    for account in ACCOUNTS:
        if account.role != unknown:
            person = session(account.role, account.person_id)
            passwords.remember(stage.journal, account.employee_no, account.password, person, NOWHERE)
    return stage


def shows_accounts(pilot: CockpitPilot) -> bool:
    return isinstance(pilot.app.screen, Accounts)


def asks_to_sign_in(pilot: CockpitPilot) -> bool:
    return isinstance(pilot.app.screen, SignIn)


def is_locked(pilot: CockpitPilot) -> bool:
    return pilot.app.is_locked


async def pressed(pilot: CockpitPilot, *keys: str) -> None:
    await press(pilot, keys)
    await at_rest(pilot)


async def is_signed_in(pilot: CockpitPilot, account: DemoAccount) -> None:
    """Wait until the person of ``account`` is signed in and every dialog is closed."""

    def holds() -> bool:
        person = pilot.app.floor.session.person
        return person is not None and person.person_id == account.person_id and len(pilot.app.screen_stack) == 1

    await until(pilot, holds)
    await at_rest(pilot)
    assert not is_locked(pilot)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_it_shows_one_account_of_each_role_with_its_password_and_what_it_may_do(
    stage_of: StageOf, size: tuple[int, int], language: str
) -> None:
    stage = practice_floor(stage_of, language=language)
    async with practising(stage.floor, size=size) as pilot:
        await pressed(pilot, "f1")
        for digit, account in enumerate(ACCOUNTS, 1):
            row = next(line for line in in_sight(pilot.app) if account.password in line)
            assert row.split()[1 if "▸" not in row else 2] == str(digit)
            assert term("role", account.role) in row
            assert account.employee_no in row
            assert reads(pilot.app, t(f"demo.role.{account.role}"))
        assert not any("…" in line for line in in_sight(pilot.app)[3:])
        assert reads(pilot.app, t("demo.accounts.keys"))


async def test_a_digit_signs_in_as_that_role_however_often(stage_of: StageOf) -> None:
    async with practising(practice_floor(stage_of).floor) as pilot:
        for digit in ("2", "3", "4", "1", "3"):
            await pressed(pilot, "f1", digit)
            await is_signed_in(pilot, ACCOUNTS[int(digit) - 1])
        await pressed(pilot, "f1")
        assert [line for line in in_sight(pilot.app) if t("demo.accounts.signed_in") in line] == [
            line for line in in_sight(pilot.app) if ACCOUNTS[2].password in line
        ]


async def test_f1_and_the_digit_typed_at_once_are_two_keys_all_the_same(stage_of: StageOf) -> None:
    async with practising(practice_floor(stage_of).floor) as pilot:
        burst(pilot, "f1", "2", "3")
        await is_signed_in(pilot, ACCOUNTS[1])
        assert pilot.app.current_mode in ("floor", "orders"), "a second digit signs in nobody else"


async def test_what_is_typed_while_somebody_is_signed_in_acts_for_them(stage_of: StageOf) -> None:
    async with practising(practice_floor(stage_of).floor) as pilot:
        burst(pilot, "f1", "2", "3")
        await is_signed_in(pilot, ACCOUNTS[1])
        await until(pilot, lambda: pilot.app.current_mode == "orders")


async def test_arrows_and_enter_or_a_click_do_it_too(stage_of: StageOf) -> None:
    async with practising(practice_floor(stage_of).floor) as pilot:
        await pressed(pilot, "f1", "down", "down", "down", "down", "up", "enter")
        await is_signed_in(pilot, ACCOUNTS[2])
        await pressed(pilot, "f1")
        await pilot.click("#account-1", offset=(8, 1))
        await is_signed_in(pilot, ACCOUNTS[1])


async def test_whose_account_it_is_already_stays_signed_in(stage_of: StageOf) -> None:
    stage = practice_floor(stage_of)
    async with practising(stage.floor) as pilot:
        before = stage.floor.session.person
        await pressed(pilot, "f1", "1")
        assert stage.floor.session.person == before
        assert len(pilot.app.screen_stack) == 1
        assert said(pilot.app) == [t("demo.accounts.same", role=term("role", "supervisor"))]


async def test_f1_or_escape_closes_it_and_changes_nothing(stage_of: StageOf) -> None:
    async with practising(practice_floor(stage_of).floor) as pilot:
        for key in ("f1", "escape"):
            await pressed(pilot, "f1")
            assert shows_accounts(pilot)
            await pressed(pilot, key)
            assert len(pilot.app.screen_stack) == 1


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_offline_an_account_that_never_signed_in_here_is_told_that_the_line_is_needed(
    stage_of: StageOf, language: str
) -> None:
    stage = practice_floor(stage_of, unknown="inspector", language=language)
    async with practising(stage.floor) as pilot:
        stage.stand("offline")
        await pressed(pilot, "f1")
        await until(pilot, lambda: reads(pilot.app, t("demo.accounts.offline")))
        await pressed(pilot, "3")
        await until(pilot, lambda: reads(pilot.app, t("demo.accounts.needs_line", role=term("role", "inspector"))))
        assert "F9" in text(pilot.app)
        assert shows_accounts(pilot), "another account can be chosen"
        person = stage.floor.session.person
        assert person is not None
        assert person.person_id == "p-1001"
        await pressed(pilot, "2")
        await is_signed_in(pilot, ACCOUNTS[1])


async def test_what_one_person_left_open_and_half_typed_is_kept_for_them_alone(stage_of: StageOf) -> None:
    stage = practice_floor(stage_of)
    async with practising(stage.floor) as pilot:
        await ask_for_text(pilot, "n")
        await pressed(pilot, *"half", "f1", "2")
        await is_signed_in(pilot, ACCOUNTS[1])
        dialog = await ask_for_text(pilot, "n")
        assert dialog.value == ""
        await pressed(pilot, "escape", "f1", "1")
        await is_signed_in(pilot, ACCOUNTS[0])
        dialog = await ask_for_text(pilot, "n")
        assert dialog.value == "half"


async def test_what_waits_stays_with_who_did_it(stage_of: StageOf) -> None:
    stage = practice_floor(stage_of)
    async with practising(stage.floor) as pilot:
        stage.stand("offline")
        await ask_for_text(pilot, "n")
        await pressed(pilot, *"note", "enter")
        before = [(item.id, item.kind, item.state) for item in stage.floor.outbox.items()]
        assert before
        await pressed(pilot, "f1", "2")
        await is_signed_in(pilot, ACCOUNTS[1])
        assert [(item.id, item.kind, item.state) for item in stage.floor.outbox.items()] == before


async def test_where_the_terminal_is_locked_the_accounts_are_shown_and_the_one_chosen_unlocks_it(
    stage_of: StageOf,
) -> None:
    async with practising(practice_floor(stage_of).floor) as pilot:
        dialog = await ask_for_text(pilot, "n")
        await pressed(pilot, "a", "ctrl+l", "f1")
        assert shows_accounts(pilot)
        assert is_locked(pilot)
        assert "张小明" not in text(pilot.app)
        await pressed(pilot, "escape")
        assert asks_to_sign_in(pilot), "it is still locked"
        await pressed(pilot, "escape")
        assert is_locked(pilot)
        await pressed(pilot, "f1", "1")
        await until(pilot, lambda: pilot.app.screen is dialog)
        assert not is_locked(pilot), "the same person goes on where they were"
        await pressed(pilot, "ctrl+l", "f1", "3")
        await is_signed_in(pilot, ACCOUNTS[2])


async def test_locking_again_over_the_accounts_closes_them_and_locks_once(stage_of: StageOf) -> None:
    async with practising(practice_floor(stage_of).floor) as pilot:
        await pressed(pilot, "ctrl+l", "f1", "ctrl+l")
        assert [type(screen) for screen in pilot.app.screen_stack[1:]] == [SignIn]
        await pressed(pilot, "ctrl+l")
        assert [type(screen) for screen in pilot.app.screen_stack[1:]] == [SignIn]
        await pressed(pilot, "f1", "1")
        await is_signed_in(pilot, ACCOUNTS[0])


async def test_whom_nobody_is_signed_in_for_f1_signs_in_from_the_sign_in_dialog(stage_of: StageOf) -> None:
    stage = practice_floor(stage_of, role=None)
    async with practising(stage.floor) as pilot:
        assert asks_to_sign_in(pilot)
        assert "F1" in text(pilot.app)
        await pressed(pilot, "f1", "4")
        await is_signed_in(pilot, ACCOUNTS[3])


async def test_a_session_that_has_ended_is_begun_anew_by_f1(stage_of: StageOf) -> None:
    stage = practice_floor(stage_of)
    async with practising(stage.floor) as pilot:
        stage.stand("signed_out")
        await until(pilot, lambda: asks_to_sign_in(pilot))
        await pressed(pilot, "f1", "2")
        await is_signed_in(pilot, ACCOUNTS[1])


@pytest.mark.real_time
async def test_at_a_real_platform_each_role_may_do_what_is_its_own(
    platform: PlatformProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    accounts = tuple(DemoAccount(role, f"p-{no}", no, pw) for role in ROLES for no, pw in [platform.accounts[role]])
    floor = open_terminal(config(tmp_path_factory.mktemp("practice"), url=platform.url))
    demo = Demonstration("day", time(11), accounts, floor.live.start, lambda: None, lambda: None)
    try:
        await asyncio.to_thread(floor.session.sign_in, *platform.accounts["supervisor"])
        async with piloted(DemoCockpit(floor, demo, sync=True)) as pilot:
            await until(pilot, lambda: floor.status.connection().mode == "live")
            may = {}
            for digit, role in zip("2341", (*ROLES[1:], ROLES[0]), strict=True):
                await press(pilot, ["f1"])
                await until(pilot, lambda: shows_accounts(pilot))
                await press(pilot, [digit])
                await until(
                    pilot,
                    lambda role=role: (
                        floor.session.person is not None
                        and role in floor.session.person.roles
                        and len(pilot.app.screen_stack) == 1
                    ),
                )
                may[role] = [
                    kind for kind in ("order.urge", "inspection.submit", "fact.record") if floor.desk.may(kind)
                ]
        assert may == {
            "supervisor": ["order.urge", "inspection.submit", "fact.record"],
            "shift_lead": ["order.urge"],
            "inspector": ["inspection.submit"],
            "viewer": [],
        }
    finally:
        floor.close()
