"""The whole platform in a process of its own: seeded once, resumed after a stop, stopped within a second."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from floorctl.errors import FloorctlError
from floorctl.simulator.clock import SimClock, starting
from floorctl.simulator.http.listening import bind, url_of
from floorctl.simulator.http.server import Serving, _announce
from floorctl.simulator.store.store import Store
from tests import forking, loopback
from tests.simulator.running import read_all


class Process:
    """``platform serve`` on ``data`` in a process of its own."""

    def __init__(self, data: Path) -> None:
        options = ("--port", "0", "--data", str(data), "--seed", "11", "--seats", "14", "--orders", "50")
        reads, writes = os.pipe()
        with Path(os.devnull).open("r+b") as nothing, os.fdopen(writes, "wb") as error:
            files = [nothing.fileno(), nothing.fileno(), error.fileno()]
            self._process = forking.start("floorctl", "platform", "serve", *options, "--at", "10:30", files=files)
        lines = os.fdopen(reads, encoding="utf-8")
        self.said: list[str] = []
        self.url = ""
        for line in lines:
            self.said.append(line)
            if found := re.fullmatch(r"listening on (http://\S+)\n", line):
                self.url = found[1]
                break
        self._rest: list[str] = []
        self._reading = threading.Thread(target=lambda: self._rest.extend(lines), daemon=True)
        self._reading.start()

    def client(self, role: str = "supervisor") -> httpx.Client:
        found = next(found for line in self.said if (found := re.search(rf"{role}\W+(\d{{4}})\W+(\S+)", line)))
        told = {"employee_no": found[1], "password": found[2]}
        answer = loopback.request("POST", f"{self.url}/v1/session", json=told)
        return loopback.client(self.url, answer.raise_for_status().json()["token"])

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """End it with a signal: its exit code, and all that it said."""
        self._process.send_signal(number)
        return self.ended(), "".join(self.said + self._rest)

    def ended(self) -> int:
        """The code that it ended with, when it has."""
        code = self._process.wait(30)
        self._reading.join(10)
        return code

    @property
    def runs(self) -> bool:
        return self._process.poll() is None


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    started = Process(tmp_path / "floor.db")
    yield started
    if started.runs:
        started.end(signal.SIGKILL)


def server_time(client: httpx.Client) -> datetime:
    return datetime.fromisoformat(client.get("/v1/session").json()["server_time"])


def test_it_says_who_may_sign_in_before_it_says_where_it_listens(process: Process) -> None:
    roles = [found[1] for line in process.said if (found := re.fullmatch(r"  \S+  (\w+)  1\d{3}  \w{10}\n", line))]
    assert set(roles) == {"supervisor", "shift_lead", "inspector", "viewer"}
    with process.client("viewer") as client:
        assert client.get("/v1/session").json()["roles"] == ["viewer"]
        changes, _ = read_all(client)
    assert len({change["id"] for change in changes if change["kind"] == "seat"}) == 14


def test_its_floor_moves_in_platform_time(process: Process) -> None:
    with process.client() as client:
        now = server_time(client)
        assert now.utcoffset() == timedelta(hours=8)
        assert (now.hour, now.minute // 10) == (10, 3)
        _, cursor = read_all(client)
        deadline = time.monotonic() + 90  # on a busy machine the history comes in first
        moved: list[dict[str, Any]] = []
        while not moved and time.monotonic() < deadline:
            moved, cursor = read_all(client, cursor, kinds="seat,queue", wait=5)
        assert moved


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_streams_and_polls_open(process: Process, number: int) -> None:
    with process.client() as client, client.stream("GET", "/v1/changes/stream") as answer:
        lines = answer.iter_lines()
        next(line for line in lines if line.startswith("data:"))
        code, said = process.end(number)
        assert list(lines)[-1:] in ([], [""])  # the stream ended between two events, not inside one
    assert code == 0, said
    assert "Traceback" not in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_after_a_stop_it_goes_on_where_it_was(process: Process, tmp_path: Path, number: int) -> None:
    with process.client() as client:
        early = time.monotonic()
        before = server_time(client)
        late = time.monotonic()
        people = read_all(client, kinds="person")
        token = client.headers["Authorization"].removeprefix("Bearer ")
    process.end(number)
    again = Process(tmp_path / "floor.db")
    try:
        with loopback.client(again.url, token) as client:
            least = time.monotonic() - late
            passed = (server_time(client) - before).total_seconds()
            assert least - 1 <= passed <= time.monotonic() - early + 1
            assert read_all(client, people[1], kinds="person")[0] == []
            assert read_all(client, kinds="person")[0] == people[0]
        assert [line for line in again.said if "supervisor" in line] == [
            line for line in process.said if "supervisor" in line
        ]
    finally:
        code, said = again.end()
    assert code == 0, said


def test_one_file_is_served_by_one_process(process: Process, tmp_path: Path) -> None:
    other = Process(tmp_path / "floor.db")
    assert not other.url
    assert other.ended() != 0
    assert "正由另一个进程使用" in "".join(other.said)
    with process.client() as client:
        assert client.get("/v1/session").status_code == 200


def test_a_port_that_is_taken_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(FloorctlError) as raised:
            bind("127.0.0.1", port)
    assert raised.value.key == "error.platform_port_unusable"
    assert raised.value.params["port"] == port


def test_an_address_of_the_newer_kind_is_written_as_a_url_wants_it() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with bind("::1", 0) as listening:
        assert re.fullmatch(r"http://\[::1\]:\d+", url_of(listening))


@pytest.mark.parametrize(
    ("url", "others"),
    [("http://127.0.0.1:1", False), ("http://[::1]:1", False), ("http://0.0.0.0:1", True), ("http://[::]:1", True)],
)
def test_a_platform_that_others_hear_says_that_they_hear_passwords(
    url: str, others: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    _announce(Serving(url, (), lambda: None))
    *before, last = capsys.readouterr().err.splitlines()
    assert last == f"listening on {url}"
    assert any("TLS" in line for line in before) == others


def test_data_that_is_no_platforms_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("一封信" * 1000)
    (tmp_path / "folder.db").mkdir()
    for name in ("text.db", "folder.db"):
        with pytest.raises(FloorctlError) as raised:
            Store(tmp_path / name)
        assert raised.value.key == "error.platform_data_unusable"
    assert (tmp_path / "text.db").read_text().startswith("一封信")


def test_the_clock_runs_at_its_speed_and_never_goes_back_over_a_restart() -> None:
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    clock = SimClock(start, 3600.0)
    time.sleep(0.05)
    first = clock.now()
    assert first - start >= timedelta(seconds=0.05 * 3600)
    assert SimClock.resume(clock.anchor()).now() >= first - timedelta(seconds=60)
    with pytest.raises(ValueError, match="0"):
        SimClock(start, 0)


def test_a_new_platform_begins_when_it_is_told_to() -> None:
    day, at = datetime(2026, 5, 1, tzinfo=UTC).date(), datetime(2026, 5, 1, 23, 50, tzinfo=UTC).time()
    assert starting(day, at, UTC) == datetime(2026, 5, 1, 23, 50, tzinfo=UTC)
    assert abs(starting(None, None, UTC) - datetime.now(UTC)) < timedelta(seconds=5)
