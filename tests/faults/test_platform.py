"""A platform that answers anything: what is good is taken, what is not is set aside, nothing is lost or done twice."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from floorctl.floor.terminal import open_terminal
from floorctl.models.order_filter import OrderFilter
from tests.build import as_sent, config
from tests.floor_access import journal_of
from tests.platforms import PlatformProcess, Platforms
from tests.sync import conftest as of_sync
from tests.sync import hostile_platform as hostile
from tests.sync.hostile_platform import HostilePlatform
from tests.sync.storage import alert, order, seat
from tests.sync.syncing import SyncTerminal, until
from tests.waiting import wait_until, wait_until_live

#: The platform that answers as a test tells it to, and the terminal at it.
platform, terminal = of_sync.platform, of_sync.terminal

pytestmark = pytest.mark.still_time


async def live(terminal: SyncTerminal) -> None:
    await until(lambda: terminal.mode == "live", why="for live")


# -- answers to commands


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422])
async def test_each_no_of_the_platform_is_kept_with_its_reason(
    platform: HostilePlatform, terminal: SyncTerminal, status: int
) -> None:
    platform.fail("/v1/commands", hostile.problem(status, f"不行 {status}"), times=1)
    item, other = terminal.act("o-1"), terminal.act("o-2")
    async with terminal.syncing():
        await until(lambda: terminal.state(other) == "applied")
        await until(lambda: terminal.state(item) != "sending")
        await live(terminal)
    kept = terminal.journal.get(item.id)
    assert kept is not None
    assert kept.state == ("conflict" if status == 409 else "refused")
    assert kept.problem is not None
    assert (kept.problem.status, kept.problem.title) == (status, f"不行 {status}")


@pytest.mark.parametrize("wait", [None, 2])
async def test_429_is_asked_again_when_it_says_or_later(
    platform: HostilePlatform, terminal: SyncTerminal, wait: int | None
) -> None:
    headers = {} if wait is None else {"Retry-After": str(wait)}
    platform.fail("/v1/commands", hostile.problem(429, headers=headers), times=1)
    item = terminal.act("o-1")
    async with terminal.syncing():
        await until(lambda: terminal.state(item) == "applied")
    first, second = [request.at for request in platform.requests if request.path == "/v1/commands"]
    assert second - first >= (wait or 0.4)


# -- answers to questions

GOOD: dict[str, dict[str, Any]] = {
    "queue": hostile.a_queue(),
    "order": as_sent(order(2, state="dispatched", citizen={"name": "王芳", "phone": "13800000000"}), urges=[]),
    "seat": as_sent(seat()),
    "alert": as_sent(alert()),
}
RUBBISH: tuple[Any, ...] = (
    None, True, "NaN", "1e400", 10**400, -(10**30), 1e308, [[]], {"": {}},
    "x" * 25_000, "\ud800", "2026-13-45T99:99:99Z",
)  # fmt: skip


def wrong_in_every_field() -> Iterator[tuple[str, str]]:
    """Yield kinds, each with the JSON of an entity of which one field has a value that it must not have."""
    for kind, good in GOOD.items():
        for field in good:
            for rubbish in RUBBISH:
                text = json.dumps(good | {field: rubbish})
                # NaN and 1e400 are no strings where they do harm.
                yield kind, text.replace('"NaN"', "NaN").replace('"1e400"', "1e400")


async def test_rubbish_in_any_field_costs_nothing_but_its_own_entity(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    raw = [
        f'{{"kind":"{kind}","id":"bad-{n}","version":1,"deleted":false,"data":{data}}}'
        for n, (kind, data) in enumerate(wrong_in_every_field())
        if "NaN" not in data  # is no JSON at all, for whoever reads the page: see below
    ]
    raw += [
        json.dumps({"kind": kind, "id": "good", "version": 1, "deleted": False, "data": data})
        for kind, data in GOOD.items()
    ]
    page = f'{{"changes":[{",".join(raw)}],"next":"a0","more":false,"server_time":"{hostile.now()}"}}'
    platform.fail("/v1/changes", hostile.answer(200, page.encode()), times=1)
    async with terminal.syncing():
        await live(terminal)
    assert all(terminal.cache.get(kind, "good") is not None for kind in GOOD)
    aside = terminal.cache.set_aside()
    assert len(aside) > len(raw) / 2
    assert all(each.reason for each in aside)
    for kind in GOOD:  # and what was taken can be read
        for id_, row in terminal.cache.all(kind).items():
            assert id_ == "good" or row.version == 1


async def test_a_page_that_is_no_json_is_asked_for_again(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    await platform.put("queue", "q-1", hostile.a_queue())
    body = json.dumps({"changes": [{"waiting": float("nan")}], "next": "a1", "more": False, "server_time": "x"})
    platform.fail("/v1/changes", hostile.answer(200, body.encode()), times=2)
    async with terminal.syncing():
        await live(terminal)
        assert terminal.cache.count("queue") == 1


async def test_events_that_come_twice_and_out_of_their_order_show_the_newest(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    def page(*versions: int) -> bytes:
        changes = [
            {"kind": "queue", "id": "q-1", "version": n, "deleted": False, "data": hostile.a_queue(waiting=n)}
            for n in versions
        ]
        return hostile.event({"changes": changes, "next": "a0", "more": False, "server_time": hostile.now()})

    pieces = [page(3), page(3), page(1, 5, 2), page(4), page(5, 5), page(2)]
    platform.fail("/v1/changes/stream", hostile.stream_of(*pieces, then_hang=True), times=1)
    async with terminal.syncing():
        await live(terminal)
        await until(lambda: terminal.cache.count("queue") == 1)
        await asyncio.sleep(0.5)
        row = terminal.cache.get("queue", "q-1")
        assert row is not None
        assert (row.version, row.value.waiting) == (5, 5)  # type: ignore[attr-defined]


async def test_a_platform_with_nothing_is_live_and_empty(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    async with terminal.syncing():
        await live(terminal)
    assert terminal.cache.count("order") == terminal.cache.count("seat") == 0


async def test_a_recording_of_ten_gigabytes_is_not_fetched(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    sample = {
        "day": "2026-11-24", "target": {"kind": "order", "id": "o-1"}, "agent_id": "p-1", "reason": "random",
        "state": "open", "recording_url": f"{platform.url}/recording/10GB.wav",
    }  # fmt: skip
    await platform.put("sample", "sa-1", sample)
    async with terminal.syncing():
        await live(terminal)
        await asyncio.sleep(1)
    assert terminal.cache.count("sample") == 1
    assert not [request for request in platform.requests if request.path.startswith("/recording")]


# -- the platform's data as it was


async def test_what_a_restored_platform_lost_goes_before_what_was_done_meanwhile(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    """The other way round, what is new would make the version that the lost one had made, and hide that it is lost."""
    await platform.put("order", "o-1", as_sent(order(1, state="dispatched")))
    async with terminal.syncing():
        await live(terminal)
        backup = dict(platform.entities)
        lost = terminal.act("o-1")
        await until(lambda: terminal.state(lost) == "applied")
        await until(lambda: (row := terminal.cache.get("order", "o-1")) is not None and row.version == 2)
        await platform.stop()
        await until(lambda: terminal.mode == "offline")
        platform.entities, platform.outcomes, platform.applied, platform.epoch = backup, {}, [], "b"
        later = terminal.act("o-1")
        await platform.start()
        await until(lambda: terminal.state(lost) == terminal.state(later) == "applied")
    assert [command["id"] for command in platform.applied] == [lost.id, later.id]


async def test_what_was_applied_and_never_came_in_the_feed_is_sent_again(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    """Restored from a backup newer than the last page that was heard: no cursor expires, and the command is gone."""
    terminal.pace = replace(terminal.pace, missed_after=1.5)
    sent: list[bytes] = []

    async def apply_and_lose(request: hostile.Request) -> None:
        sent.append(request.body)
        outcome = {"id": request.json()["id"], "version": 99, "applied_at": hostile.now()}
        await hostile.answer(200, outcome)(request)

    platform.fail("/v1/commands", apply_and_lose, times=1)
    async with terminal.syncing():
        await live(terminal)
        item = terminal.act("o-1")
        await until(lambda: terminal.state(item) == "applied")
        assert platform.applied == []
        await until(lambda: len(platform.applied) == 1, 20, why="for it to be sent again")
        await until(lambda: terminal.state(item) == "applied")
    again = [request.body for request in platform.requests if request.path == "/v1/commands"]
    assert again == sent * 2
    assert "lost_there" in [what for _, what, _ in terminal.journal.history(item.id)]


@pytest.mark.slow
def test_what_a_platform_restored_from_its_backup_has_lost_is_sent_again(platforms: Platforms, tmp_path: Path) -> None:
    platform = platforms().start()
    data = Path(platform.data)
    floor = open_terminal(config(tmp_path / "data", url=platform.url))
    try:
        floor.session.sign_in(*platform.accounts["supervisor"])
        floor.live.start(watch=False)
        wait_until_live(floor)
        orders = floor.orders.page(OrderFilter(state=("accepted", "dispatched")), sort="number", limit=6).items
        first = floor.orders.urge(orders[0].id, 3, "备份之前", confirmed=True)
        wait_until(lambda: floor.outbox.item(first.id).state == "applied", why="for the first to be applied")
        platform.stop()
        shutil.copy(data, tmp_path / "backup.db")
        platform.start()
        later = [floor.orders.urge(each.id, 3, "备份之后", confirmed=True) for each in orders[1:5]]
        later.append(floor.orders.urge(orders[1].id, 2, "备份之后又一次", confirmed=True))
        wait_until(
            lambda: all(floor.outbox.item(item.id).state == "applied" for item in later),
            seconds=30,
            why="for the others",
        )
        wait_until(lambda: not journal_of(floor).pending(), seconds=30, why="for all to be shown")
        platform.stop()
        for path in data.parent.glob("platform.db*"):
            path.unlink()
        shutil.copy(tmp_path / "backup.db", data)
        platform.start()
        wait_until(lambda: noted(platform, "备份之后") == 4, seconds=40, why="for what was lost to come back")
        wait_until(lambda: floor.status.connection().waiting == 0 and not journal_of(floor).pending(), seconds=30)
        assert (noted(platform, "备份之前"), noted(platform, "备份之后又一次")) == (1, 1)
        assert {floor.outbox.item(item.id).state for item in later} == {"applied"}
    finally:
        floor.close()
        platform.stop()


def noted(platform: PlatformProcess, note: str) -> int:
    """Return how many urges with this note the platform has."""
    entities, _ = platform.snapshot("order")
    return sum(urge.get("note") == note for change in entities.values() for urge in change["data"].get("urges", ()))
