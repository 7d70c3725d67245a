"""What alerts say now, in the reader's language, whatever was true when they were raised."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

from floorctl.floor.floor import Floor
from floorctl.i18n import language, use_language
from floorctl.models.alerts import Alert
from floorctl.models.base import Ref
from floorctl.models.floor import Interval
from floorctl.screens.floor.alert_rail import AlertRail
from floorctl.sync.cache.cache import Cache
from floorctl.sync.connection_status import ConnectionStatus
from tests.build import DAY, HOUR, MINUTE, Entities
from tests.screens.filled_floor import NOW, Feed, open_floor

MADE = Entities(NOW)


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    before = language()
    use_language("zh-CN")
    floor = open_floor(tmp_path)
    floor.live.take_connection_status(ConnectionStatus(mode="live", as_of=floor.now()))
    yield floor
    floor.close()
    use_language(before)


def raised(floor: Floor, kind: str, subject: tuple[str, str], title: str, **more: Any) -> Alert:
    at = floor.now() - 5 * MINUTE
    return MADE.alert(kind=kind, title=title, subject=Ref(*subject), **{"raised_at": at, **more})


def title(floor: Floor) -> str:
    (view,) = floor.alerts.all()
    return view.title


def normal(floor: Floor) -> bool:
    (view,) = floor.alerts.all()
    return view.normal


def test_trunk_and_licences_say_what_is_used_now_what_was_then_and_that_it_is_over(floor: Floor) -> None:
    feed = Feed(floor)
    trunk = MADE.resource(in_use=29)
    alert = raised(floor, "trunk_full", ("resource", "r-1"), "中继 占用 27/30")
    feed.send(("resource", "r-1", trunk), ("alert", "trunk_full:r-1:2026-03-04", alert))
    assert title(floor) == "中继 占用 29/30（发现时 27/30）"
    feed.send(("resource", "r-1", MADE.resource(in_use=27)))
    assert title(floor) == "中继 占用 27/30"
    feed.send(("resource", "r-1", MADE.resource(in_use=19)))
    assert title(floor) == "中继 占用 19/30 · 恢复正常（发现时 27/30）"
    assert normal(floor)


def test_titles_are_made_in_the_readers_language(floor: Floor) -> None:
    trunk = MADE.resource(name="Trunk", in_use=19)
    alert = raised(floor, "trunk_full", ("resource", "r-1"), "中继 占用 27/30")
    Feed(floor).send(("resource", "r-1", trunk), ("alert", "trunk_full:r-1:2026-03-04", alert))
    use_language("en")
    assert title(floor) == "Trunk in use 19/30 · back to normal (when raised: 27/30)"


def test_a_kind_or_a_subject_that_is_not_known_keeps_its_own_title(floor: Floor) -> None:
    feed = Feed(floor)
    feed.send(("alert", "x", raised(floor, "flood_gate", ("gate", "g-1"), "二号闸门 水位 7.2")))
    assert title(floor) == "二号闸门 水位 7.2"
    feed.send(("alert", "x", raised(floor, "trunk_full", ("resource", "r-nowhere"), "中继 占用 27/30")))
    assert title(floor) == "中继 占用 27/30"


def test_a_long_call_counts_until_it_is_over(floor: Floor) -> None:
    feed, now = Feed(floor), floor.now()
    call = MADE.call(started_at=now - 15 * MINUTE - timedelta(seconds=5))
    seat = MADE.seat(number="05", state="talking", call=call)
    alert = raised(floor, "long_call", ("seat", "s-05"), "坐席 05 长通话")
    feed.send(("seat", "s-05", seat), ("alert", "long_call:s-05:2026-03-04", alert))
    assert title(floor).startswith("坐席 05 长通话 15:0")
    another = MADE.call(id="c-2", started_at=now - MINUTE)
    for state, after in (("wrap_up", None), ("talking", another)):
        free = MADE.seat(number="05", state=state, call=after)
        feed.send(("seat", "s-05", free))
        assert title(floor) == "坐席 05 长通话 · 恢复正常"


def test_a_dispatch_says_what_is_left_then_how_late_it_is_then_that_it_is_done(floor: Floor) -> None:
    feed, now = Feed(floor), floor.now()
    waits = {"state": "ready", "title": "路灯不亮", "number": "2026030400001"}
    alert = raised(floor, "dispatch_overdue", ("order", "o-1"), "工单 2026030400001 派单将超时")
    feed.send(
        ("order", "o-1", MADE.order(1, reviewed_at=now - 3 * HOUR + 10 * MINUTE, **waits)),
        ("alert", "dispatch_overdue:o-1:2026-03-04", alert),
    )
    assert title(floor).startswith("2026030400001 派单 剩 9:5")
    assert "路灯不亮" in title(floor)
    feed.send(("order", "o-1", MADE.order(1, reviewed_at=now - 4 * HOUR, **waits)))
    assert title(floor).startswith("2026030400001 派单 已超 1时")
    floor.orders.dispatch("o-1", [_department(feed)])
    assert title(floor) == "2026030400001 派单 · 恢复正常"


def _department(feed: Feed) -> str:
    feed.send(("department", "d-1", MADE.department()))
    return "d-1"


def test_an_order_that_is_handled_is_no_longer_overdue(floor: Floor) -> None:
    feed, now = Feed(floor), floor.now()
    late = {"number": "2026030400001", "title": "路灯不亮", "due_at": now - 73 * HOUR}
    alert = raised(floor, "order_overdue", ("order", "o-1"), "工单 2026030400001 办理超时")
    feed.send(
        ("order", "o-1", MADE.order(1, state="accepted", **late)),
        ("alert", "order_overdue:o-1:2026-03-04", alert),
    )
    assert title(floor).startswith("2026030400001 办理 已超 3天1时")
    feed.send(("order", "o-1", MADE.order(1, state="handled", handled_at=now, **late)))
    assert title(floor) == "2026030400001 办理 · 恢复正常"


def test_a_service_level_is_that_of_the_last_half_hour_now(floor: Floor) -> None:
    feed, now = Feed(floor), floor.now()
    queue = MADE.queue(waiting=3, offered=90, answered=80, abandoned=10, answered_in_target=60, target_level=0.85)
    alert = raised(floor, "service_level", ("queue", "q-1"), "综合 近30分钟15秒接通率 61.3%")
    lately = now - timedelta(minutes=1)  # also where a quarter of an hour begins at this moment
    start = lately - timedelta(minutes=lately.minute % 15, seconds=lately.second)

    def quarter(in_target: int) -> tuple[str, str, Interval]:
        counts = {"offered": 20, "answered": 20, "answered_in_target": in_target}
        return "interval", "i-1", MADE.interval(queue_id="q-1", start=start, **counts)

    feed.send(("queue", "q-1", queue), quarter(15), ("alert", "service_level:q-1:2026-03-04", alert))
    assert title(floor) == "综合 15秒接通率 75.0%（发现时 61.3%）"
    feed.send(quarter(19))
    assert title(floor) == "综合 15秒接通率 95.0% · 恢复正常（发现时 61.3%）"


def test_what_citizens_wrote_is_in_no_title_on_the_wall(floor: Floor) -> None:
    feed = Feed(floor)
    alert = raised(floor, "special_urgent_order", ("order", "o-1"), "特殊紧急：燃气泄漏")
    feed.send(
        ("order", "o-1", MADE.order(1, state="review", title="燃气泄漏 13812345678", number="2026030400001")),
        ("alert", "special_urgent_order:o-1:2026-03-04", alert),
    )
    assert title(floor) == "特殊紧急 2026030400001 燃气泄漏 138****5678"
    floor.session.read_only = True
    assert title(floor) == "特殊紧急 2026030400001"


def test_after_the_first_time_no_disk_is_read_for_a_title(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = Feed(floor)
    for n in range(20):
        alert = raised(floor, "special_order", ("order", f"o-{n}"), "特殊事项工单")
        feed.send(("order", f"o-{n}", MADE.order(n)), ("alert", f"special_order:o-{n}:2026-03-04", alert))
    floor.alerts.all()
    monkeypatch.setattr(Cache, "get_many", lambda *_: pytest.fail("read again"))
    floor.alerts.all()


async def test_the_rail_says_that_all_is_well_again_though_there_is_no_room_for_the_rest(floor: Floor) -> None:
    feed = Feed(floor)
    trunk = MADE.resource(name="中国电信四川公司数字中继线路群一", in_use=19)
    alert = raised(floor, "trunk_full", ("resource", "r-1"), "中继 占用 27/30")
    feed.send(("resource", "r-1", trunk), ("alert", "trunk_full:r-1:2026-03-04", alert))
    rail = AlertRail()
    rail.show(floor.alerts.all(), floor.now())
    _, first, *_ = ["".join(piece.text for piece in line).rstrip() for line in rail.picture(39, 4)]
    assert first.endswith("恢复正常")
    assert cell_len(first) <= 39


def test_a_surge_that_is_over_says_so_and_one_that_goes_on_does_not(floor: Floor) -> None:
    feed = Feed(floor)
    queue = MADE.queue(name="12345 综合", waiting=14, offered=10, answered=9, abandoned=1, answered_in_target=8)
    alert = raised(floor, "queue_surge", ("queue", "q-12345"), "12345 综合 话务激增")
    feed.send(("queue", "q-12345", queue), ("alert", "queue_surge:q-12345:2026-03-04", alert))
    assert title(floor) == "12345 综合 话务激增 等待 14 人"
    assert not normal(floor)
    feed.send(("queue", "q-12345", msgspec.structs.replace(queue, waiting=2)))
    assert title(floor) == "12345 综合 话务激增 等待 2 人 · 恢复正常"
    assert normal(floor)
    # Nobody waits any more, but half of the callers were not answered in time, or far more call than expected.
    quarter = MADE.interval(start=floor.now() - 20 * MINUTE, offered=40, answered=40, answered_in_target=20)
    feed.send(("interval", "i-1", quarter))
    assert not normal(floor)
    feed.send(("interval", "i-1", msgspec.structs.replace(quarter, answered_in_target=40)))
    assert normal(floor)


def test_a_surge_goes_on_while_far_more_call_than_are_expected(floor: Floor) -> None:
    feed = Feed(floor)
    start = floor.now() - 20 * MINUTE
    usual = [
        MADE.interval(start=start - 7 * n * DAY, offered=20, answered=20, answered_in_target=20) for n in range(1, 5)
    ]
    alert = raised(floor, "queue_surge", ("queue", "q-12345"), "12345 综合 话务激增")
    feed.send(
        ("queue", "q-12345", MADE.queue(waiting=0)),
        ("alert", "queue_surge:q-12345:2026-03-04", alert),
        *(("interval", f"i-w{n}", quarter) for n, quarter in enumerate(usual)),
    )
    floor.staffing.forecast()
    now = MADE.interval(start=start, offered=40, answered=40, answered_in_target=40)
    feed.send(("interval", "i-1", now))
    assert not normal(floor)
    feed.send(("interval", "i-1", msgspec.structs.replace(now, offered=22, answered=22, answered_in_target=22)))
    assert normal(floor)
