"""What is carried over into a handover by itself: what falls due, open escalations, what the shift before left."""

from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from floorctl.floor.handover import carried
from floorctl.models.base import Ref
from floorctl.models.handover import HandoverItem
from floorctl.models.orders import Order
from tests.build import HOUR, Entities

ZONE = ZoneInfo("Asia/Shanghai")
MADE = Entities(datetime(2026, 11, 24, 10, tzinfo=ZONE))
AT_SIX = datetime(2026, 11, 24, 18, tzinfo=ZONE)


def order_about_a_lamp(n: int) -> Order:
    return MADE.order(n, title="楼道灯不亮，电话13812345678")


@given(st.integers(0, 60))
def test_however_many_fall_due_every_one_is_named(count: int) -> None:
    due = [carried.due_order(f"o-{n}", order_about_a_lamp(n), AT_SIX, "城管局", ZONE) for n in range(count)]
    items = carried.grouped(due)
    assert len(items) <= carried.MOST_OF_A_SORT + 1
    assert all(any(f"{n:05}" in item.text for item in items) for n in range(count))
    assert len({item.id for item in items}) == len(items)
    assert all(len(item.id) <= 128 for item in items)


def test_what_is_carried_over_is_masked_and_says_by_when() -> None:
    text = carried.due_order("o-1", order_about_a_lamp(1), AT_SIX, "城管局", ZONE).text
    assert "138****5678" in text
    assert "13812345678" not in text
    assert "11-24 18:00" in text
    assert "城管局" in text


def test_the_same_thing_in_the_same_words_has_the_same_id_at_every_terminal() -> None:
    alert = MADE.alert(title="排队激增", subject=Ref("queue", "q"), steps=(MADE.step("follow_up", 8 * HOUR),))
    one, other = (carried.open_escalation("a-1", alert, "燃气泄漏", ZONE) for _ in range(2))
    assert one.id == other.id
    assert carried.open_escalation("a-2", alert, "燃气泄漏", ZONE).id != one.id


def test_what_was_left_undone_goes_on_and_what_comes_by_itself_does_not() -> None:
    items = [
        HandoverItem(id="x", text="跟进", done=False),
        HandoverItem(id="y", text="办了", done=True),
        HandoverItem(id=carried.CAME + "z", text="自动", done=False, ref=Ref("order", "o-1")),
        HandoverItem(id=carried.LEFT + "w", text="上上班", done=False),
    ]
    assert [item.id for item in carried.undone(items)] == ["x", carried.LEFT + "w"]
    assert [carried.left(item).id for item in carried.undone(items)] == [carried.LEFT + "x", carried.LEFT + "w"]
    assert [carried.sort_of(item) for item in items] == ["note", "note", "order", "left"]
