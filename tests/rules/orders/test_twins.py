"""Likely repetitions: the labelled pairs, and what holds for any two orders."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.i18n import use_language
from floorctl.models.orders import Citizen
from floorctl.rules.orders import twins
from floorctl.rules.orders.twins import THRESHOLD, Likeness, Matter, Traits, likeness, lookup, matter, score, traits
from floorctl.text.likeness_text import likeness_reasons
from tests.build import Entities

DATA = Path(__file__).parent.parent.parent / "data"
TWINS: dict[str, Any] = json.loads((DATA / "twins.json").read_text("utf-8"))
HOSTILE: list[str] = [text for text in json.loads((DATA / "hostile.json").read_text("utf-8")) if isinstance(text, str)]
NOW = datetime(2026, 5, 20, 10, tzinfo=UTC)


def taken_apart(order: dict[str, Any]) -> Traits:
    return traits(
        Matter(
            title=order["title"],
            received_at=datetime.fromisoformat(order["received_at"]),
            content=order["content"],
            region=order["region"] or "",
            address=order["address"] or "",
            phone=order["citizen_phone"] or "",
        )
    )


def test_the_labelled_pairs_are_told_apart_as_well_as_their_file_demands() -> None:
    assert len(TWINS["pairs"]) == TWINS["meta"]["pairs"]
    called, same = set[str](), set[str]()
    for pair in TWINS["pairs"]:
        if likeness(taken_apart(pair["a"]), taken_apart(pair["b"])).score >= THRESHOLD:
            called.add(pair["id"])
        if pair["same_matter"]:
            same.add(pair["id"])
    bar = TWINS["meta"]["bar"]
    assert len(called & same) / len(called) >= bar["precision_at_least"]
    assert len(called & same) / len(same) >= bar["recall_at_least"]


def codes(found: Likeness) -> list[str]:
    return [reason.code for reason in found.reasons]


LIFT = Matter(
    "柳岸小区3栋电梯困人", NOW, "来电人反映柳岸小区3栋电梯昨晚困住两人", "成东区", "成东区柳岸小区3栋", "13812345678"
)


def test_another_caller_about_the_same_thing_is_likely_and_the_reasons_quote_both() -> None:
    other = LIFT._replace(title="3号楼电梯关人", content="柳岸小区三号楼的梯子坏了，被困半小时", phone="13987654321")
    found = likeness(traits(LIFT), traits(other._replace(received_at=NOW + timedelta(days=2))))
    assert found.score >= THRESHOLD
    assert codes(found) == ["same_problem", "same_names", "days_apart"]
    use_language("zh-CN")
    assert likeness_reasons(found.reasons) == "同类问题：电梯、被困；都写到“成东区柳岸小区”；相隔2天"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            {"address": "成东区柳岸小区9栋", "title": "柳岸小区9栋电梯困人", "content": "9栋电梯困住两人"},
            "other_number",
        ),
        ({"address": "成东区和悦里", "title": "和悦里电梯困人", "content": "电梯困住两人"}, "other_place"),
        ({"region": "锦华区"}, "other_place"),
        ({"title": "咨询电梯困人怎么赔", "content": "柳岸小区业主咨询电梯困人有什么规定"}, "asks_rule"),
    ],
)
def test_what_speaks_against_it_is_said(changed: dict[str, Any], why: str) -> None:
    other = LIFT._replace(**changed, phone="")
    found = likeness(traits(LIFT), traits(other))
    assert found.score < THRESHOLD
    assert why in codes(found)


def test_titles_that_differ_only_in_where_are_two_matters_also_where_no_word_says_that_it_is_a_place() -> None:
    one, other = (Matter(f"{where}地下车库漏水", NOW, "物业迟迟不维修", "白鹭县") for where in ("白鹭湖畔", "书香门第"))
    assert "other_place" in codes(likeness(traits(one), traits(other)))
    assert "other_place" not in codes(likeness(traits(one), traits(one)))


def test_a_year_later_it_is_another_matter() -> None:
    found = likeness(traits(LIFT), traits(LIFT._replace(received_at=NOW + timedelta(days=365), phone="")))
    assert found.score < THRESHOLD
    assert found.reasons[-1].days == 365


def test_a_phone_is_known_however_it_is_written_and_a_confidential_order_by_nothing_of_its_caller() -> None:
    entities = Entities(NOW)
    citizen = Citizen(phone="138 1234 5678", address="柳岸小区3栋")
    order = entities.order(title="电梯", citizen=citizen)
    secret = entities.order(title="电梯", citizen=citizen, confidential=True)
    plain = traits(matter(order))
    assert twins.same_caller(plain, traits(LIFT._replace(phone="+86１３８１２３４５６７８")))
    assert not twins.same_caller(plain, traits(matter(secret)))
    assert matter(secret).address == ""


words = st.one_of(
    st.text(max_size=60),
    st.sampled_from(HOSTILE),
    st.lists(
        st.sampled_from(["电梯", "十号楼", "停水", "柳岸路", "3栋", "咨询", "\x1b[31m", "一", "〇"]), max_size=12
    ).map("".join),
)
matters = st.builds(
    Matter,
    title=words,
    received_at=st.integers(-400, 400).map(lambda days: NOW + timedelta(days=days)),
    content=words,
    region=words,
    address=words,
    phone=st.sampled_from(["", "13812345678", "１３８１２３４５６７８"]),
)


@settings(max_examples=150, deadline=None)
@given(matters, matters)
def test_whatever_is_compared_the_turn_does_not_matter_and_each_reason_has_its_words(
    one: Matter, other: Matter
) -> None:
    a, b = traits(one), traits(other)
    found = likeness(a, b)
    assert found == likeness(b, a)
    assert 0 <= found.score <= 1
    assert found.score == score(a, b)
    assert "\x1b" not in likeness_reasons(found.reasons)
    digits = [word for reason in found.reasons for word in reason.words if any(map(str.isdigit, word))]
    assert not any(len(word) > 4 for word in digits)


def test_a_region_that_is_empty_or_all_suffix_takes_nothing_away() -> None:
    for region in ("", "区", "市区县"):
        assert "柳岸" in traits(LIFT._replace(region=region)).pairs


def test_most_orders_about_one_matter_are_found_by_the_names_and_problems_of_the_other() -> None:
    same = [pair for pair in TWINS["pairs"] if pair["same_matter"]]
    missed = 0
    for pair in same:
        order = pair["a"]
        by = lookup(Matter(order["title"], NOW, order["content"], order["region"], order["address"] or ""), 6)
        text = taken_apart(pair["b"]).text
        named = any(name in text for name in by.names)
        missed += not (named and (not by.problems or any(problem in text for problem in by.problems)))
    assert missed <= len(same) / 5
