"""The client against a platform, and against whatever else may answer in its place."""

import asyncio
import json
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import datetime
from pathlib import Path

import pytest

from floorctl.errors import UsageError
from floorctl.sync.platform import wire
from floorctl.sync.platform.client import Client
from floorctl.sync.platform.errors import (
    BrokenAnswer,
    Expired,
    ProblemAnswer,
    TryLater,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from floorctl.sync.platform.stream import Reset
from tests.sync import hostile_platform as hostile
from tests.sync.hostile_platform import HostilePlatform

COMMAND = "0199f0c0-0000-7000-8000-000000000001"


@pytest.fixture
async def client(platform: HostilePlatform) -> AsyncIterator[Client]:
    client = Client(platform.url, token="token-0", timeout=1)
    yield client
    await client.close()


def a_command(**fields: object) -> bytes:
    command = {
        "id": COMMAND, "kind": "order.urge", "target": {"kind": "order", "id": "o-1"}, "base_version": None,
        "made_at": hostile.now(), "data": {"level": 1},
    }  # fmt: skip
    return json.dumps(command | fields).encode()


async def test_signing_in_brings_a_token_that_the_next_requests_carry(platform: HostilePlatform) -> None:
    client = Client(platform.url, terminal="A区-1")
    session = await client.sign_in("1001", "right")
    assert session.token == client.token
    assert (await client.who_am_i()).person_id == "p-1001"
    await client.sign_out()
    assert client.token is None
    assert platform.requests[0].json()["terminal"] == "A区-1"
    await client.close()


async def test_a_wrong_password_is_unauthorized(platform: HostilePlatform) -> None:
    client = Client(platform.url)
    with pytest.raises(Unauthorized):
        await client.sign_in("1001", "wrong")
    await client.close()


async def test_pages_follow_one_another_and_tell_the_time(platform: HostilePlatform, client: Client) -> None:
    told: list[tuple[datetime, float]] = []
    client.on_time = lambda at, seconds: told.append((at, seconds))
    for n in range(3):
        await platform.put("queue", f"q-{n}", hostile.a_queue())
    first = await client.changes(None, limit=2)
    assert first.more
    assert first.total == 3
    second = await client.changes(first.next, limit=2)
    assert not second.more
    assert [wire.read_change(raw).id for raw in second.changes] == ["q-2"]
    assert [at for at, _ in told] == [first.server_time, second.server_time]
    assert all(0 < seconds < 1 for _, seconds in told)
    assert client.heard_at is not None


def waiting(platform: HostilePlatform, seconds: float) -> Client:
    """Return a client in memory, whose waits take no real time."""
    assert platform.network is not None
    return Client(platform.url, token="token-0", timeout=seconds, make_transport=platform.network.transport)


@pytest.mark.still_time
async def test_a_held_request_outlives_the_time_out_and_answers_when_something_happens(
    platform: HostilePlatform,
) -> None:
    client = waiting(platform, 0.3)
    held = asyncio.create_task(client.changes("a0", wait=20))
    await asyncio.sleep(0.6)
    await platform.put("queue", "q-1", hostile.a_queue())
    assert len((await held).changes) == 1
    await client.close()


async def test_the_stream_brings_what_changes_while_it_is_open(platform: HostilePlatform, client: Client) -> None:
    await platform.put("queue", "q-1", hostile.a_queue())
    async with aclosing(client.stream(None)) as events:
        first = await anext(events)
        assert isinstance(first, wire.Page)
        await platform.put("queue", "q-2", hostile.a_queue(name="名\u2028称\r\n"))
        second = await anext(events)
        assert isinstance(second, wire.Page)
        assert wire.read_change(second.changes[0]).id == "q-2"


async def test_a_reset_is_passed_on_and_events_of_unknown_kinds_are_ignored(
    platform: HostilePlatform, client: Client
) -> None:
    platform.fail("/v1/changes/stream", hostile.stream_of(b"event: news\ndata: x\n\n", b"event: reset\ndata: {}\n\n"))
    assert [event async for event in client.stream("z")] == [Reset()]


async def test_a_stream_that_breaks_in_the_middle_of_an_event_yields_nothing_of_it(
    platform: HostilePlatform, client: Client
) -> None:
    platform.fail("/v1/changes/stream", hostile.stream_of(b'event: changes\ndata: {"chan'))
    assert [event async for event in client.stream(None)] == []


async def test_an_event_that_is_no_page_is_a_broken_answer(platform: HostilePlatform, client: Client) -> None:
    platform.fail("/v1/changes/stream", hostile.stream_of(b"event: changes\ndata: [1]\n\n"))
    with pytest.raises(BrokenAnswer):
        [event async for event in client.stream(None)]


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (hostile.html(), BrokenAnswer),
        (hostile.html(403), BrokenAnswer),
        (hostile.html(401), BrokenAnswer),
        (hostile.html(502), TryLater),
        (hostile.redirect("http://127.0.0.1:1/"), BrokenAnswer),
        (hostile.problem(410), Expired),
        (hostile.problem(401), Unauthorized),
        (hostile.problem(403), ProblemAnswer),
        (hostile.problem(429), TryLater),
        (hostile.problem(503), TryLater),
        (hostile.answer(200, b'{"changes": ['), BrokenAnswer),
        (hostile.answer(200, b"null"), BrokenAnswer),
        (hostile.answer(200, b'{"changes":[],"next":"x","more":NaN,"server_time":"now"}'), BrokenAnswer),
        (hostile.answer(200, b"[" * 200_000), BrokenAnswer),
        (hostile.answer(200, b"\xff\xfe"), BrokenAnswer),
        (hostile.answer(200, b"not gzip", headers={"Content-Encoding": "gzip"}), BrokenAnswer),
        (hostile.cut_short(b"{}", 3 * wire.MAX_PAGE_BYTES), BrokenAnswer),
        (hostile.cut_short(b"{}", 500), Unreachable),
        (hostile.drop, Unreachable),
        (hostile.hang, Unreachable),
        (hostile.drip(0.05), Unreachable),
    ],
)
async def test_every_failure_is_one_of_the_few(
    platform: HostilePlatform, client: Client, behaviour: hostile.Behaviour, expected: type[Exception]
) -> None:
    platform.fail("/v1/changes", behaviour)
    with pytest.raises(expected):
        await client.changes(None)
    platform.heal()
    assert await client.changes(None)  # and the client is good for more


