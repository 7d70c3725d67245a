"""The feed: compacted, in the order of change, resumable from any cursor that has not expired."""

import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.models.assessment import Fact
from floorctl.simulator.store.store import Store, StoreClosed
from floorctl.sync.platform import wire
from tests.loopback import request
from tests.simulator.running import NOW, Running, command, problem, read_all, sent_order, small_floor, trunk


def test_the_first_sync_gives_every_entity_once_and_the_next_one_nothing(any_platform: Running) -> None:
    with any_platform.client() as client:
        changes, cursor = read_all(client, limit=7)
        there = {(kind, entity_id) for kind, entity_id, _ in small_floor()}
        assert {(change["kind"], change["id"]) for change in changes} == there
        assert len(changes) == len(there)
        assert all(change["version"] == 1 and not change["deleted"] for change in changes)
        assert read_all(client, cursor) == ([], cursor)


def test_what_the_feed_gives_is_what_a_terminal_reads(platform: Running) -> None:
    with platform.client() as client:
        page = wire.read_page(client.get("/v1/changes", params={"limit": 5000}).content)
    changes = [wire.read_change(raw) for raw in page.changes]
    entities = {(each.kind, each.id): wire.read_entity(each.kind, each.data) for each in changes}
    assert entities == {(kind, entity_id): entity for kind, entity_id, entity in small_floor()}


def test_an_entity_that_changed_five_times_appears_once_with_its_newest_state(any_platform: Running) -> None:
    with any_platform.client() as client:
        _, cursor = read_all(client)
        versions = [any_platform.put("resource", "r-1", trunk(at)) for at in range(5)]
        assert versions == [2, 3, 4, 5, 6]
        any_platform.put("order", "o-new", sent_order(9))
        changes, _ = read_all(client, cursor)
    assert [(change["id"], change["version"]) for change in changes] == [("r-1", 6), ("o-new", 1)]
    assert changes[0]["data"]["in_use"] == 4


def test_a_cursor_from_what_a_file_lost_when_it_was_put_back_from_a_backup_has_expired(
    data: Path, tmp_path: Path
) -> None:
    running = Running(data)
    with running.client() as client:
        _, kept = read_all(client)
    running.stop()
    backup = shutil.copy(data, tmp_path / "backup.db")
    running = Running(data)
    running.put("resource", "r-1", trunk(1))
    with running.client() as client:
        assert read_all(client, kept)[0]
        _, lost = read_all(client)
    running.stop()
    for path in data.parent.glob(f"{data.name}*"):
        path.unlink()
    shutil.copy(backup, data)
    running = Running(data)
    for at in range(5):  # the feed comes further than it was before
        running.put("resource", "r-1", trunk(10 + at))
    with running.client() as client:
        problem(client.get("/v1/changes", params={"after": lost}), 410)
        assert [change["data"]["in_use"] for change in read_all(client, kept)[0]] == [14]
    running.stop()


def test_a_removed_entity_appears_as_a_tombstone(any_platform: Running) -> None:
    with any_platform.client() as client:
        _, cursor = read_all(client)
        assert any_platform.delete("order", "o-open") == 2
        assert any_platform.delete("order", "o-open") is None
        assert any_platform.delete("order", "never-there") is None
        changes, _ = read_all(client, cursor)
    assert changes == [{"kind": "order", "id": "o-open", "version": 2, "deleted": True}]


def test_a_page_says_how_many_are_left_and_whether_there_is_more(any_platform: Running) -> None:
    whole = len(list(small_floor()))
    with any_platform.client() as client:
        after, left = None, whole
        while left:
            page = client.get("/v1/changes", params={"limit": 10, **({"after": after} if after else {})}).json()
            assert page["total"] == left
            assert len(page["changes"]) == min(10, left)
            left -= len(page["changes"])
            assert page["more"] is (left > 0)
            after = page["next"]
        page = client.get("/v1/changes", params={"after": after}).json()
    assert (page["total"], page["more"], page["changes"]) == (0, False, [])


