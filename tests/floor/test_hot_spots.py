"""Hot spots of a floor: read from the cache, taken in as they come, told as alerts and to the next shift."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from floorctl.floor.floor import Floor
from floorctl.floor.hot_spots.views import HotSpotView
from floorctl.models.alerts import Alert
from floorctl.models.orders import Citizen
from floorctl.rules.commands.capability import SETTING, alert_capability
from tests.floor_access import journal_of, read_model_of, watch_of
from tests.hot_floor import GAS, LIGHTS, REGION, history, phone, swelling
from tests.screens.filled_floor import NOW, Feed, filled_floor


@pytest.fixture
def fed(tmp_path: Path) -> Iterator[Feed]:
    floor, feed = filled_floor(tmp_path, orders=0)
    feed.send(*history(NOW))
    yield feed
    floor.close()


@pytest.fixture
def floor(fed: Feed) -> Floor:
    return fed.floor


def the_matter(floor: Floor) -> HotSpotView:
    found = floor.hot_spots.all()
    assert found.enough
    (matter,) = found.swelling
    return matter


def hot_alerts(floor: Floor) -> dict[str, Alert]:
    return {
        alert_id: held.value
        for alert_id, held in read_model_of(floor).all(Alert).items()
        if held.value.kind == "hot_spot" and held.value.state != "closed"
    }


def test_a_matter_that_swells_is_found_as_its_orders_come(fed: Feed, floor: Floor) -> None:
    assert floor.hot_spots.all().matters == ()
    orders = swelling(NOW)
    fed.send(*orders[:4])
    assert floor.hot_spots.all().matters == ()
    fed.send(*orders[4:])
    matter = the_matter(floor)
    assert (matter.level, matter.category_id, matter.region, matter.callers) == ("cell", GAS, REGION, 8)
    assert matter.category == ("公用事业", "燃气服务")
    assert set(matter.order_ids) >= {f"hot-{n}" for n in range(8)}
    assert matter.expected < 2
    course = floor.hot_spots.course(matter)
    assert sum(part.callers for part in course[-3:]) >= 8
    assert floor.hot_spots.last().matters == (matter,)


def test_an_order_that_comes_late_or_changes_its_category_is_counted_as_if_it_always_had_been(
    fed: Feed, floor: Floor
) -> None:
    orders = swelling(NOW)
    fed.send(*orders[5:])
    assert floor.hot_spots.all().matters == ()
    fed.send(*orders[:5])  # received before those
    found = the_matter(floor)
    assert found.callers == 8
    fed.send(*((kind, each, replace(order, category_id=LIGHTS)) for kind, each, order in orders))
    assert the_matter(floor).category_id == LIGHTS


def test_the_counts_of_orders_have_the_number_of_matters_once_they_were_read(fed: Feed, floor: Floor) -> None:
    assert floor.orders.count().hot_spots is None
    fed.send(*swelling(NOW))
    watch_of(floor).look()
    assert floor.orders.count().hot_spots == 1


def test_history_that_comes_later_is_learnt_from_within_the_day(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path, orders=0)
    feed.send(*history(NOW, days=20))
    assert not floor.hot_spots.all().enough
    feed.send(*history(NOW), *swelling(NOW))
    assert not floor.hot_spots.all().enough, "looked at a moment ago"
    floor.clock.observe(floor.now() + timedelta(minutes=2))
    assert the_matter(floor).callers == 8
    floor.close()


def test_every_caller_counts_once_and_an_order_without_a_phone_is_one_of_somebody(fed: Feed, floor: Floor) -> None:
    orders = swelling(NOW, 9)
    one = Citizen(phone=phone(1))
    fed.send(*((kind, each, replace(order, citizen=one)) for kind, each, order in orders))
    assert floor.hot_spots.all().swelling == []
    fed.send(*((kind, f"nobody-{each}", replace(order, citizen=None)) for kind, each, order in orders))
    assert the_matter(floor).callers == 10


def test_where_history_is_short_it_says_so_and_nothing_else(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path, orders=0)
    feed.send(*history(NOW, days=20), *swelling(NOW, 30))
    found = floor.hot_spots.all()
    assert (found.enough, found.matters, 0 < found.held < found.needed) == (False, (), True)
    floor.close()


def test_it_is_one_alert_with_place_matter_callers_and_orders_and_closed_when_it_is_over(
    fed: Feed, floor: Floor
) -> None:
    fed.send(*swelling(NOW))
    watch = watch_of(floor)
    watch.look()
    ((alert_id, alert),) = hot_alerts(floor).items()
    matter = the_matter(floor)
    assert alert_id == f"hot_spot:{GAS}@{REGION}:{matter.since:%Y-%m-%d}"
    assert alert.severity == "warning"
    assert all(words in alert.title for words in ("石亭县", "燃气服务", "8 人"))
    assert alert.detail is not None and "2026030477703" in alert.detail
    watch.look()
    assert list(hot_alerts(floor)) == [alert_id]
    shown = next(view for view in floor.alerts.all() if view.id == alert_id)
    assert "8 人来电" in shown.title
    fed.send(*((kind, each, None) for kind, each, _ in swelling(NOW)))
    watch.look()
    assert not hot_alerts(floor)


@pytest.mark.parametrize(("callers", "title"), [(21, "燃气中断"), (6, "燃气泄漏，一人中毒")])
def test_from_twenty_callers_a_day_or_with_a_fatal_word_it_is_critical(
    fed: Feed, floor: Floor, callers: int, title: str
) -> None:
    fed.send(*swelling(NOW, callers, title=title))
    watch_of(floor).look()
    (alert,) = hot_alerts(floor).values()
    assert alert.severity == "critical"
    assert ("中毒" in (alert.detail or "")) == ("中毒" in title)


def test_a_warning_that_grows_becomes_one_critical_alert(fed: Feed, floor: Floor) -> None:
    orders = swelling(NOW, 24)
    watch = watch_of(floor)
    fed.send(*orders[:8])
    watch.look()
    assert [alert.severity for alert in hot_alerts(floor).values()] == ["warning"]
    fed.send(*orders[8:])
    watch.look()
    assert [alert.severity for alert in hot_alerts(floor).values()] == ["critical"]


def test_at_a_platform_that_takes_no_such_alerts_none_is_made_and_the_hot_spot_is_still_shown(
    fed: Feed, floor: Floor
) -> None:
    journal_of(floor).set_setting(SETTING, [alert_capability("hot_spot")])
    floor.desk.look_at_platform()
    fed.send(*swelling(NOW))
    before = len(floor.outbox.items())
    watch_of(floor).look()
    assert not hot_alerts(floor)
    assert not [item for item in floor.outbox.items()[before:] if item.data.get("kind") == "hot_spot"]
    assert the_matter(floor).callers == 8


def test_it_stands_in_the_handover_by_itself(fed: Feed, floor: Floor) -> None:
    fed.send(*swelling(NOW))
    figures = floor.handovers.figures()
    assert figures.unfinished is not None
    group = next(each for each in figures.unfinished.groups if each.name == "hot_spots")
    assert group.count == 1
    assert "石亭县 燃气服务" in group.listed[0]


def test_the_threshold_is_fitted_once_a_day_and_kept_for_commands(fed: Feed, floor: Floor) -> None:
    floor.hot_spots.fit()
    kept = journal_of(floor).setting("hot_spot_threshold")
    assert kept["day"] == floor.now().date().isoformat()
    assert 1e-6 < kept["threshold"] < 1e-4
    floor.hot_spots.fit()
    assert journal_of(floor).setting("hot_spot_threshold") == kept
    fed.send(*swelling(NOW, ago=50))
    assert the_matter(floor).since > floor.now() - timedelta(hours=2)
