"""The department's limit by the worked examples, and against a second computation that shares nothing with it."""

import json
from bisect import bisect_right
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl import config as configuration
from floorctl.calendar import SHIPPED_LIMITS, WorkCalendar
from floorctl.models.orders import ORDER_STATES, ORDER_TYPES, URGENCIES, Order
from floorctl.rules.orders import deadlines
from tests.rules import small_floor
from tests.rules.small_floor import DAY, HOUR, MINUTE, NOW, ZONE

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data" / "limits.json").read_text("utf-8"))
CALENDAR = WorkCalendar(ZONE)


def order_of(told: dict[str, Any]) -> Order:
    """The order of an example, with ``extension`` and ``redone_at`` as the contract has them."""
    fields = dict(told)
    if (extension := fields.pop("extension", None)) is not None:
        asked = datetime.fromisoformat(told["received_at"]).isoformat()
        fields["extension"] = {"asked_at": asked, "department_id": "d-1", "reason": "复杂", **extension}
    if (redone_at := fields.pop("redone_at", None)) is not None:
        fields["redos"] = [{"at": redone_at, "by": "p-1", "reason": "不满意"}]
    return small_floor.order(**fields)


def calendar_of(told: dict[str, Any]) -> tuple[WorkCalendar, float]:
    """The calendar of an example's configuration, read as floorctl.toml is, and its hours of "due soon"."""
    values = {**VECTORS["meta"]["defaults"], **told}
    work = {
        "day_starts": time.fromisoformat(values["day_starts"]),
        "day_ends": time.fromisoformat(values["day_ends"]),
        "due_soon_hours": values["due_soon_hours"],
        "holidays": [date.fromisoformat(day) for day in values["holidays"]],
        "extra_workdays": [date.fromisoformat(day) for day in values["extra_workdays"]],
    }
    config = configuration.parse({"time_zone": values["time_zone"], "work": work})
    return config.work_calendar(), config.work.due_soon_hours


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["id"])
def test_worked_example(case: dict[str, Any]) -> None:
    order, now = order_of(case["order"]), datetime.fromisoformat(case["now"])
    calendar, hours = calendar_of(case["config"])
    limit = deadlines.limit_at(order, calendar)
    assert limit == (None if case["limit_at"] is None else datetime.fromisoformat(case["limit_at"]))
    assert deadlines.overdue(order, limit, now) is case["overdue"]
    assert deadlines.overdue_seconds(order, limit, now) == pytest.approx(case["overdue_seconds"], abs=1e-6)
    assert deadlines.due_soon(order, limit, now, calendar, hours) is case["due_soon"]


def test_what_is_shipped_is_the_table_of_the_examples() -> None:
    told = {row["from"]: row for row in VECTORS["meta"]["table"]}
    shipped = {row.begins and row.begins.isoformat(): row for row in SHIPPED_LIMITS}
    assert {begins: dict(row.working_days) for begins, row in shipped.items()} == {
        begins: row["working_days"] for begins, row in told.items()
    }
    newest = max(filter(None, told))
    assert shipped[newest].source == told[newest]["source"]


# -- a second computation: days since 0001-01-01 and whole microseconds in China's time, and a table of working days

_EIGHT_HOURS = 8 * 3_600_000_000
_MICROSECONDS = 86_400_000_000
_FIRST, _LAST = date(2023, 6, 1).toordinal(), date(2029, 1, 1).toordinal()
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


def china(at: datetime) -> tuple[int, int]:
    """Day and microsecond of the day in China."""
    since = (at - _BEGINNING) // timedelta(microseconds=1) + _EIGHT_HOURS
    return since // _MICROSECONDS + 1, since % _MICROSECONDS


def moment(day: int, microsecond: int) -> datetime:
    return _BEGINNING + timedelta(microseconds=(day - 1) * _MICROSECONDS + microsecond - _EIGHT_HOURS)


@cache
def worked(holidays: frozenset[int], extra: frozenset[int]) -> list[int]:
    days = []
    for day in range(_FIRST, _LAST):
        plain = (day - 1) % 7 < 5
        known = date.fromordinal(day)
        usual = chinese_calendar.is_workday(known) if known.year <= 2026 else plain
        if day in extra or (usual and day not in holidays):
            days.append(day)
    return days


