"""The feed pushed: resumed by Last-Event-ID, alive when nothing happens, ended cleanly."""

import socket
from typing import Any

import pytest
from sqlalchemy import text

from floorctl.simulator.http import stream
from tests.simulator.running import Running, command, read_all, sent_order, small_floor, streaming, trunk


def ids(event: dict[str, Any]) -> list[str]:
    return [change["id"] for change in event["data"]["changes"]]


def test_a_stream_begins_with_everything_and_goes_on_with_what_changes(any_platform: Running) -> None:
    with streaming(any_platform) as events:
        first = next(events)
        assert first["event"] == "changes"
        assert len(ids(first)) == len(list(small_floor()))
        assert first["id"] == first["data"]["next"]
        for at in range(3):
            any_platform.put("resource", "r-1", trunk(at))
            assert [change["version"] for change in next(events)["data"]["changes"]] == [at + 2]


def test_a_stream_goes_on_from_its_cursor_and_last_event_id_outranks_after(any_platform: Running) -> None:
    with any_platform.client() as client:
        _, old = read_all(client)
        any_platform.put("resource", "r-1", trunk(1))
        _, newer = read_all(client)
    any_platform.put("order", "o-new", sent_order(9))
    with streaming(any_platform, params={"after": old}) as events:
        assert ids(next(events)) == ["r-1", "o-new"]
    with streaming(any_platform, params={"after": old}, headers={"Last-Event-ID": newer}) as events:
        assert ids(next(events)) == ["o-new"]


def test_no_change_is_lost_or_out_of_order_over_many_reconnects(platform: Running) -> None:
    with platform.client() as client:
        _, cursor = read_all(client)
    seen: list[int] = []
    for at in range(12):
        platform.put("resource", "r-1", trunk(at))
        with streaming(platform, headers={"Last-Event-ID": cursor}) as events:
            event = next(events)
            seen += [change["version"] for change in event["data"]["changes"]]
            if at % 3:  # every third time the connection breaks before the terminal has kept what it got
                cursor = event["id"]
    assert seen == sorted(seen)
    assert set(seen) == set(range(2, 14))


def test_an_expired_cursor_gives_a_reset_and_the_stream_ends(any_platform: Running) -> None:
    with any_platform.client() as client:
        _, old = read_all(client)
    any_platform.delete("order", "o-open")
    any_platform.store.purge(tombstones_before=9e12)
    for after in (old, "nonsense"):
        with streaming(any_platform, params={"after": after}) as events:
            assert [event["event"] for event in events] == ["reset"]


def test_a_stream_of_some_kinds_is_silent_about_the_others(platform: Running) -> None:
    with streaming(platform, "viewer", params={"kinds": "resource"}) as events:
        assert ids(next(events)) == ["r-1"]
        platform.put("order", "o-new", sent_order(9))
        platform.put("resource", "r-2", trunk(1))
        assert ids(next(events)) == ["r-2"]
    with streaming(platform, "viewer") as events:
        assert not {"rubric", "sample", "inspection"} & {each["kind"] for each in next(events)["data"]["changes"]}


def test_a_command_is_on_every_stream_once(platform: Running) -> None:
    with streaming(platform) as one, streaming(platform, "viewer") as other:
        next(one), next(other)
        platform.send(command("order.urge", ("order", "o-open"), {"level": 1}))
        for events in (one, other):
            changes = next(events)["data"]["changes"]
            assert [(change["id"], change["version"]) for change in changes] == [("o-open", 2)]


def test_a_silent_stream_gives_signs_of_life_and_moves_its_cursor_on(
    platform: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stream.BEAT_SECONDS < 15
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.2)
    with (
        platform.client() as client,
        client.stream("GET", "/v1/changes/stream", params={"kinds": "resource"}) as answer,
    ):
        lines = answer.iter_lines()
        beats = 0
        while beats < 3:
            beats += next(lines) == ":"
        platform.put("order", "o-new", sent_order(9))
        moved = next(line for line in lines if line.startswith("id: "))[4:]
        assert read_all(client, moved) == ([], moved)


def test_a_stream_ends_with_its_session(platform: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BEAT_SECONDS", 0.2)
    with streaming(platform, "viewer") as events:
        next(events)
        with platform.store.transaction() as changing:
            changing.execute(text("DELETE FROM session"))
        assert list(events) == []


def test_one_that_reads_nothing_holds_up_nobody_else(platform: Running) -> None:
    """A terminal that is suspended with its connection open: the platform waits for it with one page, not with all."""
    host, port = platform.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        token = platform.token("supervisor")
        request = f"GET /v1/changes/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        deaf.sendall(request.encode())
        with streaming(platform) as events:
            next(events)
            for at in range(20):
                big = sent_order(at, content="长" * 20_000)
                with platform.store.transaction() as changing:
                    changing.put_many(("order", f"o-{each}", big) for each in range(60))
                wanted = {f"o-{each}" for each in range(60)}
                while wanted:
                    wanted -= set(ids(next(events)))
        with platform.client() as client:
            assert client.get("/v1/session").status_code == 200


def test_open_streams_and_long_polls_end_with_the_platform(platform: Running) -> None:
    with streaming(platform) as events, platform.client() as client:
        next(events)
        _, cursor = read_all(client)
        with platform.when_polled(lambda: platform.stop(seconds=5)):
            answer = client.get("/v1/changes", params={"after": cursor, "wait": 20})
        assert list(events) == []
        assert answer.status_code == 200