def test_no_page_is_the_last_one_while_the_history_is_coming_in(platform: Running) -> None:
    whole = len(list(small_floor()))
    filling = True
    platform.platform.feed.filling = lambda: filling
    with platform.client() as client:
        page = client.get("/v1/changes", params={"limit": 5000}).json()
        assert (page["more"], len(page["changes"])) == (True, whole - 1)
        after = page["next"]
        platform.put("resource", "r-1", trunk(7))
        page = client.get("/v1/changes", params={"after": after}).json()
        assert page["more"]
        filling = False
        page = client.get("/v1/changes", params={"after": page["next"]}).json()
        assert not page["more"]
        changes, _ = read_all(client)
        assert len(changes) == whole


def test_a_filter_gives_its_kinds_alone_and_its_cursor_passes_over_the_others(any_platform: Running) -> None:
    with any_platform.client() as client:
        changes, cursor = read_all(client, kinds="seat,queue", limit=3)
        assert {change["kind"] for change in changes} == {"seat", "queue"}
        any_platform.put("resource", "r-1", trunk(9))
        page = client.get("/v1/changes", params={"after": cursor, "kinds": "seat,queue"}).json()
        assert (page["changes"], page["total"], page["more"]) == ([], 0, False)
        assert page["next"] != cursor
        assert read_all(client, kinds="seat,a-kind-of-later", limit=3)[0] == [
            change for change in changes if change["kind"] == "seat"
        ]


def test_a_viewer_reads_nobodys_scores_and_may_not_ask_for_them(platform: Running) -> None:
    hidden = {"rubric", "sample", "inspection"}
    with platform.client("viewer") as client:
        kinds = {change["kind"] for change in read_all(client)[0]}
        assert kinds == {kind for kind, _, _ in small_floor()} - hidden
        for kind in hidden:
            problem(client.get("/v1/changes", params={"kinds": f"seat,{kind}"}), 403)
            problem(client.get("/v1/changes/stream", params={"kinds": kind}), 403)
    with platform.client("inspector") as client:
        assert hidden <= {change["kind"] for change in read_all(client)[0]}


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "0",
        "..",
        "1.2.3",
        "e.-1",
        "{epoch}",
        "{epoch}.",
        "{epoch}.x",
        "{epoch}.1.x",
        "{epoch}.99999999",
        "\0",
        "{epoch}.٣",
        "0123456789ab.1",
        "{epoch}." + "9" * 190,
    ],
)
def test_a_cursor_that_is_none_of_this_feed_has_expired(any_platform: Running, after: str) -> None:
    with any_platform.client() as client:
        problem(client.get("/v1/changes", params={"after": after.format(epoch=any_platform.store.epoch)}), 410)


def test_a_cursor_expires_when_a_tombstone_behind_it_has_left_the_feed(any_platform: Running) -> None:
    with any_platform.client() as client:
        _, old = read_all(client)
        any_platform.delete("order", "o-open")
        any_platform.delete("order", "o-ready")
        _, caught_up = read_all(client, old)
        assert any_platform.store.purge() == 0
        assert len(read_all(client, old)[0]) == 2
        assert any_platform.store.purge(tombstones_before=time.time() + 1) == 2
        problem(client.get("/v1/changes", params={"after": old}), 410)
        assert read_all(client, caught_up) == ([], caught_up)
        again, _ = read_all(client)
    assert not {"o-open", "o-ready"} & {change["id"] for change in again}


def test_a_first_sync_survives_the_purge_of_what_was_removed_before_it_began(any_platform: Running) -> None:
    any_platform.delete("order", "o-open")
    with any_platform.client() as client:
        page = client.get("/v1/changes", params={"limit": 5}).json()
        any_platform.store.purge(tombstones_before=time.time() + 1)
        read_all(client, page["next"], limit=5)

        page = client.get("/v1/changes", params={"limit": 5}).json()
        any_platform.delete("order", "o-ready")
        any_platform.store.purge(tombstones_before=time.time() + 1)
        problem(client.get("/v1/changes", params={"after": page["next"]}), 410)


def test_a_page_is_cut_before_it_is_too_large_for_a_terminal(platform: Running) -> None:
    with platform.store.transaction() as changing:
        changing.put_many(("order", f"o-{at}", sent_order(at, content="长" * 20_000)) for at in range(400))
    with platform.client() as client:
        page = client.get("/v1/changes", params={"limit": 5000, "kinds": "order"})
        assert len(page.content) < 10 * 1024 * 1024
        assert page.json()["more"]
        before = sum(kind == "order" for kind, _, _ in small_floor())
        assert len(read_all(client, limit=5000, kinds="order")[0]) == before + 400


