"""The client against a mock that an independent tool makes from the contract.

Nothing that it asks is turned away, nothing that it is told ends it, and whatever is valid of that is in the cache.
"""

import copy
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.platform import wire
from floorctl.sync.platform.client import Client
from floorctl.sync.platform.errors import BrokenAnswer
from tests.e2e.floor_terminal import FloorTerminal
from tests.loopback import request
from tests.platforms import PlatformProcess
from tests.scope import REQUIRE_ALL
from tests.simulator.running import GOOD
from tests.sync.syncing import SyncTerminal, until

from . import prism
from .prism import Prism

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("prism")]

KINDS = [kind.name for kind in registry.kinds()]
#: Random pages are read until so many valid entities have come, in at most so many syncs.
ENOUGH, SYNCS = 400, 60
#: Entities a page: Prism takes its time for the 5,000 that the contract allows.
PAGE = 40


@pytest.fixture(scope="module")
def program() -> list[str]:
    try:
        return prism.installed()
    except prism.NotThere as error:
        if REQUIRE_ALL:
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def static(program: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    """The contract as it stands; every answer to a request is the same."""
    mock = Prism(program, prism.CONTRACT, tmp_path_factory.mktemp("static"))
    yield mock
    mock.stop()


@pytest.fixture(scope="module")
def dynamic(program: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    """The contract as it stands but for a page's length; every answer is random."""
    document = prism.contract()
    document["components"]["schemas"]["Page"]["properties"]["changes"]["maxItems"] = PAGE
    mock = Prism(program, document, tmp_path_factory.mktemp("dynamic"), "--dynamic")
    yield mock
    mock.stop()


@pytest.fixture(scope="module")
def entities(program: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    """Random answers whose changes are of the kinds that this release uses, each with an entity of its kind."""
    document = prism.contract()
    schemas = document["components"]["schemas"]
    schemas["Page"]["properties"]["changes"]["maxItems"] = PAGE
    change = schemas["Change"]
    schemas["Change"] = {"oneOf": [_change_of(change, kind) for kind in ENTITIES]}
    schemas["Role"]["enum"] = ["supervisor"]
    mock = Prism(program, document, tmp_path_factory.mktemp("entities"), "--dynamic")
    yield mock
    mock.stop()


@pytest.fixture(scope="module")
def examples(program: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prism]:
    """The contract with examples of a session and of a feed with an end."""
    document = prism.contract()
    _example(document, "/v1/session", "post", "201", SESSION)
    _example(document, "/v1/session", "get", "200", {**SESSION, "token": None} | {"token": "t"})
    _example(document, "/v1/changes", "get", "200", FEED)
    mock = Prism(program, document, tmp_path_factory.mktemp("examples"))
    yield mock
    mock.stop()


def _change_of(change: dict[str, Any], kind: str) -> dict[str, Any]:
    tied = copy.deepcopy(change)
    tied["required"].append("data")
    tied["properties"] |= {
        "kind": {"type": "string", "enum": [kind]},
        "deleted": {"type": "boolean", "enum": [False]},
        "data": {"$ref": f"#/components/schemas/{kind.title().replace('_', '')}"},
    }
    return tied


def _example(document: dict[str, Any], path: str, method: str, status: str, value: object) -> None:
    document["paths"][path][method]["responses"][status]["content"]["application/json"]["example"] = value


SESSION = {
    "token": "t",
    "person_id": "p-1001",
    "name": "王芳",
    "roles": ["supervisor"],
    "floor": "四川12345",
    "expires_at": "2099-01-01T00:00:00+08:00",
    "server_time": "2026-03-02T10:00:00+08:00",
}
FEED = {
    "changes": [
        {
            "kind": "seat",
            "id": "s-01",
            "version": 3,
            "deleted": False,
            "data": {
                "number": "01",
                "zone": "A",
                "kind": "general",
                "state": "ready",
                "since": "2026-03-02T09:58:00+08:00",
                "skills": ["q-12345"],
                "person_id": "p-1001",
            },
        },
        *(
            {
                "kind": "queue",
                "id": f"q-{line}",
                "version": 1,
                "deleted": False,
                "data": {
                    "name": f"{line} 综合",
                    "line": line,
                    "waiting": 2,
                    "offered": 100,
                    "answered": 96,
                    "abandoned": 4,
                    "answered_in_target": 90,
                    "target_seconds": 15,
                    "target_level": 0.8,
                },
            }
            for line in ("12345", "12333")
        ),
        {
            "kind": "order",
            "id": "o-1",
            "version": 7,
            "deleted": False,
            "data": {
                "number": "DH20260302000001",
                "line": "12345",
                "channel": "phone",
                "type": "complaint",
                "urgency": "normal",
                "state": "dispatched",
                "title": "路灯不亮",
                "received_at": "2026-03-01T09:00:00+08:00",
            },
        },
        {"kind": "order", "id": "o-2", "version": 4, "deleted": True},
    ],
    "next": "c-1",
    "more": False,
    "server_time": "2026-03-02T10:00:00+08:00",
}


class Peer(SyncTerminal):
    """A terminal whose engine's client keeps every page that it was given, with the cursor that it asked after."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder, url, timeout=30)
        self.pages: list[tuple[str | None, wire.Page]] = []

    def _client(self) -> Client:
        return _Keeping(self.pages, self.url, timeout=self.timeout)

    def keep(self, command: Command) -> OutboxItem:
        return self.journal.append(command, by="p-1001")


class _Keeping(Client):
    def __init__(self, pages: list[tuple[str | None, wire.Page]], url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self._pages = pages

    async def changes(self, after: str | None, **options: Any) -> wire.Page:
        page = await super().changes(after, **options)
        self._pages.append((after, page))
        return page


def command_of(kind: str, command_id: str) -> Command:
    target_kind, target_id, data = GOOD[kind]
    target = Ref(target_kind, target_id)
    return Command(id=command_id, kind=kind, target=target, made_at=datetime.now(UTC), data=data, base_version=3)


@pytest.fixture(scope="module")
def id_in_answers(static: Prism) -> str:
    """The id that every outcome of a static mock carries: only the command with this id can be answered."""
    mock, asked = static, str(uuid.uuid4())
    answer = request(
        "POST",
        f"{mock.url}/v1/commands",
        content=msgspec.json.encode(command_of("order.urge", asked)),
        headers={"Authorization": "Bearer t", "Idempotency-Key": asked, "Content-Type": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def test_every_request_of_the_client_is_one_of_the_contracts(static: Prism) -> None:
    client = Client(static.url, terminal="A区-1")
    try:
        assert (await client.sign_in("1001", "秘密 with blanks")).roles == ("supervisor",)
        await client.who_am_i()
        for after in (None, "c-1", "光标 & more", "x" * 200):
            for wait in (0, 25):
                page = await client.changes(after, kinds=("seat", "order"), limit=5000, wait=wait)
                assert len(page.changes) == 1
            assert [event async for event in client.stream(after)] == []
        await client.sign_out()
    finally:
        await client.close()
    assert static.violations == []
    assert static.accepted("get", "/v1/changes") >= 8
    assert static.accepted("get", "/v1/changes/stream") >= 4
    assert static.accepted("delete", "/v1/session") >= 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_command_of_each_kind_is_taken_and_its_outcome_understood(
    static: Prism, id_in_answers: str, tmp_path: Path, kind: str
) -> None:
    here = Peer(tmp_path, static.url)
    here.sign_in()
    before = static.accepted("post", "/v1/commands")
    item = here.keep(command_of(kind, id_in_answers))
    await here.engine().push_once()
    assert here.state(item) == "applied"
    here.close()
    assert static.accepted("post", "/v1/commands") == before + 1
    assert static.violations == []


async def test_an_outcome_of_another_command_settles_nothing(static: Prism, tmp_path: Path) -> None:
    here = Peer(tmp_path, static.url)
    here.sign_in()
    item = here.act()
    await here.engine().push_once()
    assert here.state(item) == "waiting"
    here.close()
    assert static.violations == []


async def test_a_feed_that_leads_back_to_itself_is_given_up_once_and_tried_calmly_for_ever(
    static: Prism, id_in_answers: str, tmp_path: Path
) -> None:
    here = Peer(tmp_path, static.url)
    here.sign_in()
    with pytest.raises(BrokenAnswer, match="endless"):
        await here.engine().sync_once()
    here.pages.clear()
    async with here.syncing():
        await until(lambda: here.statuses and here.statuses[-1].problem == "error.network_broken_endless")
        item = here.keep(command_of("order.urge", id_in_answers))
        await until(lambda: here.state(item) == "applied", why="for the command, whatever the feed does")
        tried = len(here.pages)
        await until(lambda: len(here.pages) > tried, why="for the feed to be tried again")
    assert len(here.pages) < 20
    assert here.cache.count("order") == 0
    here.close()
    assert static.violations == []


async def test_random_answers_end_nothing(dynamic: Prism, tmp_path: Path) -> None:
    here = Peer(tmp_path, dynamic.url)
    here.sign_in()
    items = [here.keep(command_of(kind, str(uuid.uuid4()))) for kind in KINDS]
    async with here.syncing():
        await until(lambda: len(here.pages) >= 15, seconds=90, why="for pages")
        await until(lambda: dynamic.accepted("post", "/v1/commands") >= 3, seconds=60, why="for commands")
        assert here.statuses
    # Random outcomes are other commands' outcomes.
    assert {here.state(item) for item in items} <= {"waiting", "sending"}
    here.close()
    assert dynamic.violations == []


async def test_whatever_is_valid_among_random_entities_is_in_the_cache(entities: Prism, tmp_path: Path) -> None:
    here = Peer(tmp_path, entities.url)
    here.sign_in()
    valid: dict[tuple[str, str], int] = {}
    kinds_seen: set[str] = set()
    for _ in range(SYNCS):
        try:
            await here.engine().sync_once()
        except BrokenAnswer as error:
            assert error.reason == "endless"
        # Of random cursors one may be the one that was asked after: a page that leads back to itself is not taken.
        valid = newest_valid([page for after, page in here.pages if not page.more or page.next != after])
        kinds_seen = {kind for kind, _ in valid}
        if len(valid) >= ENOUGH and kinds_seen >= set(ENTITIES):
            break
    assert set(ENTITIES) - kinds_seen == set()
    set_aside = {(each.kind, each.id, each.version): each.reason for each in here.cache.set_aside()}
    missing = {
        key: set_aside.get((*key, version), "not there")
        for key, version in valid.items()
        if (row := here.cache.get(*key)) is None or row.version < version
    }
    assert missing == {}
    here.close()
    assert entities.violations == []


def newest_valid(pages: list[wire.Page]) -> dict[tuple[str, str], int]:
    """(kind, id) → newest version that is valid, by an independent validator on the contract as it stands."""
    schemas = prism.contract()["components"]
    found: dict[tuple[str, str], int] = {}
    validators = {
        kind: jsonschema_rs.Draft202012Validator(
            {"$ref": f"#/components/schemas/{kind.title().replace('_', '')}", "components": schemas}
        )
        for kind in ENTITIES
    }
    for page in pages:
        for raw in page.changes:
            change = json.loads(bytes(raw))
            if change["kind"] in validators and validators[change["kind"]].is_valid(change.get("data")):
                key = (change["kind"], change["id"])
                found[key] = max(found.get(key, 0), change["version"])
    return found


class _Mocked(PlatformProcess):
    """What FloorTerminal wants to know of a platform."""

    def __init__(self, mock: Prism) -> None:
        super().__init__("", port=int(mock.url.rpartition(":")[2]))
        self.accounts = {"supervisor": ("1001", "password")}


def test_the_commands_work_on_a_feed_with_an_end(examples: Prism, tmp_path: Path) -> None:
    here = FloorTerminal(tmp_path / "terminal", _Mocked(examples), language="en")
    here.login()
    synced = here.run("sync", "--once")
    assert (synced.returncode, "Traceback" in synced.stderr) == (0, False), synced.stderr
    assert [seat["id"] for seat in here.json("seats")["items"]] == ["s-01"]
    assert {queue["id"] for queue in here.json("queues")["items"]} == {"q-12345", "q-12333"}
    assert [order["id"] for order in here.json("orders")["items"]] == ["o-1"]
    status = here.run("status")
    assert status.returncode == 0, status.stderr
    # The answer is another command's outcome: ours is kept, and the person is told that it is not sent yet.
    for argv in (("skills", "s-01", "q-12333", "q-12345"), ("urge", "DH20260302000001", "--level", "1")):
        acted = here.run(*argv)
        assert acted.returncode == 3, (acted.stdout, acted.stderr)
        assert "Traceback" not in acted.stderr
    assert [item["state"] for item in here.json("outbox", "list")["items"]] == ["waiting", "waiting"]
    assert here.run("logout").returncode == 0
    assert examples.violations == []
    assert examples.accepted("post", "/v1/commands") >= 2


@pytest.mark.parametrize("mode", ["static", "dynamic", "entities"])
def test_no_command_shows_a_traceback_whatever_the_mock_says(
    request: pytest.FixtureRequest, tmp_path: Path, mode: str
) -> None:
    mock: Prism = request.getfixturevalue(mode)
    here = FloorTerminal(tmp_path / "terminal", _Mocked(mock), language="en")
    here.login()
    for argv, codes in (
        (("sync", "--once"), {0, 1}),
        (("status",), {0}),
        (("seats",), {0}),
        (("orders",), {0}),
        (("alerts",), {0}),
        (("whoami",), {0}),
        (("urge", "nothing"), {5, 6}),
        (("doctor",), {0, 1}),
    ):
        ended = here.run(*argv)
        assert ended.returncode in codes, (argv, ended.stdout[-2000:], ended.stderr)
        assert "Traceback" not in ended.stderr, (argv, ended.stderr)
        assert "internal" not in ended.stderr, (argv, ended.stderr)
    if mode == "static":
        assert "over and over" in here.run("sync", "--once").stderr
    if mode == "entities" and (held := here.json("seats", "--limit", "1")["items"]):
        acted = here.run("message", held[0]["id"], "--text", "x")
        assert "Traceback" not in acted.stderr
    assert mock.violations == []
