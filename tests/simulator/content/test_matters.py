"""The matters that citizens call about: each can be told, read back from its order, and is handled by somebody."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from floorctl.models.orders import ORDER_TYPES, Order
from floorctl.simulator.content import people, places, read
from floorctl.simulator.content.incidents import matter_about
from floorctl.simulator.content.orders import (
    REGION,
    Case,
    Matter,
    Topic,
    burst_pipe,
    categories,
    departments,
    matter,
    topics,
)
from floorctl.simulator.content.story import blanks, story_of
from floorctl.simulator.world import order_life

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)
#: Blanks that every matter fills in, whether or not its text has them.
ALWAYS = {"region", "caller"}


def every_case() -> list[tuple[Topic, Case]]:
    return [(topic, case) for topic in topics() for case in topic.cases]


def test_there_are_many_of_them_and_each_has_a_title_of_its_own() -> None:
    titles = Counter(case.title for _, case in every_case())
    assert len(titles) >= 170
    assert {title for title, count in titles.items() if count > 1} == set()


@pytest.mark.parametrize("line", ["12345", "12333", "12320", None])
@pytest.mark.parametrize("urgency", ["normal", "special", "special_urgent", None])
def test_a_matter_is_of_the_line_and_the_urgency_that_is_asked_for(line: str | None, urgency: str | None) -> None:
    rng = Random(f"{line}{urgency}")
    drawn = [matter(rng, line, urgency) for _ in range(50)]
    if urgency is not None:
        assert {each.topic.urgency for each in drawn} == {urgency}
    if any(topic.line == line and urgency in (None, topic.urgency) for topic in topics()):
        assert {each.topic.line for each in drawn} == {line}
    assert all(not each.case.kept for each in drawn)


def test_each_has_a_type_an_end_and_departments_that_exist() -> None:
    known = {did for did, _ in departments()}
    assert len(known) >= 25
    assert {"province", "city"} == {each.level for _, each in departments()}
    assert all(1 <= len(category.path) <= 3 for _, category in categories())
    for topic, case in every_case():
        assert case.type in ORDER_TYPES, case
        assert bool(case.answer) == (case.type == "inquiry"), case
        assert bool(case.done) == (case.type != "inquiry"), case
        assert case.departments, case
        assert set(case.departments) <= known | {REGION}, case
        assert set(topic.departments) <= known, topic


def test_what_is_said_and_what_comes_of_it_tell_nothing_that_the_order_does_not() -> None:
    for _, case in every_case():
        written = set(blanks(case.title + case.content)) | ALWAYS
        for text in (case.said, case.answer, *case.done):
            assert set(blanks(text)) <= written, (case.title, text)


def test_every_blank_that_there_is_stands_in_some_matter() -> None:
    used = {name for _, case in every_case() for name in blanks(case.title + case.content)}
    follow = {rule["of"] for rule in read("orders")["numbers"].values() if isinstance(rule, dict)}
    assert set(places.KINDS) - used == set()
    # These two stand in other texts of the floor's work.
    assert set(read("orders")["numbers"]) - used - follow == {"hour", "n"}


def test_every_month_has_a_matter_in_every_topic() -> None:
    for topic in topics():
        for month, cases in topic.seasons.items():
            assert cases, (topic.path, month)


def test_every_region_has_every_kind_of_place_and_each_place_lies_in_one_region() -> None:
    of: dict[str, set[str]] = {}
    for region in places.names():
        for kind, named in places.of(region).items():
            assert named, (region, kind)
            for each in named:
                of.setdefault(each, set()).add(region)
        assert len(places.of(region)["road"]) >= 2
        for community in places.of(region)["community"]:
            found = places.address(community)
            assert found is not None
            assert found[0] in places.of(region)["road"]
    assert {place: regions for place, regions in of.items() if len(regions) > 1} == {}


def test_every_matter_is_read_back_from_its_order_as_it_was_told() -> None:
    rng = Random(4)
    for topic, case in every_case():
        for month in case.months or (11,):
            at = AT.replace(month=month)
            order = called(rng, Matter(topic, case, rng.choice(places.names())), at)
            story = story_of(order)
            assert story is not None, (order.title, order.content)
            assert story.case == case, (order.title, order.content)
            assert case.title.format_map(story.slots) == order.title
            assert case.content.format_map(story.slots) in order.content


def test_out_of_its_season_a_matter_is_another_one_of_its_topic() -> None:
    rng = Random(5)
    for topic, case in every_case():
        for month in range(1, 13):
            told = Matter(topic, case, "锦华区").told(rng, AT.replace(month=month), "phone")
            assert not told.case.months or month in told.case.months
            assert told.topic is topic


def called(rng: Random, said: Matter, at: datetime = AT) -> Order:
    return order_life.receive(rng, "1", said, at, agent_id="p-2001", phone=people.phone(rng))


def test_forty_callers_tell_of_one_burst_pipe_in_many_ways_and_agree() -> None:
    rng = Random(6)
    first = AT.replace(hour=14, minute=35)
    orders = [called(rng, matter_about(rng, "burst_pipe"), first + timedelta(seconds=10 * at)) for at in range(40)]
    assert len({each.content for each in orders}) >= 38
    assert len({each.title for each in orders}) >= 8
    assert len({each.region for each in orders}) == 1
    roads, times = set(), set()
    for each in orders:
        assert dict(categories())[each.category_id or ""].path[:2] == ("公用事业", "供水")
        story = story_of(each)
        assert story is not None
        assert story.case.key == "burst_pipe"
        assert story.case.departments[0] == "d-water"
        roads.add(story.slots["road"])
        times.add(story.slots.get("lately"))
    assert len(roads) == 1
    assert len(times - {None}) == 1


def test_a_pipe_bursts_when_it_is_said_to() -> None:
    rng = Random(6)
    began = AT - timedelta(minutes=20)
    for _ in range(30):
        story = story_of(called(rng, burst_pipe(rng, "文华大道", "锦绣苑", "锦华区", began)))
        assert story is not None
        assert story.slots.get("lately", "今日9点40分左右") == "今日9点40分左右"


def test_a_pipe_may_burst_at_a_place_that_nobody_has_heard_of() -> None:
    rng = Random(7)
    for _ in range(30):
        order = called(rng, burst_pipe(rng, "新开路", "新开小区", "锦华区"))
        assert story_of(order) is not None, order.content


def test_names_tell_men_from_women() -> None:
    rng = Random(8)
    words = read("names")
    assert set(words["men"]["last"]).isdisjoint(words["women"]["last"])
    for _ in range(200):
        assert people.form_of_address(people.name(rng, woman=True)) == "女士"
        assert people.form_of_address(people.name(rng, woman=False)) == "先生"
