"""卡单 by keys: what waits for a decision stands in a view of its own and is decided in two keys, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.floor.floor import Floor
from floorctl.i18n import t, term
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Order
from floorctl.rules.assessment.month import Month
from floorctl.screens.shell.dialogs import AskText
from floorctl.screens.shell.long_text import LongText
from floorctl.widgets.ask import Pick
from floorctl.widgets.plain_area import PlainArea
from tests.build import DAY, HOUR
from tests.screens.filled_floor import MADE, NOW, Feed, open_floor, people
from tests.screens.looking import acts, at_rest, in_sight, loaded, on_top, reads, said, text, words
from tests.screens.opened import orders_of

SENT: dict[str, Any] = {"reviewed_at": NOW - 4 * DAY, "dispatched_at": NOW - 4 * DAY, "lead_department_id": "d-03"}
BACK = {**SENT, "state": "returned", "returns": 1}
DONE = {**SENT, "state": "closed", "handled_at": NOW - 3 * DAY, "callback_at": NOW - DAY, "satisfaction": 1}


def _order(n: int, **given: Any) -> Order:
    return MADE.order(n, title=f"路灯事项{n}", received_at=NOW - 10 * DAY, **{"due_at": NOW + 9 * DAY, **given})


def _returned(*hours: int, **given: Any) -> tuple[Any, ...]:
    return tuple(MADE.returned(at=NOW - each * HOUR, department_id="d-03", **given) for each in hours)


@pytest.fixture(params=["zh-CN", "en"])
def floor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Floor]:
    """An order for each thing that an order may wait for, and one that waits for nothing."""
    floor = open_floor(tmp_path, language=request.param)
    first = MADE.returned(at=NOW - 3 * DAY, department_id="d-02", upheld=True, decided_by="p-2", decided_at=NOW - DAY)
    sent = {
        "asking": _order(1, **SENT, state="accepted", extension=MADE.extension(department_id="d-03")),
        "late": _order(2, **BACK, return_log=_returned(30, reason="请联系13812345678核实")),
        "dispute": _order(3, **{**BACK, "returns": 2}, return_log=(first, *_returned(2))),
        "fresh": _order(4, **BACK, return_log=_returned(1)),
        "redo": _order(5, **DONE),
        "calm": _order(6, **SENT, state="accepted"),
    }
    Feed(floor).send(*people(), *(("order", each, order) for each, order in sent.items()))
    yield floor
    floor.close()


def waits(floor: Floor) -> list[str]:
    return [view.id for view in floor.orders.page(OrderFilter(stuck=True), sort="stuck").items]


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_the_view_lists_what_waits_the_most_pressing_first(floor: Floor, size: tuple[int, int]) -> None:
    async with orders_of(floor, size) as (pilot, screen):
        await pilot.press("X")
        await at_rest(pilot)
        kinds = [term("stuck", each) for each in ("extension", "return", "dispute", "return", "redo")]
        rows = [str(row.cells) for row in loaded(screen.orders)]
        assert [kind in row for row, kind in zip(rows, kinds, strict=True)] == [True] * 5
        assert [f"{n:012d}" in row for n, row in enumerate(rows, 1)] == [True] * 5
        assert "‼" in rows[1]
        shown = in_sight(pilot.app)
        assert all(any(f"{n:012d}" in line and kind in line for line in shown) for n, kind in enumerate(kinds, 1))
        assert (screen.view, screen.sort) == ("stuck", "stuck")
        assert (t("orders.view.stuck") + " 5") in text(pilot.app)
        await pilot.press("X")
        await at_rest(pilot)
        assert (screen.view, screen.sort) == ("all", "latest")


async def test_each_thing_that_waits_is_decided_in_two_keys(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("X")
        await at_rest(pilot)
        decided = []
        for digit in ("1", "2", "1", "1", "1"):
            decided.append(screen.orders.cursor_id)
            await pilot.press("g", digit)
            await at_rest(pilot)
            assert decided[-1] not in waits(floor)
            await pilot.press("down", "home")
            await at_rest(pilot)
        assert [(kind, target) for kind, target, _ in acts(floor)] == [
            ("order.extend", "asking"),
            ("order.return", "late"),
            ("order.return", "dispute"),
            ("order.return", "fresh"),
            ("order.redo", "redo"),
        ]
        data = [data for _, _, data in acts(floor)]
        assert data[:4] == [{"granted": True}, {"upheld": False}, {"upheld": True}, {"upheld": True}]
        assert data[4]["reason"] == t("stuck.redo_reason", satisfaction=term("satisfaction", "1"))
        assert waits(floor) == [] and floor.orders.count().stuck == 0


async def test_what_upholding_costs_is_said_before_and_a_note_is_optional(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, _):
        await pilot.press("X", "down")
        await at_rest(pilot)
        await pilot.press("g")
        await at_rest(pilot)
        on_top(pilot, Pick)
        month = Month.of(SENT["dispatched_at"].astimezone(floor.config.zone).date())
        before = floor.assessment.score(month).item("dispatch_accuracy")
        assert before.counts["dispatched"] == 6
        assert reads(pilot.app, "83.33%") and reads(pilot.app, "138****5678")
        await pilot.press("enter")  # nobody chose anything
        await at_rest(pilot)
        on_top(pilot, Pick)
        await pilot.press("0")
        await at_rest(pilot)
        on_top(pilot, AskText)
        await pilot.press(*"note", "enter")
        await at_rest(pilot)
        on_top(pilot, Pick)
        assert reads(pilot.app, "note")
        assert not acts(floor)
        await pilot.press("1")
        await at_rest(pilot)
        assert acts(floor) == [("order.return", "late", {"upheld": True, "note": "note"})]
        after = floor.assessment.score(month).item("dispatch_accuracy")
        assert after.counts["accurate"] == before.counts["accurate"] - 1


async def test_marked_orders_are_decided_together_if_they_wait_for_the_same(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("X", "down", "space", "space", "g", "2")
        await at_rest(pilot)
        assert [(target, data) for _, target, data in acts(floor)] == [
            ("late", {"upheld": False}),
            ("dispute", {"upheld": False}),
        ]
        assert not screen.orders.marked
        await pilot.press("home", "space", "space", "g")
        await at_rest(pilot)
        assert len(acts(floor)) == 2
        assert any(term("command", "order.extend") in each for each in said(pilot.app))


async def test_a_redo_that_is_left_out_is_proposed_no_more_and_another_answer_proposes_it_anew(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, _):
        await pilot.press("X", "end", "g", "2")
        await at_rest(pilot)
        assert waits(floor) == ["asking", "late", "dispute", "fresh"]
        assert floor.orders.count().stuck == 4
        assert not acts(floor)
        feed = Feed(floor)
        feed.version = 100
        feed.send(("order", "redo", _order(5, **{**DONE, "callback_at": NOW})))
        assert waits(floor)[-1] == "redo" and floor.orders.count().stuck == 5


async def test_a_handled_order_can_be_sent_back_with_a_reason_and_one_that_waits_for_nothing_says_so(
    floor: Floor,
) -> None:
    floor.decisions.leave("redo")
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("end")
        await at_rest(pilot)
        assert screen.orders.cursor_id == "redo"
        await pilot.press("g")
        await at_rest(pilot)
        on_top(pilot, AskText)
        await pilot.press(*"again", "enter")
        await at_rest(pilot)
        assert acts(floor) == [("order.redo", "redo", {"reason": "again"})]
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("f", *f"{6:012d}", "enter", "g")
        await at_rest(pilot)
        assert t("stuck.nothing") in said(pilot.app)


async def test_the_detail_says_what_waits_and_what_was_decided_with_numbers_masked(floor: Floor) -> None:
    async with orders_of(floor, (200, 60)) as (pilot, screen):
        await pilot.press("X", "down")
        await at_rest(pilot)
        shown = words(screen.pane, 90)
        assert term("stuck", "return") in shown
        assert "138****5678" in shown and "13812345678" not in shown
        await pilot.press("down")
        await at_rest(pilot)
        shown = words(screen.pane, 90)
        assert t("stuck.proposed", what=term("proposal", "confer")) in shown
        name = floor.names.person("p-2")
        assert t("orders.event.return_upheld", name=name) in shown


async def test_a_conference_is_recorded_by_key_and_the_next_dispatch_proposes_its_lead(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("X", "down", "down")
        await at_rest(pilot)
        assert screen.orders.cursor_id == "dispute"
        await pilot.press("g", "3")
        await at_rest(pilot)
        pick = on_top(pilot, Pick)
        assert [option.value for option in pick.options][:2] == ["d-03", "d-02"], "those of the dispute"
        await pilot.press("1", "2", "enter", "2")
        await at_rest(pilot)
        on_top(pilot, LongText)
        await pilot.press("ctrl+s")
        await at_rest(pilot)
        assert on_top(pilot, LongText).typed == ""
        await pilot.press(*"one", "enter", *"two", "escape")
        await at_rest(pilot)
        assert not acts(floor)
        await pilot.press("G", "1", "2", "enter", "2")  # what was written is offered again
        await at_rest(pilot)
        assert on_top(pilot, LongText).typed == "one\ntwo"
        on_top(pilot, LongText).query_one(PlainArea).take_paste("\r\nthr\u202eee")
        await pilot.press("ctrl+s")
        await at_rest(pilot)
        ((kind, target, data),) = acts(floor)
        assert (kind, target) == ("order.confer", "dispute")
        assert data == {
            "department_ids": ["d-03", "d-02"], "lead_department_id": "d-02", "minutes": "one\ntwo\nthree",
        }  # fmt: skip
        shown = words(screen.pane, 90)
        assert t("stuck.conference_lead", lead=floor.names.department("d-02")) in shown
        assert t("stuck.proposed", what=term("proposal", "uphold")) in shown
        await pilot.press("g", "1")
        await at_rest(pilot)
        await pilot.press("D", "f", *f"{3:012d}", "enter", "d")
        await at_rest(pilot)
        assert on_top(pilot, Pick).options[0].value == "d-02"
        assert reads(pilot.app, t("stuck.confer.agreed"))
