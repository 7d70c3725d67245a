"""Signing in without the platform, the lock, and wrong passwords."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import Type, extract_parameters
from msgspec.structs import replace

from floorctl.config import Duration
from floorctl.errors import FloorctlError, NotAllowedError
from floorctl.floor import passwords, session
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.screens.shell.sign_in import SignIn
from floorctl.sync.platform import wire
from tests.floor_access import journal_of
from tests.screens.looking import SIZES, cockpit, piloted, press, text, until
from tests.security.conftest import PASSWORDS, terminal
from tests.simulator.running import NOW, Running
from tests.waiting import wait_until, wait_until_live

NUMBER, PASSWORD = PASSWORDS["supervisor"]
DAY = 86_400.0


def whats(floor: Floor, n: int = 3) -> list[str]:
    """Return what was done last, newest first, without what the alert rules do by themselves."""
    return [entry.what for entry in floor.audit.trail(limit=200)[0] if not entry.detail.get("automatic")][:n]


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Put this machine's clock forward."""
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)


def test_who_signed_in_here_can_in_an_outage_and_a_stranger_can_not(
    small: Running, at: Callable[..., Floor], tmp_path: Path
) -> None:
    at("supervisor").session.sign_out()
    small.stop()
    floor = at()
    person = floor.session.sign_in(NUMBER, PASSWORD)
    assert person.roles == {"supervisor"}
    assert floor.desk.submit("order.urge", "o-open", {"level": 1}).state == "waiting" if _has_orders(floor) else True
    assert floor.audit.trail(limit=9)[0][0].detail["offline"] is True
    with pytest.raises(NotAllowedError, match=r"error\.wrong_password"):
        at().session.sign_in(NUMBER, PASSWORD + "x")
    with pytest.raises(FloorctlError, match=r"error\.unknown_offline"):
        at().session.sign_in(*PASSWORDS["inspector"])


def _has_orders(floor: Floor) -> bool:
    return bool(floor.orders.page(limit=1).total)


@pytest.mark.parametrize(("days", "known"), [(6.9, True), (7.1, False), (-2.0, False)])
def test_a_week_without_the_platform_is_the_most(
    days: float, known: bool, small: Running, at: Callable[..., Floor], monkeypatch: pytest.MonkeyPatch
) -> None:
    at("supervisor")
    small.stop()
    later(monkeypatch, days * DAY)
    floor = at()
    if known:
        assert floor.session.sign_in(NUMBER, PASSWORD).person_id == "p-1001"
    else:
        with pytest.raises(FloorctlError, match=r"error\.unknown_offline"):
            floor.session.sign_in(NUMBER, PASSWORD)


def test_a_password_that_the_platform_takes_no_more_opens_nothing_here_either(
    small: Running, at: Callable[..., Floor]
) -> None:
    floor = at("supervisor")
    session = wire.Session(
        person_id="p-1001", name="钱进", roles=("supervisor",), floor="四川", expires_at=NOW, server_time=NOW
    )
    passwords.remember(journal_of(floor), NUMBER, "the one of before", session, small.url)
    with pytest.raises(NotAllowedError, match=r"error\.wrong_password"):
        floor.session.sign_in(NUMBER, "the one of before")
    small.stop()
    with pytest.raises(FloorctlError, match=r"error\.unknown_offline"):
        floor.session.sign_in(NUMBER, "the one of before")


def test_a_slip_of_the_finger_does_not_take_the_offline_sign_in_away(small: Running, at: Callable[..., Floor]) -> None:
    floor = at("supervisor")
    with pytest.raises(NotAllowedError, match=r"error\.wrong_password"):
        floor.session.unlock(NUMBER, PASSWORD + "x")
    small.stop()
    assert floor.session.unlock(NUMBER, PASSWORD).person_id == "p-1001"


