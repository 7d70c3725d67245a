"""并单 by keys: few keys link, what is done to a repetition is done to its main order, and both say so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.floor.floor import Floor
from floorctl.i18n import t
from floorctl.models.orders import Citizen, Order
from floorctl.screens.shell.dialogs import AskText, Confirm
from floorctl.widgets.ask import Pick
from tests.build import DAY, HOUR
from tests.screens.filled_floor import MADE, NOW, Feed, open_floor, people
from tests.screens.looking import acts, at_rest, loaded, on_top, reads, said, text, words
from tests.screens.opened import orders_of

ZHANG, LI = (Citizen(name="张建国", phone="13812345678"), Citizen(name="李红", phone="13987654321"))
#: Matters that have nothing in common, by the number of their order.
MATTERS = ("", "咨询医保缴费比例", "路口红绿灯损坏", "夜间施工噪声扰民", "楼上住户漏水", "农民工工资被拖欠")


def _order(n: int, citizen: Citizen = ZHANG, **more: Any) -> Order:
    sent = {"reviewed_at": NOW - 9 * DAY, "dispatched_at": NOW - 9 * DAY, "lead_department_id": "d-03"}
    usual = {"state": "dispatched", "due_at": NOW - n * HOUR, "received_at": NOW - (9 - n) * DAY, "citizen": citizen}
    return MADE.order(n, **{"title": MATTERS[n], **sent, **usual, **more})


@pytest.fixture(params=["zh-CN", "en"])
def floor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Floor]:
    """Four late orders of one caller, the first the earliest and the least late, and one of somebody else."""
    floor = open_floor(tmp_path, language=request.param)
    sent = {f"o-{n}": _order(n) for n in (1, 2, 3, 4)} | {"o-5": _order(5, LI)}
    Feed(floor).send(*people(), *(("order", each, order) for each, order in sent.items()))
    yield floor
    floor.close()


def changed(floor: Floor, order_id: str, order: Order, version: int = 100) -> None:
    feed = Feed(floor)
    feed.version = version
    feed.send(("order", order_id, order))


def number(n: int) -> str:
    return f"{n:012d}"


def links(floor: Floor) -> dict[str, str]:
    return {target: data["parent_id"] for kind, target, data in acts(floor) if kind == "order.link"}


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_four_orders_of_one_caller_are_linked_in_five_keys(floor: Floor, size: tuple[int, int]) -> None:
    async with orders_of(floor, size) as (pilot, screen):
        await pilot.press("down")
        await at_rest(pilot)
        assert screen.orders.cursor_id == "o-4"
        await pilot.press("j", "1", "2", "3", "enter")
        await at_rest(pilot)
        assert links(floor) == dict.fromkeys(("o-2", "o-3", "o-4"), "o-1")
        assert any(t("orders.link.done", n=3, parent=f"{number(1)}  {MATTERS[1]}") in each for each in said(pilot.app))
        assert floor.orders.count().overdue == 2 == len([row for row in loaded(screen.orders) if "‼" in str(row.cells)])


async def test_marked_orders_are_linked_to_the_earliest_in_two_keys(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press(*["space"] * 5)
        await pilot.press("j")
        await at_rest(pilot)
        on_top(pilot, Confirm)
        assert reads(pilot.app, number(1))
        assert not acts(floor)
        await pilot.press("y")
        await at_rest(pilot)
        assert links(floor) == dict.fromkeys(("o-2", "o-3", "o-4", "o-5"), "o-1")
        assert not screen.orders.marked


async def test_nothing_is_linked_that_nobody_chose(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, _):
        await pilot.press("down", "j")
        await at_rest(pilot)
        await pilot.press("enter")
        await at_rest(pilot)
        on_top(pilot, Pick)
        await pilot.press("escape")
        await at_rest(pilot)
        assert not acts(floor)


async def test_the_number_of_an_order_can_be_typed(floor: Floor) -> None:
    async with orders_of(floor) as (pilot, screen):
        assert screen.orders.cursor_id == "o-5"  # nobody else's order is proposed, so that the line is there at once
        await pilot.press("j")
        await at_rest(pilot)
        on_top(pilot, AskText)
        await pilot.press(*number(9), "enter")
        await at_rest(pilot)
        assert not acts(floor)
        assert said(pilot.app), "there is no such order"
        await pilot.press("j")
        await at_rest(pilot)
        await pilot.press(*["backspace"] * 12, *f"{number(2)},{number(3)}", "enter")
        await at_rest(pilot)
        assert links(floor) == {"o-3": "o-2", "o-5": "o-2"}
        assert not floor.texts.offered(floor.texts.key("order.link", "o-5")), "what was typed is done"


async def test_a_repetition_follows_its_main_order_and_acts_on_it_are_done_there(floor: Floor) -> None:
    changed(floor, "o-4", _order(4, parent_id="o-1"))
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("end")
        await at_rest(pilot)
        assert screen.orders.cursor_id == "o-4", "what is not late by itself comes after what is"
        row = screen.orders.row_at(screen.orders.total - 1)
        assert row is not None and str(row.cells[0][0]).startswith("↳ ")
        assert t("orders.related.parent") in words(screen.pane) and number(1) in words(screen.pane)
        assert number(2) in words(screen.pane), "the caller's other orders are beside it"
        await pilot.press("u")
        await at_rest(pilot)
        assert acts(floor)[-1][:2] == ("order.urge", "o-1")
        urged = next(each for each in said(pilot.app) if number(1) in each)
        assert t("orders.said.urged_parent", order="", level="").split("（")[0].split(" (")[0].strip() in urged
        assert number(4) in urged
        await pilot.press("home", "d")
        await at_rest(pilot)
        await pilot.press("end", "d")
        await at_rest(pilot)
        assert any(number(4) in each and number(1) in each for each in said(pilot.app)[-2:]), "dispatched already"


async def test_the_same_key_takes_a_link_away_and_asks_once(floor: Floor) -> None:
    changed(floor, "o-4", _order(4, parent_id="o-1"))
    async with orders_of(floor) as (pilot, _):
        await pilot.press("end", "j")
        await at_rest(pilot)
        on_top(pilot, Confirm)
        await pilot.press("y")
        await at_rest(pilot)
        assert acts(floor)[-1] == ("order.unlink", "o-4", {})
        assert floor.orders.get("o-4").overdue
        assert "↳" not in text(pilot.app)


async def test_what_is_open_is_not_linked_to_what_is_handled_without_a_question(floor: Floor) -> None:
    changed(floor, "o-1", _order(1, state="handled", handled_at=NOW - HOUR))
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("down", "j")
        await at_rest(pilot)
        await pilot.press("3", "enter")
        await at_rest(pilot)
        on_top(pilot, Confirm)
        await pilot.press("n")
        await at_rest(pilot)
        assert not acts(floor)
        assert screen.orders.cursor_id == "o-4"


async def test_who_may_not_link_is_told(tmp_path: Path) -> None:
    floor = open_floor(tmp_path, roles=("viewer",))
    Feed(floor).send(*people(), ("order", "o-1", _order(1)))
    async with orders_of(floor) as (pilot, _):
        await pilot.press("j")
        await at_rest(pilot)
        assert not acts(floor)
    floor.close()


async def test_likely_repetitions_are_proposed_first_with_their_reasons(floor: Floor) -> None:
    alike: dict[str, Any] = {
        "title": "春熙路88号二次供水水压不足",
        "content": "锦江区春熙路88号小区二次供水水压不足，早晚高峰停水",
        "region": "锦江区",
    }
    for n, citizen in ((4, ZHANG), (5, LI)):
        changed(floor, f"o-{n}", _order(n, citizen, **alike), version=100 * n)
    async with orders_of(floor, (80, 24)) as (pilot, screen):
        assert screen.orders.cursor_id == "o-5"
        await pilot.press("enter")
        await at_rest(pilot)
        hint = t("orders.related.hint", n=1)
        assert hint in words(screen.pane) and hint in text(pilot.app)
        assert t("orders.related.likely") in words(screen.pane)
        await pilot.press("j")
        await at_rest(pilot)
        pick = on_top(pilot, Pick)
        assert pick.options[0].value == "o-4"
        assert t("rules.likeness.same_problem", words="").split("：")[0].split(":")[0] in pick.options[0].hint
        await pilot.press("1", "enter")
        await at_rest(pilot)
        assert links(floor) == {"o-5": "o-4"}
        assert t("orders.related.hint", n=1) not in text(pilot.app)