def second_limit(order: Order, days: Collection[int]) -> datetime | None:
    if order.due_at is not None:
        return order.due_at
    if order.state == "answered":
        return None
    received = china(order.received_at)
    start = china(order.redos[-1].at) if order.redos else received
    if order.urgency == "special_urgent":
        return moment(start[0] + 1, start[1])
    table = VECTORS["meta"]["table"]
    begun = [row for row in table if (row["from"] or "") <= date.fromordinal(received[0]).isoformat()]
    row = max(begun, key=lambda row: row["from"] or "")
    n = 2 if order.urgency == "special" else row["working_days"][order.type]
    ordered = list(days)
    return moment(ordered[bisect_right(ordered, start[0]) + n - 1], start[1])


moments = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.sampled_from([ZONE, UTC]))
some_days = st.frozensets(st.integers(date(2026, 9, 1).toordinal(), date(2028, 3, 1).toordinal()), max_size=8)


@given(
    st.sampled_from(ORDER_TYPES),
    st.sampled_from(URGENCIES),
    st.sampled_from(ORDER_STATES),
    moments,
    st.none() | st.timedeltas(timedelta(0), timedelta(days=40)),
    st.none() | moments,
    some_days,
    some_days,
)
def test_a_limit_is_what_a_second_computation_says(
    type_: str,
    urgency: str,
    state: str,
    received: datetime,
    redone_after: timedelta | None,
    due_at: datetime | None,
    holidays: frozenset[int],
    extra: frozenset[int],
) -> None:
    redone_at = None if redone_after is None else received + redone_after
    if due_at is not None and redone_at is not None and due_at < redone_at:
        due_at = redone_at  # which of the two counts otherwise has a test of its own
    redos = () if redone_at is None else ({"at": redone_at, "by": "p-1", "reason": "不满意"},)
    order = small_floor.order(
        type=type_, urgency=urgency, state=state, received_at=received, due_at=due_at, redos=redos
    )
    off = holidays - extra
    calendar = WorkCalendar(
        ZONE, holidays=[date.fromordinal(day) for day in off], extra_workdays=[date.fromordinal(day) for day in extra]
    )
    assert deadlines.limit_at(order, calendar) == second_limit(order, worked(off, extra))


# -- what the examples leave open


def extended(**told: Any) -> dict[str, Any]:
    return {
        "asked_at": NOW - 3 * DAY, "department_id": "d-1", "reason": "复杂", "until": NOW + 9 * DAY,
        "granted": True, "decided_at": NOW - 2 * DAY,
    } | told  # fmt: skip


def redone(at: datetime) -> tuple[dict[str, Any], ...]:
    return ({"at": at, "by": "p-1", "reason": "不满意"},)


class TestTheLatestDecisionCounts:
    def test_an_extension_decided_after_a_redo_replaces_its_limit(self) -> None:
        order = small_floor.order(extension=extended(), redos=redone(NOW - 5 * DAY))
        assert deadlines.due(order, CALENDAR) == deadlines.Due(NOW + 9 * DAY, "extended")

    def test_a_redo_after_an_extension_starts_the_limit_anew_though_the_platform_kept_the_extended_one(self) -> None:
        order = small_floor.order(type="inquiry", extension=extended(), due_at=NOW + 9 * DAY, redos=redone(NOW - DAY))
        due = deadlines.due(order, CALENDAR)
        assert (due.at, due.basis) == (CALENDAR.add_working_days(NOW - DAY, 3), "counted")

    def test_a_limit_that_the_platform_set_with_the_redo_counts(self) -> None:
        order = small_floor.order(extension=extended(), due_at=NOW + 2 * DAY, redos=redone(NOW - DAY))
        assert deadlines.due(order, CALENDAR) == deadlines.Due(NOW + 2 * DAY, "given")

    def test_a_limit_that_had_passed_when_it_was_sent_back_does_not_make_it_overdue_at_once(self) -> None:
        order = small_floor.order(type="inquiry", state="dispatched", due_at=NOW - 9 * DAY, redos=redone(NOW - HOUR))
        limit = deadlines.limit_at(order, CALENDAR)
        assert limit == CALENDAR.add_working_days(NOW - HOUR, 3)
        assert not deadlines.overdue(order, limit, NOW)

    def test_the_last_of_several_redos_counts(self) -> None:
        order = small_floor.order(type="inquiry", redos=redone(NOW - 9 * DAY) + redone(NOW - DAY))
        assert deadlines.limit_at(order, CALENDAR) == CALENDAR.add_working_days(NOW - DAY, 3)

    @pytest.mark.parametrize("granted", [None, False])
    def test_an_extension_that_nobody_granted_changes_nothing(self, granted: bool | None) -> None:
        order = small_floor.order(due_at=NOW, extension=extended(granted=granted))
        assert deadlines.due(order, CALENDAR) == deadlines.Due(NOW, "given")


