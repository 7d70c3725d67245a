"""One PostgreSQL database served by several processes: the terminals notice no difference."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from floorctl.errors import FloorctlError
from floorctl.models.orders import Order
from floorctl.simulator.clock import SimClock
from floorctl.simulator.http.background import Background
from floorctl.simulator.store.store import Store
from tests.simulator.running import NOW, Postgres, Running, command, read_all, streaming, trunk
from tests.waiting import wait_until


@pytest.fixture
def two(postgres: Postgres) -> Iterator[tuple[Running, Running]]:
    url = postgres.copy()
    one, other = Running(url), Running(url)
    yield one, other
    one.stop()
    other.stop()


def test_what_changes_at_one_is_pushed_by_the_other(two: tuple[Running, Running]) -> None:
    one, other = two
    with streaming(other) as events:
        next(events)
        for at in range(3):
            version = one.put("resource", "r-1", trunk(at))
            assert [change["version"] for change in next(events)["data"]["changes"]] == [version]
    with other.client() as client:
        _, cursor = read_all(client)
        with other.when_polled(lambda: one.put("resource", "r-1", trunk(9))):
            page = client.get("/v1/changes", params={"after": cursor, "wait": 20}).json()
        assert [change["id"] for change in page["changes"]] == ["r-1"]


def test_a_cursor_and_a_session_of_one_are_good_at_the_other(two: tuple[Running, Running]) -> None:
    one, other = two
    with one.client() as client:
        _, cursor = read_all(client)
    with other.client() as client:
        assert read_all(client, cursor) == ([], cursor)


def test_a_command_sent_to_both_at_once_is_applied_once(two: tuple[Running, Running]) -> None:
    bodies = [command("order.urge", ("order", "o-open"), {"level": 1, "note": str(at)}) for at in range(8)]

    def send(at: int) -> httpx.Response:
        return two[at % 2].send(bodies[at // 4])

    with ThreadPoolExecutor(16) as senders:
        answers = list(senders.map(send, range(32)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(not answer.json()["replayed"] for answer in answers) == 8
    row = two[0].store.get("order", "o-open")
    assert row and isinstance(row.data, Order) and len(row.data.urges) == 8
    assert row.version == 9


def test_readers_of_one_miss_nothing_that_both_write(two: tuple[Running, Running]) -> None:
    """Places in the feed are given in the order of commits: none appears behind a cursor that has passed it."""
    done = threading.Event()
    held: dict[str, int] = {}

    def write(writer: int) -> None:
        for at in range(30):
            two[writer % 2].put("resource", f"r-{at % 5}", trunk(writer))

    def follow() -> None:
        with two[0].client() as client:
            cursor = None
            last = False
            while not last:
                last = done.is_set()
                changes, cursor = read_all(client, cursor, kinds="resource", limit=2)
                held.update((change["id"], change["version"]) for change in changes)

    reader = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for writer in writers:
        writer.join()
    done.set()
    reader.join(30)
    with two[1].store.reading() as reading:
        assert {entity_id: row.version for entity_id, row in reading.all("resource")} == held
    assert sum(held.values()) == 1 + 4 * 30


def test_a_database_that_goes_away_is_said_to_be_away_and_is_used_again(postgres: Postgres) -> None:
    running = Running(postgres.copy())
    try:
        assert running.send(running.good("order.urge")).status_code == 200
        body = running.good("order.problem")
        restarting = threading.Thread(target=postgres.restart)
        restarting.start()
        seen = set()
        while restarting.is_alive():
            answer = running.send(body)
            seen.add(answer.status_code)
            assert answer.status_code in {200, 503}
            if answer.status_code == 503:
                assert answer.headers["content-type"] == "application/problem+json"
                assert int(answer.headers["Retry-After"]) >= 1
        restarting.join()
        wait_until(lambda: running.send(body).status_code == 200)
        assert running.version("order", "o-open") == 3
    finally:
        running.stop()


class _Steps:
    def __init__(self) -> None:
        self.steps = self.histories = 0

    def load_history(self) -> None:
        self.histories += 1

    def step(self) -> None:
        self.steps += 1


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_one_process_runs_the_floor_and_another_takes_over(
    where: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("floorctl.simulator.http.background._CLAIM_SECONDS", 0.1)
    url = request.getfixturevalue("data") if where == "sqlite" else request.getfixturevalue("postgres").copy()
    stores = [Store(url), Store(url)]
    floors = [_Steps(), _Steps()]
    threads = [Background(store, floor) for store, floor in zip(stores, floors, strict=True)]
    threads[0].start()
    wait_until(lambda: floors[0].steps > 2)
    threads[1].start()
    steps = floors[0].steps
    wait_until(lambda: floors[0].steps > steps + 3)
    assert (floors[1].steps, floors[0].histories) == (0, 1)
    threads[0].stop()
    stores[0].close()
    wait_until(lambda: floors[1].steps > 2)
    threads[1].stop()
    stores[1].close()


def test_every_process_reads_the_same_time(two: tuple[Running, Running]) -> None:
    clock = SimClock(NOW, 60.0)
    two[0].store.set_setting("clock", clock.anchor())
    stores = [Store(two[0].data), Store(two[1].data)]
    for store in stores:
        assert abs((store.clock.now() - clock.now()).total_seconds()) < 60 * 0.5
        store.close()


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(FloorctlError) as raised:
        Store("postgresql://nobody@127.0.0.1:1/none")
    assert raised.value.key == "error.platform_data_unusable"
    assert "Traceback" not in str(raised.value.params)