async def test_an_entity_that_nests_without_end_does_not_cost_the_page(
    platform: HostilePlatform, client: Client
) -> None:
    deep = (
        b'{"kind":"queue","id":"q-1","version":1,"deleted":false,"data":' + b'{"]":[' * 50_000 + b"]}" * 50_000 + b"}"
    )
    good = b'{"kind":"queue","id":"q-2","version":1,"deleted":false,"data":{}}'
    head = b'{"next":"a\\"[[{","more":false,"server_time":"2026-01-01T00:00:00Z","changes":['
    platform.fail("/v1/changes", hostile.answer(200, head + deep + b"," + good + b"]}"))
    page = await client.changes(None)
    assert page.next == 'a"[[{'
    assert [wire.read_change(raw).id for raw in page.changes] == ["q-1", "q-2"]
    assert bytes(page.changes[0]).count(b"[") > wire.MAX_NESTING / 2


async def test_a_page_over_64_mib_is_not_read_to_its_end(platform: HostilePlatform) -> None:
    async def endless(request: hostile.Request) -> None:
        await hostile.write(request, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
        while not request.writer.is_closing():
            await hostile.write(request, b" " * (1 << 20))

    platform.fail("/v1/changes", endless)
    client = Client(platform.url, token="token-0", timeout=20)
    with pytest.raises(BrokenAnswer) as caught:
        await client.changes(None)
    assert caught.value.reason == "large"
    await client.close()


@pytest.mark.still_time
async def test_a_slow_page_is_waited_for_as_long_as_it_makes_headway(platform: HostilePlatform) -> None:
    page = json.dumps({"changes": [], "next": "x" * 40_000, "more": False, "server_time": hostile.now()}).encode()

    async def slowly(request: hostile.Request) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(page)}\r\n\r\n"
        await hostile.write(request, head.encode())
        for at in range(0, len(page), 4000):
            await hostile.write(request, page[at : at + 4000])
            await asyncio.sleep(0.1)

    platform.fail("/v1/changes", slowly)
    client = waiting(platform, 0.5)
    assert len((await client.changes(None)).next) == 40_000
    await client.close()