def test_five_wrong_passwords_close_it_for_five_minutes_whatever_is_restarted(
    small: Running, at: Callable[..., Floor], monkeypatch: pytest.MonkeyPatch
) -> None:
    at("supervisor")
    small.stop()
    for _ in range(5):
        floor = at()  # the program is started again for every try
        with pytest.raises(NotAllowedError, match=r"error\.wrong_password"):
            floor.session.unlock(NUMBER, "guess")
        floor.close()
    for act in (session.Session.unlock, session.Session.sign_in):
        with pytest.raises(NotAllowedError, match=r"error\.too_many_tries") as refused:
            act(at().session, NUMBER, PASSWORD)
        assert refused.value.params["n"] == 5
    assert whats(at(), 7) == ["too_many_tries"] * 2 + ["wrong_password"] * 5
    later(monkeypatch, 301)
    assert at().session.unlock(NUMBER, PASSWORD).person_id == "p-1001"
    assert whats(at(), 1) == ["unlock"]


def test_a_clock_set_back_does_not_close_it_for_longer(
    small: Running, at: Callable[..., Floor], monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = at("supervisor")
    for _ in range(5):
        passwords.take_try(journal_of(floor))
    later(monkeypatch, -10 * DAY)
    passwords.take_try(journal_of(floor))
    with pytest.raises(NotAllowedError):
        passwords.take_try(journal_of(floor))


def test_an_outage_uses_up_no_tries(small: Running, at: Callable[..., Floor]) -> None:
    floor = at()
    small.stop()
    for _ in range(8):
        with pytest.raises(FloorctlError, match=r"error\.unknown_offline"):
            floor.session.sign_in(NUMBER, PASSWORD)


def test_only_hashes_of_passwords_are_kept(at: Callable[..., Floor]) -> None:
    floor = at("supervisor")
    kept = repr(journal_of(floor).setting("verifiers"))
    assert "$argon2id$" in kept
    assert PASSWORD not in kept


#: In a process of its own: those of the tests hash cheaply.
HASHES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from floorctl.floor import passwords, session
from floorctl.floor.session import Session as SittingHere
from floorctl.floor.terminal import open_terminal
from floorctl.simulator.http.accounts import hashed
from floorctl.sync.journal.journal import Journal
from floorctl.sync.platform.wire import Session

now = datetime.now(UTC)
session = Session(person_id="p-1", name="x", roles=("viewer",), floor="x", expires_at=now, server_time=now)
journal = Journal.open(Path(sys.argv[1]) / "journal.db", bytes(32))
passwords.remember(journal, "1", "secret", session, "")
print(passwords.person_known(journal, "1", "").verifier, hashed("secret"))
"""


def test_a_hash_of_a_password_takes_who_guesses_the_time_and_memory_that_owasp_advises(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", HASHES, tmp_path], capture_output=True, text=True, check=True)
    of_terminal, of_platform = map(extract_parameters, ran.stdout.split())
    for made in (of_terminal, of_platform):
        assert (made.type, made.time_cost >= 2, made.memory_cost >= 19_456) == (Type.ID, True, True)
    assert of_terminal.memory_cost >= 65_536  # a disk that is stolen can be tried at leisure


# -- the session that an outage left without a token


def test_who_signed_in_offline_is_signed_in_at_the_platform_when_it_is_back(
    small: Running, at: Callable[..., Floor], small_data: Path, tmp_path: Path
) -> None:
    first = at("supervisor")
    first.session.sign_out()
    small.stop()
    floor = at()
    floor.live.start()
    floor.session.sign_in(NUMBER, PASSWORD)
    wait_until(lambda: floor.status.connection().mode == "offline", why="it is no sign-out")
    again = Running(small.data, port=small.port)
    try:
        wait_until_live(floor)
        assert floor.session.password_for_signing_in_again() is None
        assert journal_of(floor).session().token  # type: ignore[union-attr]
    finally:
        floor.close()
        again.stop()


def test_a_session_that_ended_is_begun_again_with_the_password_of_the_keyring(
    small: Running, at: Callable[..., Floor], memory: Any
) -> None:
    floor = at()
    floor.session.sign_in(NUMBER, PASSWORD, keep=True)
    assert PASSWORD in memory.passwords.values()
    token = journal_of(floor).session().token  # type: ignore[union-attr]
    floor.live.start()
    wait_until_live(floor)
    with small.client() as client:
        client.delete("/v1/session", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    wait_until(lambda: journal_of(floor).session().token != token, seconds=30)  # type: ignore[union-attr]
    wait_until_live(floor)
    floor.session.sign_out()
    assert PASSWORD not in memory.passwords.values()


def test_without_a_kept_password_it_waits_for_a_person(small: Running, at: Callable[..., Floor]) -> None:
    floor = at("supervisor")
    floor.live.start()
    wait_until_live(floor)
    token = journal_of(floor).session().token  # type: ignore[union-attr]
    with small.client() as client:
        client.delete("/v1/session", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    wait_until(lambda: floor.status.connection().mode == "signed_out", seconds=30)
    floor.session.sign_in(NUMBER, PASSWORD)
    wait_until_live(floor)


# -- the screen


@pytest.mark.parametrize("size", SIZES)
async def test_a_locked_screen_shows_nothing_says_nothing_and_goes_on_syncing(
    size: tuple[int, int], small: Running, at: Callable[..., Floor]
) -> None:
    floor = await asyncio.to_thread(at, "supervisor")
    floor.live.start()
    wait_until_live(floor)
    async with cockpit(floor, size) as pilot:
        await until(pilot, lambda: "A区" in text(pilot.app))
        pilot.app.say("坐席 01 的话")
        await press(pilot, ["k", "ctrl+l"])  # with a question open on top of the floor
        await until(pilot, lambda: "已锁定" in text(pilot.app))
        before = floor.orders.page(limit=1).total
        small.put("order", "o-new", small.store.get("order", "o-open").data)  # type: ignore[union-attr]
        wait_until(lambda: floor.orders.page(limit=1).total == before + 1)
        pilot.app.say("坐席 02 的话")
        await press(pilot, ["escape", "1", "3", "s", "ctrl+p", "tab", "question_mark"])
        seen = text(pilot.app)
        assert "已锁定" in seen
        for hidden in ("A区", "员工", "12345 ", "坐席", "工单", "综合"):
            assert hidden not in seen, hidden
        assert whats(floor, 1) == ["lock"]


async def test_it_opens_by_the_password_and_only_by_it_while_the_platform_is_away(
    small: Running, at: Callable[..., Floor]
) -> None:
    floor = await asyncio.to_thread(at, "supervisor")
    small.stop()
    async with cockpit(floor) as pilot:
        await press(pilot, ["ctrl+l"])
        await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
        await press(pilot, [*NUMBER, "enter", *"wrong", "enter"])
        await until(pilot, lambda: "不对" in text(pilot.app))
        await press(pilot, [*PASSWORD, "enter"])
        await until(pilot, lambda: not isinstance(pilot.app.screen, SignIn))
    assert whats(floor, 3) == ["unlock", "wrong_password", "lock"]


def test_a_cockpit_opens_locked_but_for_who_has_just_signed_in(
    at: Callable[..., Floor], small: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = at("supervisor")
    assert not floor.session.opens_locked()
    assert floor.session.opens_locked()  # the next one
    floor.session.sign_in(NUMBER, PASSWORD)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 61)
    assert floor.session.opens_locked()
    never = replace(floor.config, terminal=replace(floor.config.terminal, lock_after=Duration("0s")))
    floor.close()
    floor = open_terminal(never)
    assert not floor.session.opens_locked()


async def test_a_session_of_before_is_unlocked_in_an_outage(small: Running, at: Callable[..., Floor]) -> None:
    (await asyncio.to_thread(at, "supervisor")).close()
    small.stop()
    from floorctl.screens.app import CockpitApp

    floor = at()
    app = CockpitApp(floor, locked=True)
    async with piloted(app, size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, SignIn) and "已锁定" in text(app))
        assert "A区" not in text(app)
        await press(pilot, [*NUMBER, "enter", *PASSWORD, "enter"])
        await until(pilot, lambda: not isinstance(app.screen, SignIn))
    assert whats(floor, 2) == ["unlock", "lock"]


def test_a_broken_platform_is_no_reason_to_let_anybody_in(at: Callable[..., Floor], tmp_path: Path) -> None:
    floor = open_terminal(terminal("http://127.0.0.1:9", tmp_path / "nobody"))
    with pytest.raises(FloorctlError):
        floor.session.sign_in(NUMBER, PASSWORD)
    assert floor.session.person is None
    floor.close()