def test_what_is_asked_for_beyond_the_limits_is_brought_within_them(platform: Running) -> None:
    with platform.client() as client:
        assert len(client.get("/v1/changes", params={"limit": 0}).json()["changes"]) == 1
        for limit in ("5001", "many", ""):
            page = client.get("/v1/changes", params={"limit": limit, "wait": "long"}).json()
            assert len(page["changes"]) == len(list(small_floor()))


def test_a_long_poll_is_answered_by_the_change_that_it_waits_for(any_platform: Running) -> None:
    with any_platform.client() as client:
        _, cursor = read_all(client)
        with any_platform.when_polled(lambda: any_platform.put("resource", "r-1", trunk(5))):
            page = client.get("/v1/changes", params={"after": cursor, "wait": 20, "kinds": "resource"}).json()
        assert [change["id"] for change in page["changes"]] == ["r-1"]
        page = client.get("/v1/changes", params={"after": page["next"], "wait": 1}).json()
        assert page["changes"] == []


def test_a_long_poll_for_other_kinds_is_not_answered_by_a_change(platform: Running) -> None:
    with platform.client() as client:
        _, cursor = read_all(client)
        with platform.when_polled(lambda: platform.put("resource", "r-1", trunk(5))):
            page = client.get("/v1/changes", params={"after": cursor, "wait": 1, "kinds": "seat"}).json()
        assert page["changes"] == []
        assert read_all(client, page["next"]) == ([], page["next"])  # it was still waiting when the change came


def test_a_change_is_in_the_feed_when_its_command_is_answered(platform: Running) -> None:
    with platform.client() as client:
        _, cursor = read_all(client)
        for level in (1, 2, 3):
            version = platform.send(command("order.urge", ("order", "o-open"), {"level": level})).json()["version"]
            changes, cursor = read_all(client, cursor)
            assert [(change["id"], change["version"]) for change in changes] == [("o-open", version)]


_steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 5)),
        st.tuples(st.just("delete"), st.integers(0, 5)),
        st.tuples(st.just("many"), st.lists(st.integers(0, 5), max_size=8)),
        st.tuples(st.just("undone"), st.integers(0, 5)),
        st.tuples(st.just("read"), st.integers(0, 2)),
        st.tuples(st.just("restart"), st.none()),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(steps=_steps)
def test_readers_at_any_pace_hold_what_the_platform_holds(tmp_path_factory: Any, steps: Any) -> None:  # noqa: C901  (writer, readers and their comparison are one story)
    """Three readers, each at its own cursor and page size, against a plain model of the platform."""
    path = tmp_path_factory.mktemp("feed") / "platform.db"
    store = Store(path)
    versions: dict[str, int] = {}
    truth: dict[str, Fact] = {}
    held: list[dict[str, Fact]] = [{}, {}, {}]
    seen: list[dict[str, int]] = [{}, {}, {}]
    cursors = [0, 0, 0]
    count = 0

    def read(reader: int) -> None:
        while True:
            page = store.feed_page(cursors[reader], frozenset({"fact"}) if reader else None, reader + 1)
            changes = [wire.read_change(raw) for raw in wire.read_page(_page(page.changes)).changes]
            assert page.size == len(changes) == len({change.id for change in changes}) <= reader + 1
            for change in changes:
                assert change.version > seen[reader].get(change.id, 0)
                seen[reader][change.id] = change.version
                held[reader].pop(change.id, None)
                if not change.deleted:
                    entity = wire.read_entity("fact", change.data)
                    assert isinstance(entity, Fact)
                    held[reader][change.id] = entity
            cursors[reader] = page.next
            if not page.more:
                return

    def fact() -> Fact:
        nonlocal count
        count += 1
        return Fact(kind="training", day=NOW.date(), count=count)

    for step, about in steps:
        if step == "put":
            with store.transaction() as changing:
                truth[f"f-{about}"] = fact()
                versions[f"f-{about}"] = versions.get(f"f-{about}", 0) + 1
                assert changing.put("fact", f"f-{about}", truth[f"f-{about}"]) == versions[f"f-{about}"]
        elif step == "many":
            with store.transaction() as changing:
                new = [(f"f-{at}", fact()) for at in about]
                changing.put_many(("fact", entity_id, entity) for entity_id, entity in new)
            truth.update(new)
            for entity_id in dict(new):
                versions[entity_id] = versions.get(entity_id, 0) + 1
        elif step == "delete":
            with store.transaction() as changing:
                removed = changing.delete("fact", f"f-{about}")
            assert (removed is None) is (f"f-{about}" not in truth)
            if truth.pop(f"f-{about}", None):
                versions[f"f-{about}"] += 1
        elif step == "undone":
            with pytest.raises(ZeroDivisionError), store.transaction() as changing:
                changing.put("fact", f"f-{about}", fact())
                raise ZeroDivisionError
        elif step == "read":
            read(about)
        else:
            store.close()
            store = Store(path)
    for reader in range(3):
        read(reader)
        assert held[reader] == truth
        assert all(versions[entity_id] == version for entity_id, version in seen[reader].items())
    with store.reading() as reading:
        assert {entity_id: row.data for entity_id, row in reading.all("fact")} == truth
        assert reading.count("fact") == len(truth)
    store.close()


