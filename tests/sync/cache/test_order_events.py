"""The tally that a month's score is counted from says what going through every order says, whatever has happened."""

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import ORDER_STATES, Order
from floorctl.rules.assessment import order_events as e
from floorctl.rules.assessment.month import Month, Span, order_inputs
from floorctl.sync.cache.cache import Cache
from floorctl.sync.cache.order_events import EventDays
from tests.build import as_sent
from tests.sync.storage import CALENDAR, KEY, ZONE, change, open_cache, order, page

MONTHS = [Month(2026, 2), Month(2026, 3), Month(2026, 4)]
EDGES = [datetime(2026, 3, 1, tzinfo=ZONE), datetime(2026, 4, 1, tzinfo=ZONE), datetime(2026, 3, 15, 10, tzinfo=ZONE)]
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)

near_an_edge = st.builds(
    lambda edge, hours, seconds: edge + hours * HOUR + seconds * SECOND,
    st.sampled_from(EDGES),
    st.integers(-30, 30),
    st.sampled_from([-1, 0, 1, 900]),
)


@st.composite
def an_order(draw: st.DrawFn, n: int) -> Order:
    fields: dict[str, Any] = {"received_at": draw(near_an_edge), "state": draw(st.sampled_from(ORDER_STATES))}
    if draw(st.booleans()):
        fields["reviewed_at"] = draw(near_an_edge)
        if draw(st.booleans()):
            fields["dispatched_at"] = fields["reviewed_at"] + draw(
                st.sampled_from([HOUR, 3 * HOUR - SECOND, 3 * HOUR, 3 * HOUR + SECOND, 40 * HOUR])
            )
    if draw(st.booleans()):
        fields["handled_at"] = draw(near_an_edge)
    fields["callback_required"] = draw(st.booleans())
    for name, values in (
        ("callback_outcome", [None, "reached", "no_answer"]),
        ("dispatch_correct", [None, True, False]),
        ("problem", [None, "", "漏项"]),
        ("review_errors", [[], ["归口错误"]]),
    ):
        fields[name] = draw(st.sampled_from(values))
    return order(n, **fields)


#: Order number → what becomes of it next; None: it is removed.
a_page = st.dictionaries(st.integers(0, 7), st.booleans(), min_size=1, max_size=8).flatmap(
    lambda stays: st.fixed_dictionaries({n: an_order(n) if keep else st.none() for n, keep in stays.items()})
)


def named(counts: Counter[int]) -> dict[str, dict[str, int]]:
    return {
        "review_errors": {"errors": counts[e.ERROR], "reviewed": counts[e.REVIEWED]},
        "dispatch_timeliness": {"late": counts[e.LATE]},
        "dispatch_accuracy": {
            "accurate": counts[e.DISPATCHED] - counts[e.WRONG],
            "dispatched": counts[e.DISPATCHED],
        },
        "callback_rate": {"called_back": counts[e.REQUIRED] - counts[e.MISSED], "required": counts[e.REQUIRED]},
        "service_ability": {"problems": counts[e.PROBLEM], "received": counts[e.RECEIVED]},
    }


def agrees(cache: Cache, now: datetime, zone: ZoneInfo = ZONE) -> None:
    orders = [row.value for row in cache.all("order").values() if isinstance(row.value, Order)]
    stretches = [(month.first_day, month.plus(1).first_day) for month in MONTHS]
    for month, counts in zip(MONTHS, cache.order_events(stretches, now), strict=True):
        span = Span(start=month.start(zone), end=month.end(zone), now=now)
        assert named(counts) == order_inputs(orders, span), month


@settings(max_examples=60, deadline=None)
@given(st.lists(a_page, min_size=1, max_size=4), st.lists(near_an_edge, min_size=1, max_size=3))
def test_the_tally_is_what_going_through_every_order_counts(
    pages: list[dict[int, Order | None]], nows: list[datetime]
) -> None:
    with TemporaryDirectory() as folder:
        cache = open_cache(Path(folder))
        for version, changes in enumerate(pages, 1):
            cache.apply(page(*[change("order", f"o-{n}", version, data) for n, data in changes.items()]))
            for now in nows:
                agrees(cache, now)
        cache.start_rebuild()
        cache.apply(page(*[change("order", f"o-{n}", 9, data) for n, data in pages[0].items()]), rebuild=True)
        cache.finish_rebuild()
        agrees(cache, nows[0])
        cache.close()
        moved = ZoneInfo("Europe/Lisbon")
        cache = Cache.open(Path(folder) / "cache.db", KEY, WorkCalendar(moved))
        agrees(cache, nows[0], moved)
        cache.close()


def test_what_waits_becomes_late_by_itself_a_moment_after_its_three_hours(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    reviewed = datetime(2026, 3, 31, 22, 30, tzinfo=ZONE)
    cache.apply(page(change("order", "o-1", 1, order(1, state="ready", reviewed_at=reviewed.isoformat()))))
    march, april = ((month.first_day, month.plus(1).first_day) for month in MONTHS[1:])
    for now, late in (
        (reviewed + 3 * HOUR, [0, 0]),
        (reviewed + 3 * HOUR + timedelta(microseconds=1), [0, 1]),
        (reviewed + 30 * HOUR, [0, 1]),
        (reviewed + 60 * 24 * HOUR, [0, 1]),
    ):
        assert [counts[e.LATE] for counts in cache.order_events([march, april], now)] == late
    assert set(cache.orders_with_event(e.LATE, april, reviewed + 4 * HOUR)) == {"o-1"}
    assert not cache.orders_with_event(e.LATE, april, reviewed + 3 * HOUR)
    cache.close()


def test_what_cost_points_is_found_by_its_fault_and_month(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    at = datetime(2026, 3, 10, 9, tzinfo=ZONE).isoformat()
    bad: dict[str, dict[str, Any]] = {
        "o-problem": {"problem": "漏项"},
        "o-error": {"reviewed_at": at, "review_errors": ["错"], "state": "ready", "dispatched_at": at},
        "o-wrong": {"dispatched_at": at, "dispatch_correct": False},
        "o-missed": {"handled_at": at, "callback_required": True, "state": "handled"},
        "o-good": {},
    }
    changes = [
        change("order", each, 1, order(n, received_at=at, **fields)) for n, (each, fields) in enumerate(bad.items())
    ]
    cache.apply(page(*changes))
    now, march = datetime(2026, 3, 20, tzinfo=ZONE), (date(2026, 3, 1), date(2026, 4, 1))
    for fault, found in ((e.PROBLEM, "o-problem"), (e.ERROR, "o-error"), (e.WRONG, "o-wrong"), (e.MISSED, "o-missed")):
        assert set(cache.orders_with_event(fault, march, now)) == {found}
        assert not cache.orders_with_event(fault, (date(2026, 4, 1), date(2026, 5, 1)), now)
    cache.close()


def test_a_moment_that_no_calendar_has_is_held_and_counts_in_no_month(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    changes = [
        change("order", f"o-{at[:4]}", 1, as_sent(order(n, state="ready"), received_at=at, reviewed_at=at))
        for n, at in enumerate(("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"))
    ]
    cache.apply(page(*changes))
    assert cache.count("order") + len(cache.set_aside()) == 2
    agrees(cache, EDGES[0])
    cache.close()


def test_the_days_are_those_of_the_floors_zone() -> None:
    event_days = EventDays(CALENDAR.zone)
    midnight = datetime(2026, 3, 1, tzinfo=ZONE)
    assert event_days.day(midnight.timestamp()) == midnight.toordinal()
    assert event_days.day(midnight.timestamp() - 0.001) == midnight.toordinal() - 1