class TestTheTable:
    def test_the_row_of_the_day_of_receipt_counts_and_is_named(self) -> None:
        before = small_floor.order(type="inquiry", received_at=datetime(2025, 12, 31, 23, 59, tzinfo=ZONE))
        after = small_floor.order(type="inquiry", received_at=datetime(2026, 1, 1, 0, 0, tzinfo=ZONE))
        assert deadlines.due(before, CALENDAR).source == ""
        assert deadlines.due(after, CALENDAR).source == SHIPPED_LIMITS[1].source

    def test_a_table_in_the_configuration_replaces_the_shipped_one(self) -> None:
        row = dict.fromkeys(ORDER_TYPES, 6) | {"inquiry": 2, "source": "本市办法", "special": 1}
        config = configuration.parse({"order_limits": [row | {"special_urgent": "12h"}]})
        calendar = config.work_calendar()
        for urgency, limit in (
            ("normal", calendar.add_working_days(NOW, 2)),
            ("special", calendar.add_working_days(NOW, 1)),
            ("special_urgent", NOW + 12 * HOUR),
        ):
            order = small_floor.order(type="inquiry", urgency=urgency, received_at=NOW)
            assert deadlines.due(order, calendar) == deadlines.Due(limit, "counted", "本市办法")

    def test_orders_from_before_every_row_go_by_the_earliest(self) -> None:
        calendar = WorkCalendar(ZONE, order_limits=SHIPPED_LIMITS[1:])
        order = small_floor.order(type="inquiry", received_at=NOW - 900 * DAY)
        assert deadlines.due(order, calendar).source == SHIPPED_LIMITS[1].source

    def test_a_type_unknown_to_this_release_has_the_time_of_a_request(self) -> None:
        strange, known = small_floor.order(type="praise"), small_floor.order(type="help")
        assert deadlines.due(strange, CALENDAR) == deadlines.due(known, CALENDAR)

    def test_a_date_at_the_end_of_time_has_no_limit(self) -> None:
        order = small_floor.order(received_at=datetime.max.replace(tzinfo=UTC) - MINUTE)
        assert deadlines.due(order, CALENDAR) == deadlines.Due()


class TestAYearThatNobodyKnows:
    LATE = datetime(2026, 12, 30, 10, 0, tzinfo=ZONE)

    def test_a_limit_counted_into_it_is_uncertain(self) -> None:
        assert deadlines.due(small_floor.order(received_at=self.LATE), CALENDAR).uncertain
        assert deadlines.due(small_floor.order(received_at=self.LATE + 30 * DAY), CALENDAR).uncertain

    def test_a_limit_before_it_one_in_hours_and_one_given_are_not(self) -> None:
        assert deadlines.due(small_floor.order(received_at=self.LATE), CALENDAR).uncertain  # the year is asked for
        for order in (
            small_floor.order(type="inquiry", received_at=self.LATE - 9 * DAY),
            small_floor.order(urgency="special_urgent", received_at=self.LATE + DAY),
            small_floor.order(received_at=self.LATE, due_at=self.LATE + 9 * DAY),
        ):
            assert not deadlines.due(order, CALENDAR).uncertain

    def test_a_year_in_the_configuration_is_certain(self) -> None:
        calendar = WorkCalendar(ZONE, holidays=[date(2027, 1, 1)])
        assert not deadlines.due(small_floor.order(received_at=self.LATE), calendar).uncertain


def test_calendars_are_told_apart_by_whatever_changes_what_they_count() -> None:
    longer = SHIPPED_LIMITS[1]._replace(special=3)
    changed = [
        WorkCalendar(ZONE, holidays=[date(2027, 1, 1)]),
        WorkCalendar(ZONE, extra_workdays=[date(2027, 1, 1)]),
        WorkCalendar(ZONE, order_limits=(SHIPPED_LIMITS[0], longer)),
        WorkCalendar(UTC),
        WorkCalendar(ZONE, time(8), time(18)),
    ]
    assert len({calendar.fingerprint for calendar in (*changed, CALENDAR)}) == 6
    assert WorkCalendar(ZONE, order_limits=SHIPPED_LIMITS[::-1]).fingerprint == CALENDAR.fingerprint
