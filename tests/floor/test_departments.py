"""The departments compared: what the cache counts over its index is what the rule says of every order by itself."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from floorctl.floor.departments import ordered
from floorctl.floor.floor import Floor
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Extension, Order, Redo, Return
from floorctl.rules.orders.deadlines import limit_at
from floorctl.rules.orders.departments import DepartmentCounts, counted, is_in, sent_at, sent_before
from tests.build import DAY, HOUR, MINUTE
from tests.screens.filled_floor import NOW, filled_floor, order

_SPAN = (NOW.date() - timedelta(days=40), NOW.date() + timedelta(days=1))


def _orders() -> list[tuple[str, Order]]:
    """Return orders of every outcome: signed in early and late, returned, extended, satisfied and not, redone."""
    made = []
    for n in range(60, 160):
        sent = NOW - DAY * (n % 30) - MINUTE * n
        returned = Return(
            at=sent + HOUR,
            department_id=f"d-{n % 3:02}",
            reason="x",
            upheld=(None, True, False)[n % 3],
            decided_at=sent + 2 * HOUR,
        )
        more: dict[str, Any] = {
            "dispatched_at": sent,
            "lead_department_id": f"d-{n % 4:02}",
            "accepted_at": sent + HOUR * (n % 50) if n % 3 else None,
            "due_at": sent + DAY * (n % 5) if n % 6 else None,
            "handled_at": sent + DAY * (n % 7) if n % 2 else None,
            "return_log": (returned,) if n % 5 == 0 else (),
            "returns": int(n % 5 == 0),
            "extension": Extension(
                asked_at=sent, department_id="d-01", reason="x", until=NOW, granted=(True, False, None)[n % 3]
            )
            if n % 4 == 0
            else None,
            "redos": (Redo(at=NOW, by="p-1001", reason="x"),) if n % 9 == 0 else (),
            "callback_outcome": ("reached", "no_answer", None)[n % 3],
            "satisfaction": n % 5 + 1 if n % 3 == 0 else None,
        }
        made.append((f"o-{n}", order(n, **more)))
    return made


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    floor, feed = filled_floor(tmp_path_factory.mktemp("floor"), orders=20)
    feed.send(*(("order", each, made) for each, made in _orders()))
    yield floor
    floor.close()


def _by_rule(floor: Floor, first: date, last: date) -> dict[str, DepartmentCounts]:
    counts: dict[str, DepartmentCounts] = {}
    days, now = (first, last + timedelta(days=1)), floor.now()
    page = floor.orders.page(OrderFilter(), limit=1000)
    for view in page.items:
        one, sent = view.order, sent_at(view.order)
        found: list[tuple[str | None, DepartmentCounts]] = []
        if sent is not None and is_in(sent, days, floor.config.zone):
            limit = limit_at(one, floor.calendar)
            found.append((one.lead_department_id, counted(one, limit, floor.calendar, now, 8 * 3600)))
        if one.dispatched_at is not None and is_in(one.dispatched_at, days, floor.config.zone):
            found += [(each, DepartmentCounts(dispatched=1, returned=1, passed_on=1)) for each in sent_before(one)]
        for department, more in found:
            assert department is not None
            counts[department] = counts.get(department, DepartmentCounts()) + more
    return counts


@pytest.mark.parametrize("back", [(40, 0), (12, 3), (0, 0)])
def test_what_is_counted_is_the_sum_of_the_rule_over_every_order(mixed: Floor, back: tuple[int, int]) -> None:
    first, last = (NOW.astimezone(mixed.config.zone).date() - timedelta(days=days) for days in back)
    views = mixed.departments.compared(first, last)
    by_rule = _by_rule(mixed, first, last)
    assert {view.id: view.counts for view in views} == by_rule
    if back == (40, 0):
        total = sum((view.counts for view in views), DepartmentCounts())
        assert all(getattr(total, name) for name in total.__struct_fields__), "every count occurs"


def test_the_orders_behind_a_department_are_those_that_it_lies_with(mixed: Floor) -> None:
    first, last = _SPAN
    for view in mixed.departments.compared(first, last):
        wanted = OrderFilter(department=view.id, sent=mixed.departments.span(first, last))
        for sort in ("latest", "received", "number", "dispatch_due"):
            page = mixed.orders.page(wanted, sort=sort, limit=1000)
            assert page.total == len(page.items) == view.counts.dispatched - view.counts.passed_on


def test_the_worst_department_stands_first_and_one_without_a_rate_last(mixed: Floor) -> None:
    views = mixed.departments.compared(*_SPAN)
    by_satisfied = [view.counts for view in ordered(views, "satisfied")]
    rates = [counts.satisfied / counts.reached for counts in by_satisfied if counts.reached]
    assert rates == sorted(rates)
    assert [bool(counts.reached) for counts in by_satisfied] == sorted(
        (bool(c.reached) for c in by_satisfied), reverse=True
    )
    by_returned = [view.counts.returned / view.counts.dispatched for view in ordered(views, "returned")]
    assert by_returned == sorted(by_returned, reverse=True)


def test_an_act_that_waits_to_be_sent_counts_at_once(mixed: Floor) -> None:
    first, last = _SPAN
    before = {view.id: view.counts.dispatched for view in mixed.departments.compared(first, last)}
    waiting = next(
        view for view in mixed.orders.page(OrderFilter(to_dispatch=True)).items if view.order.dispatched_at is None
    )
    mixed.orders.dispatch(waiting.id, ["d-05"])
    after = {view.id: view.counts.dispatched for view in mixed.departments.compared(first, last)}
    assert after == before | {"d-05": before["d-05"] + 1}