def _page(changes: bytes) -> bytes:
    return b'{"changes":%b,"next":"","more":false,"server_time":"2026-01-01T00:00:00Z"}' % changes


def test_writers_in_many_threads_leave_no_gap_for_a_reader(any_platform: Running) -> None:
    """A reader that goes on from cursor to cursor while others write misses nothing."""
    done = threading.Event()

    def write(writer: int) -> None:
        for at in range(25):
            any_platform.put("resource", f"r-{writer}-{at % 7}", trunk(at))

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    held: dict[str, int] = {}

    def follow() -> None:
        with any_platform.client() as client:
            cursor = None
            while True:
                last = done.is_set()
                changes, cursor = read_all(client, cursor, kinds="resource")
                for change in changes:
                    assert change["version"] > held.get(change["id"], 0)
                    held[change["id"]] = change["version"]
                if last:
                    return

    reader = threading.Thread(target=follow)
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    reader.join(20)
    with any_platform.store.reading() as reading:
        assert {entity_id: row.version for entity_id, row in reading.all("resource")} == held
    assert sum(held.values()) == 1 + 4 * 25


def test_a_file_of_the_platform_is_for_its_owner_alone(platform: Running) -> None:
    files = list(Path(platform.data).parent.glob("platform.db*"))
    assert files
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)


def test_a_closed_store_takes_nothing_more(tmp_path: Path) -> None:
    store = Store(tmp_path / "platform.db")
    store.close()
    with pytest.raises(StoreClosed), store.transaction():
        pass


def test_a_temporary_store_leaves_nothing_behind() -> None:
    store = Store(None)
    path = store.database.path
    assert path and path.exists()
    store.close()
    assert not path.parent.exists()


def test_what_is_not_in_the_contract_is_answered_with_a_problem(platform: Running) -> None:
    with platform.client() as client:
        for path in ("/", "/v1", "/v1/changes/", "/v1/changes/x", "/v2/changes", "/docs", "/openapi.json"):
            problem(client.get(path), 404)
        for method, path in (("PUT", "/v1/session"), ("POST", "/v1/changes"), ("GET", "/v1/commands")):
            assert "Allow" in client.request(method, path).headers
            problem(client.request(method, path), 405)
        assert client.head("/v1/changes").status_code == 405


def test_a_failure_inside_is_told_without_its_traceback(platform: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    body = platform.good("order.urge")
    with platform.store.transaction() as changing:
        changing.connection.exec_driver_sql("DROP TABLE command")
    answer = platform.send(body)
    told = problem(answer, 503)  # SQLite says "operational" of a missing table
    assert "command" not in told.get("detail", "")
    monkeypatch.setattr(platform.platform.feed, "encode", lambda page: 1 / 0)
    with platform.client() as client:
        problem(client.get("/v1/changes"), 500)


def test_every_answer_is_fresh(platform: Running) -> None:
    with platform.client() as client:
        for path in ("/v1/session", "/v1/changes"):
            assert client.get(path).headers["Cache-Control"] == "no-store"
    assert request("GET", f"{platform.url}/v1/changes").status_code == 401
