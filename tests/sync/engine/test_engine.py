"""How things stand: live is live, gone is said within five seconds, back within ten, and nothing is hammered."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from floorctl.errors import FloorctlError
from floorctl.sync.platform.errors import Unauthorized, Unreachable
from floorctl.sync.process.owner import SyncLock
from tests.sync import hostile_platform as hostile
from tests.sync.hostile_platform import HostilePlatform
from tests.sync.syncing import SyncTerminal, until

pytestmark = pytest.mark.still_time


@pytest.fixture
async def platform(platform: HostilePlatform) -> HostilePlatform:
    await platform.put("queue", "q-1", hostile.a_queue())
    return platform


async def live(terminal: SyncTerminal) -> float:
    return await until(lambda: terminal.mode == "live", why="for live")


async def offline(terminal: SyncTerminal) -> float:
    return await until(lambda: terminal.mode == "offline", why="for offline")


async def test_nobody_who_is_signed_in_is_called_signed_out_at_the_start(terminal: SyncTerminal) -> None:
    async with terminal.syncing():
        await live(terminal)
        assert "signed_out" not in {status.mode for status in terminal.statuses}


async def test_a_quiet_platform_stays_live_and_a_stopped_one_is_noticed_in_five_seconds(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    async with terminal.syncing():
        await live(terminal)
        since = len(terminal.statuses)
        await asyncio.sleep(7)
        assert {status.mode for status in terminal.statuses[since:]} == {"live"}
        as_of = terminal.statuses[-1].as_of
        platform.frozen.clear()
        assert await offline(terminal) <= 5.5
        gone = terminal.statuses[-1]
        assert gone.offline_seconds >= 4.5
        assert gone.as_of is not None
        assert as_of is not None
        assert gone.as_of >= as_of
        platform.frozen.set()
        assert await live(terminal) < 10


async def test_a_platform_that_dies_is_noticed_in_five_seconds_and_its_return_in_ten(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    async with terminal.syncing():
        await live(terminal)
        for outage in (0, 12):
            await platform.stop()
            assert await offline(terminal) <= 5.5
            assert terminal.statuses[-1].problem == "error.network_unreachable"
            await asyncio.sleep(outage)
            await platform.start()
            assert await live(terminal) < 10
            await platform.put("queue", "q-1", hostile.a_queue(waiting=outage))
            await until(lambda: terminal.cache.get("queue", "q-1").version == platform.entities["queue", "q-1"][0])  # type: ignore[union-attr]


async def test_a_platform_that_is_gone_is_asked_no_more_than_twice_a_second(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    for n in range(30):
        terminal.act(f"o-{n}")
    for path in ("/v1/changes", "/v1/changes/stream", "/v1/commands"):
        platform.fail(path, hostile.drop)
    async with terminal.syncing():
        await asyncio.sleep(10)
    # Eight may have been on their way when it was first noticed.
    assert len(platform.requests) <= 20 + 10


async def test_a_link_that_flaps_is_not_hammered_and_all_gets_through(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    items = [terminal.act(f"o-{n % 5}") for n in range(20)]
    async with terminal.syncing():
        for _ in range(4):
            await platform.stop()
            await asyncio.sleep(1.5)
            await platform.start()
            await asyncio.sleep(1.5)
        await until(lambda: all(terminal.state(item) == "applied" for item in items))
        await live(terminal)
    assert len(platform.applied) == 20
    assert len(platform.requests) < 150


async def test_a_platform_two_seconds_away_is_live(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    platform.latency = 2.0
    item = terminal.act("o-1")
    async with terminal.syncing():
        await live(terminal)
        since = len(terminal.statuses)
        await until(lambda: terminal.state(item) == "applied")
        await asyncio.sleep(8)
        assert {status.mode for status in terminal.statuses[since:]} == {"live"}


async def test_a_platform_too_slow_to_be_live_still_gets_and_brings_everything(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    platform.latency = 6.0
    item = terminal.act("o-1")
    async with terminal.syncing():
        await until(lambda: terminal.state(item) == "applied", 60)
        await until(lambda: terminal.cache.count("queue") == 1, 60)


async def test_503_is_not_live_and_its_retry_after_is_obeyed(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    async with terminal.syncing():
        await live(terminal)
        for path in ("/v1/changes", "/v1/changes/stream"):
            platform.fail(path, hostile.problem(503, headers={"Retry-After": "4"}))
        await platform.stop()
        await platform.start()
        at = hostile.passed()
        await offline(terminal)
        assert terminal.statuses[-1].problem == "error.network_try_later"
        await asyncio.sleep(4)
        assert platform.count("/v1/changes", at) <= 5
        platform.heal()
        assert await live(terminal) < 10


async def test_a_captive_portal_is_not_the_platform(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    item = terminal.act("o-1")
    for path in ("/v1/changes", "/v1/changes/stream", "/v1/commands"):
        platform.fail(path, hostile.html())
    async with terminal.syncing():
        await offline(terminal)
        assert terminal.statuses[-1].problem == "error.network_broken_html"
        assert terminal.state(item) == "waiting"
        platform.heal()
        await live(terminal)
        await until(lambda: terminal.state(item) == "applied")


async def test_a_session_that_ends_keeps_everything_and_goes_on_after_signing_in(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    async with terminal.syncing() as engine:
        await live(terminal)
        platform.tokens.clear()
        item = terminal.act("o-1")
        engine.poke()
        await until(lambda: terminal.mode == "signed_out")
        asked = len(platform.requests)
        await asyncio.sleep(2)
        assert len(platform.requests) <= asked + 1
        assert terminal.state(item) == "waiting"
        platform.tokens.add("token-new")
        terminal.sign_in("token-new")
        await live(terminal)
        await until(lambda: terminal.state(item) == "applied")


async def test_a_kept_password_signs_in_again_once_without_a_person(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    asked = 0

    def password() -> tuple[str, str]:
        nonlocal asked
        asked += 1
        return ("1001", "right" if asked == 1 else "wrong")

    platform.tokens = {"another"}
    async with terminal.syncing(password=password):
        await live(terminal)
        session = terminal.journal.session()
        assert session is not None
        assert session.token == "token-1"
        platform.tokens = {"x", "y"}
        await until(lambda: terminal.mode == "signed_out" and asked == 2)
        await asyncio.sleep(2)
    assert asked == 2


async def test_an_engine_that_is_stopped_before_it_runs_ends_at_once(terminal: SyncTerminal) -> None:
    engine = terminal.engine()
    engine.stop()
    await asyncio.wait_for(engine.run(), 5)


async def test_nobody_signed_in_is_said_so_and_asks_nothing(platform: HostilePlatform, tmp_path: Path) -> None:
    terminal = SyncTerminal(tmp_path, platform.url, network=platform.network)
    async with terminal.syncing():
        await until(lambda: terminal.mode == "signed_out")
        assert not platform.requests
        terminal.sign_in()
        await live(terminal)
    terminal.close()


async def test_a_token_of_another_platform_is_not_sent_to_this_one(platform: HostilePlatform, tmp_path: Path) -> None:
    terminal = SyncTerminal(tmp_path, platform.url, network=platform.network)
    terminal.url = "http://elsewhere.example"
    terminal.sign_in()
    terminal.url = platform.url
    async with terminal.syncing():
        await until(lambda: terminal.mode == "signed_out")
        await asyncio.sleep(0.5)
    assert not platform.requests
    terminal.close()


async def test_another_platform_s_data_is_not_shown(
    platform: HostilePlatform, terminal: SyncTerminal, tmp_path: Path
) -> None:
    async with terminal.syncing():
        await live(terminal)
    async with HostilePlatform(platform.network) as other:
        terminal.url = other.url
        terminal.sign_in()
        async with terminal.syncing():
            await live(terminal)
        assert terminal.cache.count("queue") == 0
        assert terminal.missed


async def test_syncing_once_brings_all_and_sends_all(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    for n in range(2, 9):
        await platform.put("queue", f"q-{n}", hostile.a_queue())
    platform.page_limit = 3
    items = [terminal.act(f"o-{n % 3}") for n in range(12)]
    told: list[tuple[int, int]] = []
    await terminal.one_shot.sync(on_progress=lambda done, total: told.append((done, total)))
    assert terminal.cache.count("queue") == 8
    assert all(terminal.state(item) == "applied" for item in items)
    assert told[0] == (0, 8)
    since = len(platform.requests)
    await terminal.one_shot.sync(full=True)
    assert any(r.path == "/v1/changes" and "after" not in r.query for r in platform.requests[since:])
    assert terminal.cache.count("queue") == 8


async def test_syncing_once_says_what_stands_in_the_way(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    with SyncLock(terminal.folder) as lock:
        assert lock.acquire()
        with pytest.raises(FloorctlError, match="other_syncs"):
            await terminal.one_shot.sync()
    await platform.stop()
    with pytest.raises(Unreachable):
        await terminal.one_shot.sync()
    await platform.start()
    platform.tokens.clear()
    with pytest.raises(Unauthorized):
        await terminal.one_shot.sync()


async def test_pushing_now_sends_what_can_be_sent_and_leaves_the_rest(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    platform.fail("/v1/commands", hostile.problem(422), times=1)
    refused = terminal.act("o-1")
    behind = terminal.act("o-1")
    other = terminal.act("o-2")
    assert await terminal.one_shot.push([other.id])
    assert [terminal.state(item) for item in (refused, behind, other)] == ["refused", "waiting", "applied"]
    await platform.stop()
    later = terminal.act("o-3")
    started = hostile.passed()
    await terminal.one_shot.push([later.id])
    assert terminal.state(later) == "waiting"
    assert hostile.passed() - started < 5


def test_importing_the_engine_imports_neither_httpx_nor_a_database() -> None:
    code = (
        "import sys, floorctl.sync.engine.engine, floorctl.sync.process.thread, floorctl.sync.process.one_shot;"
        "sys.exit(str([name for name in ('httpx', 'sqlcipher3', 'sqlmodel') if name in sys.modules])[2:-2] or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
