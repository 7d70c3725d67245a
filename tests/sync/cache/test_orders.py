"""Lists of orders: right for every filter and sort, and read from an index for a million of them."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.models.order_filter import ORDER_SORTS, OrderFilter
from floorctl.models.orders import ORDER_STATES, ORDER_TYPES, URGENCIES, Order
from floorctl.rules.orders import deadlines
from floorctl.rules.orders.stuck import STUCK, still_stuck, stuck
from floorctl.sync.cache import order_lists
from floorctl.sync.cache.cache import Cache
from floorctl.sync.opening import connect
from tests.scope import FULL
from tests.sync.storage import CALENDAR, KEY, NOW, ZONE, change, open_cache, order, page

LINES = ("12345", "12333", "12320")
DEPARTMENTS = ("d-1", "d-2", "d-3")


SENT_BACK: dict[str, Any] = {
    "return_log": [{"at": (NOW - timedelta(hours=30)).isoformat(), "department_id": "d-1", "reason": "-"}]
}
DECIDED: dict[str, Any] = {"return_log": [SENT_BACK["return_log"][0] | {"upheld": True}]}
ASKED: dict[str, Any] = {
    "extension": {
        "asked_at": NOW.isoformat(), "department_id": "d-1", "reason": "-",
        "until": (NOW + timedelta(days=5)).isoformat(),
    }
}  # fmt: skip
UNSATISFIED: dict[str, Any] = {"satisfaction": 1, "callback_at": (NOW - timedelta(days=2)).isoformat()}
UNSATISFIED_LONG_AGO: dict[str, Any] = {"satisfaction": 2, "callback_at": (NOW - timedelta(days=8)).isoformat()}


@st.composite
def an_order(draw: st.DrawFn, n: int) -> Order:
    received = NOW - timedelta(minutes=draw(st.integers(0, 60 * 24 * 12)))
    fields: dict[str, Any] = {
        "received_at": received.isoformat(),
        "state": draw(st.sampled_from(ORDER_STATES)),
        "type": draw(st.sampled_from(ORDER_TYPES)),
        "urgency": draw(st.sampled_from(URGENCIES)),
        "line": draw(st.sampled_from(LINES)),
    }
    if draw(st.booleans()):
        fields["lead_department_id"] = draw(st.sampled_from(DEPARTMENTS))
    if draw(st.booleans()):
        fields["reviewed_at"] = (received + timedelta(minutes=draw(st.integers(0, 300)))).isoformat()
    if draw(st.booleans()):
        fields["dispatched_at"] = (received + timedelta(minutes=400)).isoformat()
    if draw(st.booleans()):  # whatever the state: an order that was reopened carries it too
        fields["handled_at"] = (received + timedelta(minutes=500)).isoformat()
    if draw(st.booleans()):
        fields["due_at"] = (NOW + timedelta(minutes=draw(st.integers(-3000, 3000)))).isoformat()
    if draw(st.booleans()):
        fields["callback_required"] = True
        fields["callback_outcome"] = draw(st.sampled_from([None, "reached", "no_answer"]))
    if draw(st.sampled_from([False, False, True])):
        fields["parent_id"] = "o-earlier"
    fields |= draw(st.sampled_from([{}, {}, SENT_BACK, DECIDED, ASKED, UNSATISFIED, UNSATISFIED_LONG_AGO]))
    return order(n, **fields)


@st.composite
def some_orders(draw: st.DrawFn) -> dict[str, Order]:
    n = draw(st.integers(1, 25))
    return {f"o-{at}": draw(an_order(at)) for at in range(n)}


filters = st.builds(
    OrderFilter,
    overdue=st.booleans(),
    due_within=st.none() | st.floats(0, 200_000),
    state=st.lists(st.sampled_from((*ORDER_STATES, "unheard of")), max_size=3).map(tuple),
    line=st.lists(st.sampled_from(LINES), max_size=2).map(tuple),
    department=st.none() | st.sampled_from((*DEPARTMENTS, "unheard of")),
    urgency=st.lists(st.sampled_from(URGENCIES), max_size=2).map(tuple),
    to_dispatch=st.booleans(),
    to_call_back=st.booleans(),
    stuck=st.booleans(),
    redos=st.booleans(),
)
# Most filters that hypothesis makes up match nothing, so half of the time only a part of one is used.
parts_of_filters = st.builds(
    lambda whole, names: msgspec.structs.replace(OrderFilter(), **{name: getattr(whole, name) for name in names}),
    filters,
    st.sets(st.sampled_from([f for f in OrderFilter.__struct_fields__ if f != "search"]), max_size=2),
)
sorts = st.sampled_from([prefix + name for name in ORDER_SORTS for prefix in ("", "-")])


def _wanted(one: Order, wanted: OrderFilter) -> bool:
    limit = deadlines.limit_at(one, CALENDAR)
    soon = wanted.due_within is not None and (
        limit is not None
        and deadlines.unhandled(one)
        and one.parent_id is None
        and NOW <= limit <= NOW + timedelta(seconds=wanted.due_within)
    )
    return (
        (not wanted.overdue or deadlines.overdue(one, limit, NOW))
        and (wanted.due_within is None or soon)
        and (not wanted.state or one.state in wanted.state)
        and (not wanted.line or one.line in wanted.line)
        and (wanted.department is None or one.lead_department_id == wanted.department)
        and (not wanted.urgency or one.urgency in wanted.urgency)
        and (not wanted.to_dispatch or deadlines.waits_for_dispatch(one))
        and (not wanted.to_call_back or deadlines.waits_for_call_back(one))
        and (not wanted.stuck or (still_stuck(one, NOW) and (wanted.redos or stuck(one) != "redo")))
    )


def _rank(one: Order, sort: str) -> tuple[Any, ...]:
    own_limit = deadlines.limit_at(one, CALENDAR)
    limit = own_limit if one.parent_id is None else None
    far = datetime.max.replace(tzinfo=UTC)
    newest_first = -one.received_at.timestamp()
    latest = (0, (limit or far).timestamp()) if deadlines.unhandled(one) else (1, newest_first)
    by_wait = {
        "extension": own_limit or far,
        "return": one.return_log[-1].at if one.return_log else far,
        "redo": one.callback_at,
    }
    listed_by = by_wait.get(waits_for := stuck(one))
    due = deadlines.dispatch_due_at(one)
    waits = deadlines.waits_for_dispatch(one) and one.dispatched_at is None and due is not None
    return {
        "latest": latest,
        "received": (newest_first,),
        "number": (one.number,),
        "limit": ((limit or far).timestamp(),),
        "stuck": (STUCK.index(waits_for), listed_by.timestamp()) if listed_by else (len(STUCK), *latest),
        "dispatch_due": (0, due.timestamp()) if waits and due else (1, *latest),
    }[sort]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    cache = open_cache(tmp_path_factory.mktemp("orders"))
    yield cache
    cache.close()


_platform = iter(range(10**9))


@pytest.fixture(scope="module", params=[0, 2000], ids=["looked for", "sorted"])
def few(request: pytest.FixtureRequest) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order_lists, "_FEW", request.param)
        yield request.param


@settings(max_examples=300 if FULL else 40)
@given(some_orders(), filters | parts_of_filters, sorts, st.integers(0, 12), st.integers(0, 12), st.data())
def test_every_window_of_every_list_is_right(
    shared: Cache,
    few: int,
    made: dict[str, dict[str, Any]],
    wanted: OrderFilter,
    sort: str,
    offset: int,
    limit: int,
    data: st.DataObject,
) -> None:
    shared.belong_to(str(next(_platform)))
    shared.apply(page(*(change("order", id_, 1, one) for id_, one in made.items())))
    again = data.draw(st.dictionaries(st.sampled_from(sorted(made)), an_order(99), max_size=4))
    shared.apply(page(*(change("order", id_, 2, one) for id_, one in again.items())))
    exclude = data.draw(st.sets(st.sampled_from([*made, "unheard of"]), max_size=3))

    whole, total = shared.orders(wanted, NOW, sort, 0, 1000, exclude)
    entities = {id_: msgspec.convert(one, Order) for id_, one in (made | again).items()}
    expected = {id_ for id_, one in entities.items() if id_ not in exclude and _wanted(one, wanted)}
    assert sorted(held.id for held in whole) == sorted(expected)
    assert total == len(expected)
    for held in whole:
        assert held.value == entities[held.id]
    ranks = [_rank(held.value, sort.removeprefix("-")) for held in whole]
    assert ranks == sorted(ranks, reverse=sort.startswith("-"))
    window, same_total = shared.orders(wanted, NOW, sort, offset, limit, exclude)
    assert (window, same_total) == (whole[offset : offset + limit], total)


@settings(max_examples=300 if FULL else 30)
@given(some_orders(), st.integers(0, 60 * 24 * 9), st.data())
def test_the_counts_are_those_of_the_rules(
    shared: Cache, made: dict[str, dict[str, Any]], minutes: int, data: st.DataObject
) -> None:
    shared.belong_to(str(next(_platform)))
    shared.apply(page(*(change("order", id_, 1, one) for id_, one in made.items())))
    now = NOW - timedelta(minutes=minutes)
    exclude = data.draw(st.sets(st.sampled_from(sorted(made)), max_size=3))
    left = [msgspec.convert(one, Order) for id_, one in made.items() if id_ not in exclude]
    limits = [(one, deadlines.limit_at(one, CALENDAR)) for one in left]
    waiting = [
        due
        for one in left
        if _rank(one, "dispatch_due")[0] == 0 and (due := deadlines.dispatch_due_at(one)) is not None
    ]
    counts = shared.order_counts(now, CALENDAR, exclude)
    assert counts.overdue == sum(deadlines.overdue(one, limit, now) for one, limit in limits)
    assert counts.due_soon == sum(deadlines.due_soon(one, limit, now, CALENDAR) for one, limit in limits)
    assert counts.to_dispatch == sum(_wanted(one, OrderFilter(to_dispatch=True)) for one in left)
    assert counts.to_call_back == sum(_wanted(one, OrderFilter(to_call_back=True)) for one in left)
    assert counts.stuck == sum(still_stuck(one, now) for one in left)
    assert counts.earliest_dispatch_due_at == min(waiting, default=None)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 20), timezones=st.just(ZONE)),
    st.sampled_from([0.0, 0.5, 4.0, 8.0, 20.0]),
)
def test_due_soon_reaches_exactly_as_far_as_the_rule(now: datetime, hours: float) -> None:
    until = order_lists.due_soon_until(now, CALENDAR, hours)
    assert CALENDAR.working_seconds(now, until) <= hours * 3600 + 1e-3
    assert CALENDAR.working_seconds(now, until + timedelta(seconds=1)) > hours * 3600


def test_an_order_is_found_by_number_and_by_id(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    cache.apply(page(change("order", "o-1", 4, order(17))))
    for name in ("o-1", "000000000017"):
        found = cache.find_order(name)
        assert found is not None
        assert (found.id, found.version) == ("o-1", 4)
    assert cache.find_order("17") is None


def test_a_sort_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="title"):
        open_cache(tmp_path).orders(OrderFilter(), NOW, "title")


@pytest.mark.parametrize("sort", [prefix + name for name in ORDER_SORTS for prefix in ("", "-")])
def test_windows_put_together_are_the_whole_list(tmp_path: Path, sort: str) -> None:
    cache = open_cache(tmp_path)
    states = ("ready", "dispatched", "closed", "handled")
    made = [
        change("order", f"o-{n}", 1, order(n, state=states[n % 4], reviewed_at=NOW.isoformat())) for n in range(103)
    ]
    cache.apply(page(*made))  # all times are equal: only the tie-break keeps windows apart
    ids = [held.id for start in range(0, 110, 10) for held in cache.orders(OrderFilter(), NOW, sort, start, 10)[0]]
    assert len(ids) == len(set(ids)) == 103


# -- speed, without measuring time


EVERYTHING = [
    OrderFilter(),
    OrderFilter(overdue=True),
    OrderFilter(due_within=7200.0),
    OrderFilter(state=("ready", "dispatched"), line=("12345",)),
    OrderFilter(state=("closed",), urgency=("normal",), department="d-1"),
    OrderFilter(to_dispatch=True),
    OrderFilter(to_call_back=True),
    OrderFilter(stuck=True),
]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plans")
    cache = open_cache(folder)
    cache.apply(page(change("order", "o-1", 1, order(1, lead_department_id="d-1"))))
    cache.close()
    return folder


@pytest.mark.parametrize("wanted", EVERYTHING, ids=str)
@pytest.mark.parametrize("sort", [prefix + name for name in ORDER_SORTS for prefix in ("", "-")])
def test_no_list_is_sorted_or_scanned_without_an_index(indexed: Path, sort: str, wanted: OrderFilter) -> None:
    db = connect(indexed / "cache.db", KEY, durable=False)
    for part in order_lists.index_ranges(wanted, NOW.timestamp(), sort, lambda _: 1):
        for without in (False, True):
            for backwards in (False, True):
                sql = order_lists.window_sql("a", part, without=without, backwards=backwards)
                values = (*part.values, *(["[1, 2]"] if without else []), 100, 0)
                plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()]
                assert not any("TEMP B-TREE" in step for step in plan), plan
                assert f"order_row_a_{part.by}" in plan[0]
                if not part.timed:  # whether an order is late stands beside the index, the rest inside
                    needs = "dispatch_due_at" if part.by == "dispatch" else part.column
                    assert "COVERING INDEX" in plan[0], (needs, plan)
    db.close()


@pytest.mark.parametrize("sort", ["latest", "limit", "dispatch_due", "-dispatch_due"])
def test_the_few_that_wait_for_dispatch_are_not_looked_for_among_all_that_is_open(indexed: Path, sort: str) -> None:
    parts = order_lists.index_ranges(OrderFilter(to_dispatch=True), NOW.timestamp(), sort, lambda _: 1)
    assert {part.by for part in parts} <= {"dispatch", "to_dispatch"}
    db = connect(indexed / "cache.db", KEY, durable=False)
    for part in parts:
        sql = order_lists.window_sql("a", part, without=False, backwards=False)
        assert db.execute(f"EXPLAIN QUERY PLAN {sql}", (*part.values, 100, 0)).fetchall()
    db.close()


def test_a_jump_to_the_end_reads_from_the_end(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    cache.apply(page(*(change("order", f"o-{n}", 1, order(n)) for n in range(1000))))
    cache.close()
    db = connect(tmp_path / "cache.db", KEY, durable=False)
    parts = order_lists.index_ranges(OrderFilter(), NOW.timestamp(), "number", lambda _: 1)
    steps = []

    class Watched:
        def execute(self, sql: str, values: Any = ()) -> Any:
            if "OFFSET" in sql:
                steps.append(values[-1])
            return db.execute(sql, values)

    for offset in (0, 300, 500, 700, 990):
        keys, total = order_lists.window(Watched(), "a", parts, offset, 10, [])  # type: ignore[arg-type]
        assert total == 1000
        assert all(two - one == 1 for one, two in pairwise(keys))
        assert len(keys) == 10
    assert steps == [0, 300, 500, 290, 0]
    db.close()


def test_counts_come_from_the_tally(indexed: Path) -> None:
    db = connect(indexed / "cache.db", KEY, durable=False)
    asked: list[str] = []

    class Watched:
        def execute(self, sql: str, values: Any = ()) -> Any:
            asked.append(sql)
            return db.execute(sql, values)

    for wanted in EVERYTHING:
        for part in order_lists.index_ranges(wanted, NOW.timestamp(), "latest", lambda _: 1):
            order_lists.count(Watched(), "a", part, [])  # type: ignore[arg-type]
            assert ("order_tally_a" in asked[-1]) != part.timed
    db.close()


def test_the_filter_is_plain_data() -> None:
    assert msgspec.json.decode(msgspec.json.encode(OrderFilter(line=("12345",))), type=OrderFilter) == OrderFilter(
        line=("12345",)
    )
    assert not dataclasses.is_dataclass(OrderFilter)


@settings(max_examples=20)
@given(orders=some_orders(), wanted=parts_of_filters, sort=sorts, beginning=st.sampled_from(["", "1", "10"]))
def test_the_beginning_of_a_number_narrows_any_list(
    tmp_path_factory: pytest.TempPathFactory, orders: dict[str, Order], wanted: OrderFilter, sort: str, beginning: str
) -> None:
    cache = open_cache(tmp_path_factory.mktemp("numbered"))
    numbers = {id_: f"{at % 3}{at % 2}{at:03}" for at, id_ in enumerate(orders)}
    renumbered = {id_: msgspec.structs.replace(each, number=numbers[id_]) for id_, each in orders.items()}
    cache.apply(page(*(change("order", id_, 1, each) for id_, each in renumbered.items())))
    listed, _ = cache.orders(wanted, NOW, sort, limit=100)
    fitting = [held.id for held in listed if numbers[held.id].startswith(beginning)]
    found = [held.id for held in cache.orders_numbered(beginning, wanted, NOW, sort, 100)]
    assert sorted(found) == sorted(fitting)
    if not beginning:
        assert found == fitting
    first = cache.orders_numbered(beginning, wanted, NOW, sort, 2)
    assert [held.id for held in first] == found[:2]
    cache.close()


def test_what_is_done_is_not_read_for_orders_that_are_open(indexed: Path) -> None:
    """With a million orders that would take seconds, and a person waits at the prompt."""
    db = connect(indexed / "cache.db", KEY, durable=False)
    asked: list[str] = []
    parts = order_lists.index_ranges(OrderFilter(state=("ready",)), NOW.timestamp(), "latest", lambda _: 1)
    db.set_trace_callback(asked.append)  # type: ignore[attr-defined]
    order_lists.keys_numbered(db, "a", parts, "20", 50)
    db.close()
    assert not any("SELECT key" in sql and "handled = 1" in sql for sql in asked)
