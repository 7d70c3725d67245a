"""Cutting and mending the line between a platform and its terminals, over real connections."""

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from floorctl.cli.platform.process import PlatformProcess
from floorctl.errors import FloorctlError
from tests import loopback
from tests.simulator.running import command
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def platform() -> Iterator[PlatformProcess]:
    options = ["--seed", "11", "--seats", "14", "--orders", "20", "--at", "10:30", "--day", "2026-11-25"]
    with PlatformProcess(options) as started:
        yield started


@pytest.fixture
def client(platform: PlatformProcess) -> Iterator[httpx.Client]:
    """The supervisor's client of a platform whose line is whole, before and afterwards."""
    number, password = platform.account("supervisor")
    told = {"employee_no": number, "password": password}
    token = loopback.request("POST", f"{platform.url()}/v1/session", json=told).raise_for_status().json()["token"]
    with loopback.client(platform.url(), token) as made:
        yield made
    platform.mend()
    wait_until(lambda: answers(platform))


def port_of(platform: PlatformProcess) -> int:
    return int(platform.url().rpartition(":")[2])


def is_refused(platform: PlatformProcess) -> bool:
    """Whether a new connection is refused, which a port that only keeps silent does not do."""
    try:
        with socket.create_connection(("127.0.0.1", port_of(platform)), 2):
            return False
    except ConnectionRefusedError:
        return True


def answers(platform: PlatformProcess) -> bool:
    try:
        return loopback.request("GET", f"{platform.url()}/v1/session").status_code == 401
    except httpx.TransportError:
        return False


def test_a_cut_ends_streams_and_long_polls_at_once_and_refuses_whoever_comes(
    platform: PlatformProcess, client: httpx.Client
) -> None:
    cursor = client.get("/v1/changes?limit=5000").json()["next"]
    ended: dict[str, float] = {}
    waiting = threading.Barrier(3)

    def poll() -> None:
        with loopback.client(platform.url(), client.headers["Authorization"].removeprefix("Bearer ")) as other:
            waiting.wait(10)
            with pytest.raises(httpx.TransportError):
                while True:
                    other.get("/v1/changes", params={"after": cursor, "kinds": "fact", "wait": 25})
        ended["poll"] = time.monotonic()

    def listen() -> None:
        with (
            loopback.client(platform.url(), client.headers["Authorization"].removeprefix("Bearer ")) as other,
            other.stream("GET", "/v1/changes/stream", params={"after": cursor}) as answer,
        ):
            lines = answer.iter_lines()
            next(lines)
            waiting.wait(10)
            with pytest.raises(httpx.TransportError):
                list(lines)
        ended["stream"] = time.monotonic()

    threads = [threading.Thread(target=each) for each in (poll, listen)]
    for each in threads:
        each.start()
    waiting.wait(10)
    time.sleep(0.3)  # the long poll is under way
    cut_at = time.monotonic()
    platform.cut()
    for each in threads:
        each.join(10)
    assert ended.keys() == {"poll", "stream"}
    assert max(ended.values()) - cut_at < 1
    assert is_refused(platform)


def test_after_mending_the_same_port_serves_the_same_sessions_and_the_floor_has_gone_on(
    platform: PlatformProcess, client: httpx.Client
) -> None:
    url = platform.url()
    before = client.get("/v1/session").json()["server_time"]
    cursor = client.get("/v1/changes?limit=5000").json()["next"]
    platform.cut()
    wait_until(lambda: is_refused(platform))
    time.sleep(2)
    platform.mend()
    wait_until(lambda: answers(platform))
    assert platform.url() == url
    after = client.get("/v1/session")
    assert after.status_code == 200, "who was signed in still is"
    assert after.json()["server_time"] > before
    assert client.get("/v1/changes", params={"after": cursor}).json()["changes"], "the floor lived on"


def test_cutting_or_mending_twice_is_as_once(platform: PlatformProcess, client: httpx.Client) -> None:
    platform.mend()
    assert client.get("/v1/session").status_code == 200
    platform.cut()
    platform.cut()
    wait_until(lambda: is_refused(platform))
    platform.mend()
    platform.mend()
    wait_until(lambda: answers(platform))
    for _ in range(20):
        platform.cut()
        platform.mend()
    wait_until(lambda: answers(platform))
    assert client.get("/v1/session").status_code == 200


def test_a_command_that_is_sent_again_after_a_cut_is_applied_once(
    platform: PlatformProcess, client: httpx.Client
) -> None:
    urge = command("floor.message", ("seat", "s-01"), {"text": "请注意话术"})
    replayed = []
    for _ in range(2):
        answer = client.post("/v1/commands", json=urge, headers={"Idempotency-Key": urge["id"]})
        replayed.append(answer.json()["replayed"])
        platform.cut()
        wait_until(lambda: is_refused(platform))
        platform.mend()
        wait_until(lambda: answers(platform))
    assert replayed == [False, True]


def test_while_it_is_cut_nobody_else_can_take_its_port(platform: PlatformProcess, client: httpx.Client) -> None:
    platform.cut()
    wait_until(lambda: is_refused(platform))
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port_of(platform)))
    assert client.base_url.port == port_of(platform)


def test_a_platform_that_has_ended_is_told_nothing_more_and_that_is_a_sentence() -> None:
    with PlatformProcess(["--orders", "10", "--seats", "12"]) as other:
        other.url()
        assert not other.has_ended()
        other.cut()
        wait_until(lambda: is_refused(other))
    wait_until(other.has_ended)
    for tell in (other.cut, other.mend):
        with pytest.raises(FloorctlError) as raised:
            tell()
        assert raised.value.key == "error.demo_platform_ended"
    assert is_refused(other)


def test_a_connection_that_comes_while_the_line_is_cut_is_ended_or_refused_and_never_hangs(
    platform: PlatformProcess, client: httpx.Client
) -> None:
    stop, hung = threading.Event(), []

    def come_again_and_again() -> None:
        while not stop.is_set():
            try:
                with socket.create_connection(("127.0.0.1", port_of(platform)), 5) as once:
                    once.settimeout(5)
                    once.sendall(b"GET /v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    while once.recv(4096):
                        pass
            except TimeoutError:
                hung.append(time.monotonic())
            except OSError:
                continue

    threads = [threading.Thread(target=come_again_and_again) for _ in range(4)]
    for each in threads:
        each.start()
    for _ in range(40):
        platform.cut()
        time.sleep(0.05)
        platform.mend()
        time.sleep(0.05)
    stop.set()
    for each in threads:
        each.join(10)
    assert hung == []
    wait_until(lambda: answers(platform))
    assert client.get("/v1/session").status_code == 200
