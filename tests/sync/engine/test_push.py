"""The way out: once on the platform, nothing dropped in silence, nobody held up by somebody else's command."""

import asyncio
import random
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from floorctl.models.command import ON_ITS_WAY
from floorctl.sync.opening import connect
from tests.sync import hostile_platform as hostile
from tests.sync.hostile_platform import HostilePlatform, Request
from tests.sync.syncing import KEY, SyncTerminal, until

pytestmark = pytest.mark.still_time

COMMANDS = "/v1/commands"


def on(target: str):  # type: ignore[no-untyped-def]
    return lambda request: request.json()["target"]["id"] == target


def sent(platform: HostilePlatform) -> list[Request]:
    return [request for request in platform.requests if request.path == COMMANDS]


async def test_what_was_done_before_and_while_it_runs_is_applied_in_order(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    items = [terminal.act("o-1", data={"level": n}) for n in range(3)]
    async with terminal.syncing() as engine:
        await until(lambda: len(platform.applied) == 3)
        items.append(terminal.act("o-1", data={"level": 3}))
        engine.poke()
        await until(lambda: len(platform.applied) == 4)
        await until(lambda: all(terminal.state(item) == "applied" for item in items))
        await until(lambda: terminal.statuses[-1].waiting == 0)
    assert [command["data"]["level"] for command in platform.applied] == [0, 1, 2, 3]
    assert terminal.changed["outbox"] == {item.id for item in items}


async def test_what_another_process_writes_is_sent_without_a_poke(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    async with terminal.syncing():
        await until(lambda: terminal.mode == "live")
        item = terminal.act("o-1")
        await until(lambda: terminal.state(item) == "applied")


async def test_entities_go_side_by_side_eight_at_most(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    platform.latency = 0.05
    items = [terminal.act(f"o-{n % 20}") for n in range(60)]
    async with terminal.syncing():
        await until(lambda: all(terminal.state(item) == "applied" for item in items))
    assert 2 < platform.most_in_flight <= 8
    orders = [[c["id"] for c in platform.applied if c["target"]["id"] == f"o-{n}"] for n in range(20)]
    assert orders == [[item.id for item in items[n::20]] for n in range(20)]


async def test_an_answer_lost_after_the_platform_applied_it_never_applies_it_twice(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    platform.fail(COMMANDS, hostile.lose_answer(platform), times=5)
    items = [terminal.act(f"o-{n}") for n in range(4)]
    async with terminal.syncing():
        await until(lambda: all(terminal.state(item) == "applied" for item in items), 30)
    assert sorted(command["id"] for command in platform.applied) == sorted(item.id for item in items)
    bodies = {request.headers["idempotency-key"]: set[bytes]() for request in sent(platform)}
    for request in sent(platform):
        bodies[request.headers["idempotency-key"]].add(request.body)
    assert all(len(different) == 1 for different in bodies.values())


async def test_half_of_all_requests_lost_loses_no_command(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    chance = random.Random(7)

    def half(_request: Request) -> bool:
        return chance.random() < 0.5

    platform.fail(COMMANDS, hostile.lose_answer(platform), where=half)
    platform.fail("/v1/changes", hostile.drop, where=half)
    platform.fail("/v1/changes/stream", hostile.drop, where=half)
    items = [terminal.act(f"o-{n % 7}") for n in range(30)]
    async with terminal.syncing():
        await until(lambda: all(terminal.state(item) == "applied" for item in items), 120)
    assert sorted(command["id"] for command in platform.applied) == sorted(item.id for item in items)


async def test_what_broke_off_many_times_goes_soon_once_others_get_through(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    platform.fail(COMMANDS, hostile.drop, where=on("o-1"), times=7)
    unlucky = terminal.act("o-1")
    others = [terminal.act(f"o-{n}") for n in range(2, 5)]
    async with terminal.syncing() as engine:
        await until(lambda: all(terminal.state(item) == "applied" for item in others))
        for n in range(200):  # something else is done all the time
            if terminal.state(unlucky) == "applied":
                break
            terminal.act(f"o-{5 + n}")
            engine.poke()
            await asyncio.sleep(0.2)
    # Left to themselves, seven failures in a row wait for up to 0.5, 1, 2 ... 32 s.
    assert terminal.state(unlucky) == "applied"
    tries = [request.at for request in sent(platform) if request.json()["target"]["id"] == "o-1"]
    assert max(after - before for before, after in pairwise(tries)) < 8


@pytest.mark.parametrize("status", [400, 403, 404, 413, 422])
async def test_a_refusal_is_parked_with_its_reason_and_holds_up_only_its_entity(
    platform: HostilePlatform, terminal: SyncTerminal, status: int
) -> None:
    errors = [{"field": "level", "message": "not yet"}]
    platform.fail(COMMANDS, hostile.problem(status, "no", errors=errors), times=1, where=on("o-1"))
    refused = terminal.act("o-1")
    behind = terminal.act("o-1", data={"level": 2})
    elsewhere = terminal.act("o-2")
    async with terminal.syncing() as engine:
        await until(lambda: terminal.state(elsewhere) == "applied")
        await until(lambda: terminal.state(refused) == "refused")
        await until(lambda: terminal.statuses[-1].refused == 1)
        assert terminal.state(behind) == "waiting"
        problem = terminal.journal.get(refused.id).problem  # type: ignore[union-attr]
        assert problem is not None
        assert problem.errors[0].message == "not yet"
        terminal.journal.drop(refused.id, "settled by phone")
        engine.poke()
        await until(lambda: terminal.state(behind) == "applied")


async def test_a_conflict_shows_both_sides_and_goes_on_when_a_person_has_decided(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    await platform.put("alert", "a-1", {"title": "x"})
    await platform.put("alert", "a-1", {"title": "someone else's"})
    item = terminal.act("a-1", kind="alert.close", data={"note": "done"}, base_version=1)
    async with terminal.syncing() as engine:
        await until(lambda: terminal.state(item) == "conflict")
        problem = terminal.journal.get(item.id).problem  # type: ignore[union-attr]
        assert problem is not None
        assert problem.current is not None
        assert problem.current.version == 2
        await until(lambda: terminal.statuses[-1].conflicts == 1)
        again = terminal.journal.retry(item.id)
        engine.poke()
        await until(lambda: terminal.state(again) == "applied")
    assert [command["base_version"] for command in platform.applied] == [2]


async def test_a_command_made_on_top_of_our_own_earlier_one_is_carried_on_from_its_outcome(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    await platform.put("alert", "a-1", {"title": "x"})
    first = terminal.act("a-1", kind="alert.acknowledge", data={}, saw=1)
    second = terminal.act("a-1", kind="alert.close", data={"note": "done"}, base_version=1)
    async with terminal.syncing():
        await until(lambda: terminal.state(second) == "applied")
    assert terminal.state(first) == "applied"
    assert [command["base_version"] for command in platform.applied] == [None, 2]


async def test_a_rule_s_own_command_that_is_refused_is_dropped_with_the_reason(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    platform.fail(COMMANDS, hostile.problem(422, "known already"), times=1)
    item = terminal.act("a-1", kind="alert.raise", automatic=True)
    behind = terminal.act("a-1", kind="alert.acknowledge", data={})
    async with terminal.syncing():
        await until(lambda: terminal.state(behind) == "applied")
    assert terminal.state(item) == "dropped"
    assert terminal.journal.get(item.id).reason == "known already"  # type: ignore[union-attr]


async def test_retry_after_is_obeyed(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    platform.fail(COMMANDS, hostile.problem(429, headers={"Retry-After": "3"}), times=1)
    item = terminal.act("o-1")
    async with terminal.syncing():
        await until(lambda: terminal.state(item) == "applied")
    first, second = sent(platform)
    assert second.at - first.at >= 3
    assert first.body == second.body


async def test_one_command_that_fails_for_ever_holds_up_nobody_else(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    platform.fail(COMMANDS, hostile.problem(500), where=on("o-1"))
    stuck = terminal.act("o-1")
    others = [terminal.act(f"o-{n}") for n in range(2, 40)]
    async with terminal.syncing():
        await until(lambda: all(terminal.state(item) == "applied" for item in others))
        assert terminal.mode == "live"
    assert terminal.state(stuck) in ("waiting", "sending")
    assert sum(on("o-1")(request) for request in sent(platform)) < 12


@pytest.mark.parametrize(
    "behaviour",
    [
        hostile.html(),
        hostile.html(403),
        hostile.redirect("http://127.0.0.1:1/"),
        hostile.answer(200, b"{"),
        hostile.answer(200, {"id": "0199f0c0-0000-7000-8000-00000000ffff", "version": 1, "applied_at": hostile.now()}),
        hostile.drop,
        hostile.problem(408),
        hostile.problem(425),
        hostile.problem(503),
    ],
)
async def test_what_is_no_answer_is_asked_again_with_the_same_bytes(
    platform: HostilePlatform, terminal: SyncTerminal, behaviour: hostile.Behaviour
) -> None:
    platform.fail(COMMANDS, behaviour, times=2)
    item = terminal.act("o-1")
    async with terminal.syncing():
        await until(lambda: terminal.state(item) == "applied")
    assert len({request.body for request in sent(platform)}) == 1
    assert len(sent(platform)) == 3


async def test_no_answer_in_time_is_asked_again(platform: HostilePlatform, tmp_path: Path) -> None:
    terminal = SyncTerminal(tmp_path, platform.url, timeout=1, network=platform.network)
    terminal.sign_in()
    platform.fail(COMMANDS, hostile.hang, times=1)
    item = terminal.act("o-1")
    async with terminal.syncing():
        await until(lambda: terminal.state(item) == "applied")
    assert len(platform.applied) == 1
    terminal.close()


async def test_killed_between_sending_and_hearing_it_sends_the_same_bytes_again(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    received = asyncio.Event()

    async def apply_and_hang(request: Request) -> None:
        await platform.apply(request, answer_too=False)
        received.set()
        await asyncio.sleep(3600)

    platform.fail(COMMANDS, apply_and_hang, times=1)
    item = terminal.act("o-1")
    async with terminal.syncing():
        await received.wait()
    assert terminal.state(item) in ("sending", "waiting")
    async with terminal.syncing():
        await until(lambda: terminal.state(item) == "applied")
    assert len(platform.applied) == 1
    assert len({request.body for request in sent(platform)}) == 1


async def test_five_hundred_commands_made_in_an_outage_go_out_when_it_is_over(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    await platform.stop()
    async with terminal.syncing() as engine:
        await until(lambda: terminal.mode == "offline")
        for n in range(500):
            terminal.act(f"o-{n % 50}", data={"level": n})
        engine.poke()
        await until(lambda: terminal.statuses[-1].waiting == 500)
        await platform.start()
        back_at = hostile.passed()
        await until(lambda: terminal.mode == "live")
        assert hostile.passed() - back_at < 10  # the promise itself
        await until(lambda: not terminal.journal.items(ON_ITS_WAY), 30)
    for n in range(50):
        levels = [c["data"]["level"] for c in platform.applied if c["target"]["id"] == f"o-{n}"]
        assert levels == sorted(levels)
    assert len(platform.applied) == 500


@pytest.mark.parametrize("word", ["sending", "applied"])
async def test_what_the_disk_does_not_take_is_said_asked_again_and_applied_once(
    platform: HostilePlatform, terminal: SyncTerminal, word: str
) -> None:
    item = terminal.act("o-1")
    with closing(connect(terminal.folder / "journal.db", KEY, durable=True)) as db:
        when = f"BEFORE INSERT ON event WHEN new.what = '{word}'"
        db.execute(f"CREATE TRIGGER full {when} BEGIN SELECT RAISE(ABORT, 'full'); END")
        async with terminal.syncing():
            await until(lambda: terminal.statuses[-1].problem == "error.data_failed")
            await asyncio.sleep(30)
            assert terminal.state(item) != "applied"
            db.execute("DROP TRIGGER full")
            await until(lambda: terminal.state(item) == "applied")
            await until(lambda: terminal.statuses[-1].problem is None)
    assert [command["id"] for command in platform.applied] == [item.id]


async def test_a_command_set_aside_while_it_waits_is_not_sent(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    item = terminal.act("o-1")
    terminal.journal.drop(item.id, "a mistake")
    other = terminal.act("o-2")
    async with terminal.syncing():
        await until(lambda: terminal.state(other) == "applied")
    assert len(sent(platform)) == 1