async def test_a_refused_connection_and_an_unknown_name_are_unreachable(platform: HostilePlatform) -> None:
    await platform.stop()
    for url in (platform.url, "https://no-such-host.invalid", "http://127.0.0.1:1"):
        client = Client(url, token="t", timeout=5)
        with pytest.raises(Unreachable):
            await client.changes(None)
        await client.close()


async def test_a_command_is_applied_once_however_often_it_is_sent(platform: HostilePlatform, client: Client) -> None:
    body = a_command()
    platform.fail("/v1/commands", hostile.lose_answer(platform), times=1)
    with pytest.raises(Unreachable):
        await client.send(body, COMMAND)
    outcome = await client.send(body, COMMAND)
    assert outcome.replayed
    assert len(platform.applied) == 1
    assert platform.requests[-1].headers["idempotency-key"] == COMMAND


async def test_a_conflict_carries_the_entity_as_it_stands(platform: HostilePlatform, client: Client) -> None:
    await platform.put("order", "o-1", {"number": "1"})
    with pytest.raises(ProblemAnswer) as caught:
        await client.send(a_command(base_version=7), COMMAND)
    assert caught.value.status == 409
    current = caught.value.problem.current
    assert current is not None
    assert current.version == 1
    assert json.loads(bytes(current.data)) == {"number": "1"}


async def test_another_commands_outcome_is_no_answer(platform: HostilePlatform, client: Client) -> None:
    platform.fail("/v1/commands", hostile.answer(200, {"id": "other", "version": 1, "applied_at": hostile.now()}))
    with pytest.raises(BrokenAnswer):
        await client.send(a_command(), COMMAND)


async def test_a_refusal_with_a_malformed_explanation_is_still_a_refusal(
    platform: HostilePlatform, client: Client
) -> None:
    platform.fail("/v1/commands", hostile.problem(422, "no", errors="not a list", detail="why"))
    with pytest.raises(ProblemAnswer) as caught:
        await client.send(a_command(), COMMAND)
    assert caught.value.problem == wire.Problem(title="no", status=422, detail="why")


async def test_connections_that_may_be_dead_are_left_behind(platform: HostilePlatform, client: Client) -> None:
    await client.changes(None)
    await client.renew()
    await client.changes(None)
    assert platform.requests[0].writer is not platform.requests[1].writer


async def test_a_certificate_that_proves_nothing_is_told_apart(tmp_path: Path) -> None:
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "1",
            "-keyout",
            tmp_path / "key.pem",
            "-out",
            tmp_path / "cert.pem",
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n")

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    stranger = Client(url, timeout=5)
    with pytest.raises(Untrusted):
        await stranger.changes(None)
    friend = Client(url, timeout=5, ca_file=str(tmp_path / "cert.pem"))
    with pytest.raises(TryLater):
        await friend.changes(None)
    await stranger.close()
    await friend.close()
    server.close()


def test_a_private_ca_that_cannot_be_read_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Client("https://platform.example", ca_file=str(tmp_path / "none.pem"))


def test_importing_the_rest_of_sync_does_not_import_httpx() -> None:
    code = "import sys, floorctl.sync.platform.errors, floorctl.sync.process.owner; sys.exit('httpx' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
