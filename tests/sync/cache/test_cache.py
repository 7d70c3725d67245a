"""The cache keeps what the feed says, through duplicates, old versions, broken entities, rebuilds and damage."""

import fcntl
import json
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.errors import FloorctlError
from floorctl.models.floor import Seat
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Order
from floorctl.models.team import Shift
from floorctl.sync.cache.cache import Cache
from floorctl.sync.cache.file import CacheReset
from floorctl.sync.platform import wire
from tests.build import as_sent
from tests.sync.storage import KEY, NOW, change, damaged_caches, open_cache, order, page, seat, shift
from tests.waiting import wait_until

HOSTILE = json.loads((Path(__file__).parent.parent.parent / "data" / "hostile.json").read_text("utf-8"))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return open_cache(tmp_path)


# -- taking in


def test_a_page_and_its_cursor_are_kept_together(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    assert (cache.cursor, cache.server_time, cache.platform) == (None, None, None)
    applied = cache.apply(page(change("seat", "s-1", 3, seat()), change("order", "o-1", 1, order()), cursor="c7"))
    assert applied.batch.ids == {"seat": {"s-1"}, "order": {"o-1"}}
    cache.close()
    cache = open_cache(tmp_path)
    assert (cache.cursor, cache.server_time) == ("c7", NOW)
    row = cache.get("seat", "s-1")
    assert row is not None
    assert (row.version, row.value.number) == (3, "01")  # type: ignore[attr-defined]
    heard = cache.last_heard
    assert heard is not None
    assert heard[0] == NOW


def test_a_version_at_or_below_the_one_held_is_ignored(cache: Cache) -> None:
    cache.apply(page(change("seat", "s-1", 3, seat(zone="new")), change("order", "o-1", 3, order(title="new"))))
    applied = cache.apply(
        page(
            change("seat", "s-1", 3, seat(zone="same")),
            change("seat", "s-1", 2, seat(zone="old")),
            change("order", "o-1", 3, order(title="same")),
            change("order", "o-1", 1),
            cursor="c2",
        )
    )
    assert applied.batch.ids == {}
    assert cache.get("seat", "s-1").value.zone == "new"  # type: ignore[union-attr]
    assert cache.get("order", "o-1").value.title == "new"  # type: ignore[union-attr]
    assert cache.cursor == "c2"


def test_what_was_removed_stays_away_when_an_older_copy_comes_late(cache: Cache) -> None:
    cache.apply(page(change("order", "o-1", 3, order()), change("seat", "s-1", 3, seat())))
    assert cache.apply(page(change("order", "o-1", 5), change("seat", "s-1", 5))).batch.ids == {
        "order": {"o-1"},
        "seat": {"s-1"},
    }
    cache.apply(page(change("order", "o-1", 4, order()), change("seat", "s-1", 4, seat())))
    assert (cache.get("order", "o-1"), cache.get("seat", "s-1")) == (None, None)
    assert (cache.removed_version("order", "o-1"), cache.removed_version("seat", "s-1")) == (5, 5)
    cache.apply(page(change("order", "o-1", 6, order()), change("seat", "s-1", 6, seat())))
    assert cache.removed_version("order", "o-1") is None
    assert cache.count("order") == cache.count("seat") == 1


def test_a_tombstone_for_the_unknown_changes_nothing(cache: Cache) -> None:
    assert cache.apply(page(change("order", "never", 5), change("fact", "never", 1))).batch.ids == {}


def test_the_same_id_in_two_kinds_is_two_things(cache: Cache) -> None:
    cache.apply(page(change("seat", "x", 1, seat()), change("order", "x", 1, order())))
    assert isinstance(cache.get("seat", "x").value, Seat)  # type: ignore[union-attr]
    assert isinstance(cache.get("order", "x").value, Order)  # type: ignore[union-attr]


def test_kinds_and_fields_that_are_new_are_passed_over_and_kept(cache: Cache) -> None:
    applied = cache.apply(
        page(change("robot", "r-1", 1, {"a": 1}), change("seat", "s-1", 1, as_sent(seat(state="hovering"), mood="好")))
    )
    assert applied.batch.ids == {"seat": {"s-1"}}
    assert cache.get("seat", "s-1").value.state == "hovering"  # type: ignore[union-attr]
    version, document = cache.documents("seat", ["s-1", "s-2"])["s-1"]
    assert (version, json.loads(document)["mood"]) == (1, "好")


BROKEN: dict[str, dict[str, Any]] = {
    "no data": {"kind": "seat", "id": "bad", "version": 2, "deleted": False},
    "null everywhere": change("seat", "bad", 2, dict.fromkeys(as_sent(seat()))),
    "a number where text belongs": change("seat", "bad", 2, as_sent(seat(), number=7)),
    "a list where an object belongs": change("seat", "bad", 2, [1]),  # type: ignore[arg-type]
    "too long a title": change("order", "bad", 2, as_sent(order(), title="长" * 201)),
    "time without an offset": change("order", "bad", 2, as_sent(order(), received_at="2026-01-01T00:00:00")),
    "no version": {"kind": "seat", "id": "bad", "deleted": True},
    "version zero": change("seat", "bad", 0, seat()),
    "version too large": change("seat", "bad", 2**63, seat()),
    "id too long": change("seat", "i" * 129, 2, seat()),
    "id empty": change("seat", "", 2, seat()),
    "kind not text": change("seat", "bad", 2, seat()) | {"kind": 7},
    "count below zero": change("resource", "bad", 2, {"kind": "trunk", "name": "x", "capacity": -1, "in_use": 0}),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_what_breaks_the_contract_is_set_aside_and_the_rest_taken(cache: Cache, broken: dict[str, Any]) -> None:
    applied = cache.apply(page(change("seat", "s-1", 1, seat()), broken, change("seat", "s-2", 1, seat())))
    assert applied.set_aside == 1
    assert set(cache.all("seat")) == {"s-1", "s-2"}
    (aside,) = cache.set_aside()
    assert aside.reason
    assert cache.cursor == "c1"


@pytest.mark.parametrize(
    "text",
    [
        b'{"kind":"seat","id":"s-9","version":2,"deleted":false,"data":{"x":' + b"[" * 60 + b"]" * 60 + b"}}",
        b'{"kind":"queue","id":"q","version":1,"deleted":false,"data":{"name":"q","line":"12345","waiting":1e400}}',
        b'{"kind":"seat","id":"s-9","version":99999999999999999999,"deleted":true}',
        b"7",
        b'"text"',
        b"null",
        b"[]",
    ],
)
def test_raw_nonsense_in_a_page_is_set_aside(cache: Cache, text: bytes) -> None:
    body = (
        b'{"changes":[' + text + b"," + msgspec.json.encode(change("seat", "s-1", 1, seat())) + b"],"
        b'"next":"n","more":false,"server_time":"2026-11-24T10:00:00+08:00"}'
    )
    assert cache.apply(wire.read_page(body)).set_aside == 1
    assert set(cache.all("seat")) == {"s-1"}


def test_nesting_as_deep_as_the_contract_allows_is_taken(cache: Cache) -> None:
    deep: Any = []
    for _ in range(30):
        deep = [deep]
    assert cache.apply(page(change("seat", "s-1", 1, as_sent(seat(), extra=deep)))).set_aside == 0
    assert cache.apply(page(change("seat", "s-1", 2, as_sent(seat(), extra=[deep])))).set_aside == 1
    wide = as_sent(seat(), extra=[{} for _ in range(500)], text='{"[' * 50)
    assert cache.apply(page(change("seat", "s-1", 3, wide))).set_aside == 0


def test_the_last_good_version_stays_while_a_broken_one_is_set_aside(cache: Cache) -> None:
    cache.apply(page(change("seat", "s-1", 1, seat(zone="good"))))
    cache.apply(page(change("seat", "s-1", 2, as_sent(seat(), zone=None))))
    assert cache.get("seat", "s-1").value.zone == "good"  # type: ignore[union-attr]
    assert [(one.id, one.version) for one in cache.set_aside()] == [("s-1", 2)]
    cache.apply(page(change("seat", "s-1", 3, seat(zone="better"))))
    assert cache.get("seat", "s-1").value.zone == "better"  # type: ignore[union-attr]
    assert cache.set_aside() == []


def test_of_several_versions_in_a_page_the_newest_readable_counts(cache: Cache) -> None:
    cache.apply(
        page(
            change("seat", "s-1", 2, seat(zone="two")),
            change("seat", "s-1", 3, as_sent(seat(), zone=3)),
            change("seat", "s-1", 1, seat(zone="one")),
        )
    )
    assert cache.get("seat", "s-1").version == 2  # type: ignore[union-attr]
    assert [one.version for one in cache.set_aside()] == [3]


def test_hostile_text_is_kept_as_it_is(cache: Cache) -> None:
    for text in HOSTILE:
        id_ = text[:128] or "x"
        title = text[:200]
        cache.apply(page(change("order", id_, 1, as_sent(order(), title=title, number=text, content=text))))
        found = cache.find_order(id_)
        assert found is not None
        assert (found.id, found.value.title) == (id_, title)
        assert cache.find_order(text) is not None
        while cache.index_some():
            pass
        cache.orders(OrderFilter(search=text, state=(text,), department=text), NOW)
    listed = {held.id for held in cache.orders(OrderFilter(), NOW, limit=1000)[0]}
    assert listed == {text[:128] or "x" for text in HOSTILE}


def test_dates_at_the_end_of_time_are_taken(cache: Cache) -> None:
    cache.apply(
        page(
            change("order", "o-1", 1, as_sent(order(1), received_at="9999-12-31T23:59:59+00:00")),
            change("order", "o-2", 1, as_sent(order(2), received_at="0001-01-01T00:00:00+00:00")),
            change("order", "o-3", 1, as_sent(order(3), due_at="9999-12-31T23:59:59-12:00")),
        )
    )
    items, total = cache.orders(OrderFilter(), NOW)
    assert total == len(items) == 3


# -- reading


def test_quarter_hours_are_read_by_queue_and_time(cache: Cache) -> None:
    counts = dict.fromkeys(
        ("offered", "answered", "abandoned", "answered_in_target", "handle_seconds", "staffed_seconds"), 1
    )
    changes = []
    for at in range(12):
        start = NOW + timedelta(minutes=15 * at)
        for queue in ("q-1", "q-2"):
            interval = {"queue_id": queue, "start": start.isoformat(), **counts}
            changes.append(change("interval", f"{queue}@{start.isoformat()}", 1, interval))
    cache.apply(page(*reversed(changes)))
    found = cache.intervals("q-1", NOW + timedelta(minutes=15), NOW + timedelta(minutes=60))
    assert [(one.queue_id, one.start) for one in found] == [
        ("q-1", NOW + timedelta(minutes=15 * at)) for at in (1, 2, 3)
    ]


def test_shifts_that_overlap_are_found(cache: Cache) -> None:
    def lasting(start: datetime, hours: int) -> Shift:
        return shift(starts_at=start, ends_at=start + timedelta(hours=hours))

    cache.apply(
        page(
            change("shift", "before", 1, lasting(NOW - timedelta(hours=9), 8)),
            change("shift", "over", 1, lasting(NOW - timedelta(hours=4), 8)),
            change("shift", "in", 1, lasting(NOW + timedelta(hours=1), 1)),
            change("shift", "after", 1, lasting(NOW + timedelta(hours=3), 8)),
        )
    )
    assert list(cache.shifts(NOW, NOW + timedelta(hours=3))) == ["over", "in"]


def test_readers_and_a_writer_do_not_wait_for_each_other(cache: Cache) -> None:
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                found = cache.all("seat")
                assert len({row.version for row in found.values()}) <= 1  # a page is seen whole or not at all
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in range(1, 40):
        cache.apply(page(*(change("seat", f"s-{n}", version, seat()) for n in range(50))))
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []


# -- another platform, and rebuilding


def test_another_platforms_data_is_thrown_away(cache: Cache) -> None:
    assert not cache.belong_to("https://one/floor")
    cache.apply(page(change("seat", "s-1", 1, seat())))
    assert not cache.belong_to("https://one/floor")
    assert cache.count("seat") == 1
    assert cache.belong_to("https://two/floor")
    assert (cache.platform, cache.cursor, cache.server_time, cache.count("seat")) == (
        "https://two/floor",
        None,
        None,
        0,
    )
    cache.apply(page(change("seat", "s-1", 1, seat())))


def test_a_page_that_follows_what_another_process_threw_away_is_not_taken(tmp_path: Path) -> None:
    cache, other = open_cache(tmp_path), open_cache(tmp_path)
    cache.belong_to("one")
    cache.apply(page(change("seat", "s-1", 1, seat())))
    other.belong_to("two")
    with pytest.raises(CacheReset):
        cache.apply(page(change("seat", "s-2", 1, seat()), cursor="c2"))
    assert (cache.cursor, cache.count("seat")) == (None, 0)
    cache.apply(page(change("seat", "s-2", 1, seat()), cursor="c1"))
    assert cache.cursor == "c1"


def test_a_rebuild_shows_the_old_until_it_is_whole(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    cache.apply(
        page(
            change("seat", "same", 5, seat()),
            change("seat", "gone", 5, seat()),
            change("seat", "older", 9, seat()),
            change("order", "same", 5, order(1)),
            change("order", "gone", 5, order(2)),
            change("order", "other text", 5, order(3)),
            cursor="old",
        )
    )
    cache.start_rebuild()
    assert cache.rebuilding
    assert cache.apply(page(change("seat", "same", 5, seat()), cursor="n1"), rebuild=True).batch.ids == {}
    cache.close()
    cache = open_cache(tmp_path)  # it goes on after a restart
    assert (cache.rebuilding, cache.cursor, cache.rebuild_cursor) == (True, "old", "n1")
    assert set(cache.all("seat")) == {"same", "gone", "older"}
    cache.apply(
        page(
            change("seat", "older", 2, seat(zone="B")),
            change("seat", "new", 1, seat()),
            change("order", "same", 5, order(1)),
            change("order", "other text", 5, order(3, title="另一个")),
            cursor="n2",
        ),
        rebuild=True,
    )
    assert cache.count("order") == 3
    applied = cache.finish_rebuild()
    assert applied.batch.ids == {"seat": {"gone", "older", "new"}, "order": {"gone", "other text"}}
    assert (cache.rebuilding, cache.cursor) == (False, "n2")
    assert {id_: row.version for id_, row in cache.all("seat").items()} == {"same": 5, "older": 2, "new": 1}
    assert cache.count("order") == 2
    cache.apply(page(change("seat", "older", 3, seat()), cursor="n3"))
    assert cache.get("seat", "older").version == 3  # type: ignore[union-attr]


def test_a_rebuild_has_to_be_started(cache: Cache) -> None:
    with pytest.raises(ValueError, match="no rebuild"):
        cache.apply(page(), rebuild=True)
    with pytest.raises(CacheReset):
        cache.finish_rebuild()


versions = st.integers(min_value=1, max_value=6)
one_change = st.tuples(st.sampled_from(["seat", "order"]), st.sampled_from(["a", "b", "c"]), versions, st.booleans())
steps = st.lists(
    st.one_of(
        st.lists(one_change, max_size=6).map(lambda changes: ("page", changes)),
        st.just(("rebuild", [])),
        st.just(("restart", [])),
        st.lists(one_change, max_size=4).map(lambda changes: ("finish", changes)),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(steps)
def test_the_cache_equals_a_dictionary(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    template = tmp_path_factory.getbasetemp() / "template"
    if not template.exists():
        template.mkdir()
        open_cache(template).close()
    folder = tmp_path_factory.mktemp("model")
    shutil.copytree(template, folder, dirs_exist_ok=True)
    cache = open_cache(folder)
    shown: dict[tuple[str, str], tuple[int, bool]] = {}
    fetched: dict[tuple[str, str], tuple[int, bool]] | None = None
    for what, changes in steps:
        if what == "restart":
            cache.close()
            cache = open_cache(folder)
        elif what == "rebuild":
            cache.start_rebuild()
            fetched = {}
        else:
            rebuild = what == "finish" and fetched is not None
            model = fetched if rebuild and fetched is not None else shown
            made = [
                change(kind, id_, version, None if gone else order() if kind == "order" else seat())
                for kind, id_, version, gone in changes
            ]
            before = {key for key, (_, gone) in shown.items() if not gone}
            applied = cache.apply(page(*made), rebuild=rebuild)
            touched = set()
            for kind, id_, version, gone in changes:
                if version > model.get((kind, id_), (0, False))[0]:
                    model[kind, id_] = (version, gone)
                    touched.add((kind, id_))
            if rebuild and fetched is not None:
                cache.finish_rebuild()
                shown, fetched = fetched, None
            else:
                after = {key for key, (_, gone) in shown.items() if not gone}
                told = {(kind, id_) for kind, ids in applied.batch.ids.items() for id_ in ids}
                assert told == {key for key in touched if key in before or key in after}
        for kind in ("seat", "order"):
            held = {id_: row.version for id_, row in cache.all(kind).items()}
            expected = {id_: v for (k, id_), (v, gone) in shown.items() if k == kind and not gone}
            assert held == expected
            assert cache.count(kind) == len(expected)
        assert cache.orders(OrderFilter(), NOW)[1] == cache.count("order")
    cache.close()


# -- damage


def _fill(cache: Cache) -> None:
    cache.belong_to("here")
    cache.apply(page(*(change("order", f"o-{n}", 1, order(n, content="水" * 300)) for n in range(600))))


def _truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _zero(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 3)
        file.write(bytes(size // 2))


def _replace(path: Path) -> None:
    path.write_text("这不是数据库\n" * 1000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [_truncate, _zero, _replace, _empty])
def test_a_damaged_cache_is_set_aside_and_begun_anew(tmp_path: Path, damage: Any) -> None:
    cache = open_cache(tmp_path)
    _fill(cache)
    cache.close()
    damage(tmp_path / "cache.db")
    cache = open_cache(tmp_path)
    cache.orders(OrderFilter(), NOW, limit=1000)
    cache.all("order")
    assert (cache.cursor, cache.count("order"), cache.platform) == (None, 0, None)
    assert len(damaged_caches(tmp_path)) == (damage is not _empty)  # nothing of an empty file is worth keeping
    cache.close()
    cache = open_cache(tmp_path)
    _fill(cache)
    cache.close()
    assert open_cache(tmp_path).count("order") == 600


@pytest.mark.parametrize("damage", [_truncate, _zero, _replace])
def test_damage_while_it_is_open_never_mixes_the_old_feed_with_a_new_cache(tmp_path: Path, damage: Any) -> None:
    cache = open_cache(tmp_path)
    _fill(cache)
    cache.close()
    cache = open_cache(tmp_path)
    filled_to = cache.cursor
    assert filled_to == "c1"
    damage(tmp_path / "cache.db")
    again = page(*(change("order", f"o-{n}", 2, order(n)) for n in range(600)), cursor="c2")
    try:
        cache.apply(again)
    except CacheReset:
        assert cache.cursor is None
        cache.apply(page(*(change("order", f"o-{n}", 2, order(n)) for n in range(600)), cursor="c1"))
    assert cache.count("order") == 600
    assert len(cache.all("order")) == 600


def test_another_key_means_another_cache(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    _fill(cache)
    cache.close()
    other = open_cache(tmp_path, bytes(32))
    assert other.count("order") == 0
    assert len(damaged_caches(tmp_path)) == 1


def test_two_processes_that_find_the_damage_begin_one_new_cache(tmp_path: Path) -> None:
    one, two = open_cache(tmp_path), open_cache(tmp_path)
    _fill(one)
    one.close()
    two.close()
    _replace(tmp_path / "cache.db")
    one, two = open_cache(tmp_path), open_cache(tmp_path)
    _fill(one)
    assert two.count("order") == 600
    assert len(damaged_caches(tmp_path)) == 1


@pytest.mark.parametrize("work", [lambda cache: cache.count("order"), lambda cache: cache.apply(page())])
def test_whoever_opens_a_cache_while_another_process_replaces_it_waits_and_tries_again(
    tmp_path: Path, work: Callable[[Cache], object]
) -> None:
    """Its files come and go one by one meanwhile; SQLite calls that an input/output error."""
    cache = open_cache(tmp_path)
    _fill(cache)
    cache.close()
    cache = open_cache(tmp_path)
    lock = os.open(tmp_path / "cache.db.lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    shutil.copy(tmp_path / "cache.db", tmp_path / "new")
    (tmp_path / "new").replace(tmp_path / "cache.db")
    (tmp_path / "cache.db-shm").unlink()
    os.mkfifo(tmp_path / "cache.db-shm")
    with ThreadPoolExecutor() as pool:
        done = pool.submit(work, cache)
        wait_until(lambda: done.done() or _waits_for(lock), why="for it to wait or to fail")
        (tmp_path / "cache.db-shm").unlink()
        os.close(lock)
        done.result()
    assert cache.count("order") == 600


def _waits_for(lock: int) -> bool:
    inode = f":{os.fstat(lock).st_ino} "
    return any("->" in line and inode in line for line in Path("/proc/locks").read_text("utf-8").splitlines())


def test_an_input_output_error_that_stays_is_raised(tmp_path: Path) -> None:
    open_cache(tmp_path).close()
    os.mkfifo(tmp_path / "cache.db-shm")
    with pytest.raises(FloorctlError, match=r"error\.data_failed"):
        open_cache(tmp_path)


def test_what_was_set_aside_is_kept_for_a_day(tmp_path: Path) -> None:
    open_cache(tmp_path).close()
    _replace(tmp_path / "cache.db")
    open_cache(tmp_path).close()
    (aside,) = damaged_caches(tmp_path)
    assert aside.exists()
    os.utime(aside, (0, 0))
    open_cache(tmp_path).close()
    assert not aside.exists()


def test_a_cache_of_another_release_is_fetched_again_and_no_copy_of_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = open_cache(tmp_path)
    _fill(cache)
    cache.close()
    monkeypatch.setattr("floorctl.sync.cache.file.SCHEMA", 99)
    cache = open_cache(tmp_path)
    assert cache.count("order") == 0
    assert {file.name for file in tmp_path.iterdir()} <= {"cache.db", "cache.db-wal", "cache.db-shm", "cache.db.lock"}


def test_a_release_whose_cache_another_one_replaced_is_told_that_it_was_emptied_not_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = open_cache(tmp_path)
    _fill(running)
    with monkeypatch.context() as upgraded:
        upgraded.setattr("floorctl.sync.cache.file.SCHEMA", 99)
        open_cache(tmp_path).close()
    with pytest.raises(CacheReset, match=r"error\.cache_reset"):
        running.apply(page(change("order", "o-1", 2, order()), cursor="c2"))
    assert (running.cursor, running.count("order")) == (None, 0)


def test_the_cache_is_locked_by_its_key(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    _fill(cache)
    cache.close()
    assert "水水水".encode() not in (tmp_path / "cache.db").read_bytes()
    assert KEY not in (tmp_path / "cache.db").read_bytes()
