"""Whose signature goes out under whose session: never another's, never at another platform, not for ever."""

from datetime import UTC, datetime

import pytest

from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.sync.outbox_item import OutboxItem, new_command_id
from floorctl.sync.stored_session import StoredSession
from tests.sync.hostile_platform import HostilePlatform
from tests.sync.syncing import SyncTerminal, until

pytestmark = pytest.mark.still_time


def sign(terminal: SyncTerminal, by: str, kind: str = "handover.take") -> OutboxItem:
    command = Command(
        id=new_command_id(),
        kind=kind,
        target=Ref("handover", f"h-{by}"),
        made_at=datetime.now(UTC),
        data={},
        base_version=1,
    )
    return terminal.journal.append(command, by=by)


def keep(terminal: SyncTerminal, person: str, token: str | None, platform: str) -> None:
    terminal.journal.keep_second_session(
        StoredSession(
            token=token,
            person_id=person,
            name="李娜",
            roles=("shift_lead",),
            floor="f",
            expires_at=datetime.now(UTC),
            platform=platform,
        )
    )


def tokens(platform: HostilePlatform, item: OutboxItem) -> list[str]:
    """Return the tokens that a command was sent with."""
    return [
        request.headers["authorization"].removeprefix("Bearer ")
        for request in platform.requests
        if request.path == "/v1/commands" and request.json()["id"] == item.id
    ]


async def test_each_goes_out_under_its_own_persons_session(platform: HostilePlatform, terminal: SyncTerminal) -> None:
    platform.tokens.add("token-of-hers")
    await platform.put("handover", "h-p-1001", {})
    await platform.put("handover", "h-p-2", {})
    mine, hers = sign(terminal, "p-1001", "handover.give"), sign(terminal, "p-2")
    keep(terminal, "p-2", "token-of-hers", platform.url)
    async with terminal.syncing():
        await until(lambda: terminal.state(hers) == "applied" and terminal.state(mine) == "applied")
        await until(lambda: terminal.journal.session_of("p-2") is None, why="her session to be ended")
    assert tokens(platform, mine) == ["token-0"]
    assert tokens(platform, hers) == ["token-of-hers"]
    assert terminal.journal.session() is not None


async def test_without_a_session_of_its_own_it_waits_and_holds_up_nobody(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    hers = sign(terminal, "p-2")
    keep(terminal, "p-2", "token-of-elsewhere", "http://127.0.0.1:1")
    other = terminal.act("o-1")
    async with terminal.syncing():
        await until(lambda: terminal.state(other) == "applied")
        later = terminal.act("o-2")
        await until(lambda: terminal.state(later) == "applied")
        assert terminal.state(hers) == "waiting"
    assert tokens(platform, hers) == []


async def test_a_session_that_is_over_is_forgotten_and_the_one_signed_in_stays(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    hers = sign(terminal, "p-2")
    keep(terminal, "p-2", "token-that-is-over", platform.url)
    async with terminal.syncing():
        await until(lambda: terminal.journal.session_of("p-2") is None)
        await until(lambda: terminal.state(hers) == "waiting")
        other = terminal.act("o-1")
        await until(lambda: terminal.state(other) == "applied")
        assert terminal.mode == "live"
        platform.tokens.add("token-anew")
        await platform.put("handover", "h-p-2", {})
        keep(terminal, "p-2", "token-anew", platform.url)
        await until(lambda: terminal.state(hers) == "applied")
    assert tokens(platform, hers) == ["token-that-is-over", "token-anew"]


def test_a_session_that_the_platform_has_not_given_is_none(terminal: SyncTerminal) -> None:
    keep(terminal, "p-2", None, terminal.url)
    assert terminal.journal.session_of("p-2") is None
    keep(terminal, "p-2", "token", terminal.url)
    kept = terminal.journal.session_of("p-2")
    assert kept is not None
    assert kept.token == "token"


def done_by(terminal: SyncTerminal, by: str, target: str) -> OutboxItem:
    command = Command(
        id=new_command_id(),
        kind="order.urge",
        target=Ref("order", target),
        made_at=datetime.now(UTC),
        data={"level": 1},
        base_version=None,
    )
    return terminal.journal.append(command, by=by)


async def test_what_somebody_did_before_another_signed_in_goes_out_in_their_own_name(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    platform.tokens.add("token-of-hers")
    mine, hers = done_by(terminal, "p-1001", "o-1"), [done_by(terminal, "p-2", f"o-{n}") for n in range(2, 5)]
    keep(terminal, "p-2", "token-of-hers", platform.url)
    async with terminal.syncing():
        await until(lambda: all(terminal.state(item) == "applied" for item in (mine, *hers)))
        await until(lambda: terminal.journal.session_of("p-2") is None, why="her session to be ended")
    assert [tokens(platform, item) for item in hers] == [["token-of-hers"]] * 3
    assert tokens(platform, mine) == ["token-0"]


async def test_where_their_session_is_over_it_goes_out_all_the_same(
    platform: HostilePlatform, terminal: SyncTerminal
) -> None:
    hers = done_by(terminal, "p-2", "o-1")
    keep(terminal, "p-2", "token-that-ended", platform.url)
    async with terminal.syncing():
        await until(lambda: terminal.state(hers) == "applied")
        assert terminal.mode == "live"
    assert tokens(platform, hers) == ["token-that-ended", "token-0"]
