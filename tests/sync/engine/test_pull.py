"""The way in, over real HTTP from a platform that can be made to misbehave."""

import asyncio
from contextlib import closing

import pytest

from floorctl.sync.cache.cache import Cache
from tests.still_time import StillLoop
from tests.sync import hostile_platform as hostile
from tests.sync.hostile_platform import HostilePlatform
from tests.sync.storage import CALENDAR
from tests.sync.syncing import KEY, SyncTerminal, until

pytestmark = pytest.mark.still_time


async def test_everything_comes_first_and_then_what_changes(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    for n in range(7):
        await platform.put("queue", f"q-{n}", hostile.a_queue())
    platform.page_limit = 3
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live")
        assert terminal.cache.count("queue") == 7
        assert {status.first_sync for status in terminal.statuses} >= {(0, 7)}
        await platform.put("queue", "q-3", hostile.a_queue(waiting=5))
        await until(lambda: terminal.cache.get("queue", "q-3").version == 2)  # type: ignore[union-attr]
    assert terminal.changed["queue"] == {f"q-{n}" for n in range(7)}
    assert terminal.clock.observed


async def test_after_a_restart_it_goes_on_from_the_stored_cursor(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    await platform.put("queue", "q-1", hostile.a_queue())
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live")
    before = len(platform.requests)
    await platform.put("queue", "q-2", hostile.a_queue())
    async with terminal.syncing():
        await until(lambda: terminal.cache.count("queue") == 2)
    assert all("after" in request.query for request in platform.requests[before:])


async def test_an_expired_cursor_rebuilds_beside_what_is_shown(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    for n in range(6):
        await platform.put("queue", f"q-{n}", hostile.a_queue())
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live")
    await platform.forget_everything()
    for n in range(3, 9):
        await platform.put("queue", f"q-{n}", hostile.a_queue(waiting=9))
    platform.page_limit = 2
    shown: set[int] = set()
    async with terminal.syncing():
        async with asyncio.timeout(15):
            while terminal.cache.get("queue", "q-8") is None:
                shown.add(terminal.cache.count("queue"))
                await asyncio.sleep(0)
        await until(lambda: terminal.mode == "live")
    assert shown <= {6}
    assert set(terminal.cache.all("queue")) == {f"q-{n}" for n in range(3, 9)}
    assert terminal.changed["queue"] >= {"q-0", "q-8"}


async def test_what_is_fetched_anew_on_a_floor_without_orders_is_finished_too(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    await platform.put("queue", "q-1", hostile.a_queue())
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live" and terminal.statuses[-1].first_sync is None)
        before = len(terminal.statuses)
        await platform.forget_everything()
        await platform.put("queue", "q-2", hostile.a_queue())
        await until(lambda: any(status.first_sync for status in terminal.statuses[before:]))
        await until(lambda: terminal.mode == "live" and terminal.statuses[-1].first_sync is None)


async def test_a_reset_in_the_stream_fetches_everything_anew(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    await platform.put("queue", "q-1", hostile.a_queue())
    platform.fail("/v1/changes/stream", hostile.stream_of(b"event: reset\ndata: {}\n\n"), times=1)
    async with terminal.syncing():
        await until(lambda: any(r.path == "/v1/changes" and "after" not in r.query for r in platform.requests[2:]))
        await until(lambda: terminal.mode == "live")
        assert terminal.cache.count("queue") == 1


async def test_a_platform_that_always_resets_is_not_rebuilt_from_for_ever(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    await platform.put("queue", "q-1", hostile.a_queue())
    platform.fail("/v1/changes/stream", hostile.stream_of(b"event: reset\ndata: {}\n\n"))
    async with terminal.syncing():
        await asyncio.sleep(4)
        assert terminal.mode == "live"
    assert (
        sum(r.path == "/v1/changes" and "after" not in r.query and "limit" in r.query for r in platform.requests) <= 4
    )


async def test_without_a_working_stream_held_requests_bring_the_changes(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    platform.fail("/v1/changes/stream", hostile.html())
    async with terminal.syncing():
        await until(lambda: any("wait" in request.query for request in platform.requests))
        assert platform.count("/v1/changes/stream") == 3
        await platform.put("queue", "q-1", hostile.a_queue())
        took = await until(lambda: terminal.cache.count("queue") == 1)
        assert took < 2
        assert terminal.mode == "live"


async def test_a_stream_that_has_gone_deaf_is_reopened(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    platform.fail("/v1/changes/stream", hostile.stream_of(then_hang=True), times=1)
    async with terminal.syncing():
        await until(lambda: platform.count("/v1/changes/stream") == 1)
        await platform.put("queue", "q-1", hostile.a_queue())
        await until(lambda: terminal.cache.count("queue") == 1)
        assert terminal.mode == "live"


async def test_a_cursor_that_leads_back_to_itself_is_not_followed_in_a_tight_circle(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    page = {"changes": [], "next": "a0", "more": True, "server_time": hostile.now()}
    platform.fail("/v1/changes", hostile.answer(200, page))
    async with terminal.syncing():
        await asyncio.sleep(5)
        assert terminal.mode != "live"
        assert terminal.statuses[-1].problem == "error.network_broken_endless"
    assert platform.count("/v1/changes") < 25


async def test_the_same_page_for_ever_under_new_cursors_is_slowed_down(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    change = {"kind": "queue", "id": "q-1", "version": 1, "deleted": False, "data": hostile.a_queue()}
    served = 0

    async def endless(request: hostile.Request) -> None:
        nonlocal served
        served += 1
        page = {"changes": [change], "next": f"n{served}", "more": True, "server_time": hostile.now()}
        await hostile.answer(200, page)(request)

    platform.fail("/v1/changes", endless)
    async with terminal.syncing():
        await asyncio.sleep(5)
        assert terminal.mode != "live"
    assert served < 120
    assert terminal.cache.count("queue") == 1


@pytest.mark.parametrize(
    "rubbish",
    [
        {"kind": "queue", "id": "q-1", "version": 1, "deleted": False, "data": None},
        {"kind": "queue", "id": "q-1", "version": "1", "deleted": False, "data": {}},
        {"kind": "queue", "id": "q-1", "version": 1, "deleted": False, "data": hostile.a_queue(waiting="many")},
        {"kind": None, "id": None, "version": None, "deleted": None},
        {"kind": "unheard", "id": "x", "version": 1, "deleted": False, "data": {"any": "thing"}},
        None,
        [[[[[]]]]],
    ],
)
async def test_what_breaks_the_contract_does_not_hold_up_the_rest_of_its_page(
    platform: HostilePlatform, terminal: SyncTerminal, rubbish: object
) -> None:
    good = {"kind": "queue", "id": "q-2", "version": 1, "deleted": False, "data": hostile.a_queue()}
    page = {"changes": [rubbish, good], "next": "a0", "more": False, "server_time": hostile.now()}
    platform.fail("/v1/changes", hostile.answer(200, page), times=1, where=lambda r: "after" not in r.query)
    async with terminal.syncing():
        await until(lambda: terminal.cache.count("queue") == 1)
        await until(lambda: terminal.mode == "live")


async def test_what_roles_may_read_differs_so_other_roles_read_the_feed_from_its_beginning(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    await platform.put("queue", "q-1", hostile.a_queue())
    terminal.sign_in("token-0", "viewer")
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live")
    since = len(platform.requests)
    terminal.sign_in("token-0", "supervisor")
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live")
    assert any(r.path == "/v1/changes" and "after" not in r.query for r in platform.requests[since:])


async def test_orders_become_searchable_in_idle_moments(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    now = hostile.now()
    order = {
        "number": "20260101001", "line": "12345", "type": "complaint", "channel": "phone", "title": "夜间施工噪音扰民",
        "content": "楼下工地夜间施工", "state": "received", "urgency": "normal", "received_at": now,
    }  # fmt: skip
    await platform.put("order", "o-1", order)
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live" and not terminal.cache.search_remaining())


def empty_it_elsewhere(terminal: SyncTerminal) -> None:
    """Empty the cache as another process does that finds it to be of another platform."""
    with closing(Cache.open(terminal.folder / "cache.db", KEY, CALENDAR)) as other:
        platform = other.platform
        assert platform
        assert other.belong_to("elsewhere")
        assert other.belong_to(platform)


async def test_a_cache_that_is_emptied_while_nothing_happens_is_fetched_again(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    """The one who hears of it is the one who notes that there is nothing new, and has no place to lose."""
    for n in range(3):
        await platform.put("queue", f"q-{n}", hostile.a_queue())
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live")
        empty_it_elsewhere(terminal)
        await until(lambda: terminal.cache.count("queue") == 3 and terminal.missed, 2 * terminal.pace.confirm_every)


async def test_a_cache_that_is_emptied_as_the_link_goes_down_is_fetched_again(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    """The page that finds it empty is one that nobody waits for any more."""
    for n in range(3):
        await platform.put("queue", f"q-{n}", hostile.a_queue())
    loop = asyncio.get_running_loop()
    assert isinstance(loop, StillLoop)
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live")
        empty_it_elsewhere(terminal)
        loop.slowness = 2 * terminal.pace.offline_after
        await platform.put("queue", "q-1", hostile.a_queue(waiting=5))
        platform.fail("/v1/changes", hostile.hang)
        await until(lambda: terminal.mode == "offline")
        loop.slowness = 0.0
        platform.heal()
        await until(lambda: terminal.cache.count("queue") == 3 and terminal.missed, 60)
