"""The forms in which personal data is masked, in fields and in text."""

import re

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from floorctl.models.orders import Citizen
from floorctl.rules import privacy


def test_the_forms_of_the_floors_rules() -> None:
    assert privacy.mask_phone("13812345678") == "138****5678"
    assert privacy.mask_phone("+86 138-1234-5678") == "138****5678"
    assert privacy.mask_name("张三丰") == privacy.mask_name("张三") == "张**"
    assert privacy.mask_id_no("510104199001011234") == "5101**********1234"
    assert privacy.mask_address("成都市高新区天府大道1388号2栋3单元") == "成都市高新区天府大道***"
    assert privacy.mask_address("幸福村三组") == "幸福村***"


def test_numbers_inside_text_are_masked_and_other_numbers_are_not() -> None:
    text = "市民13812345678（身份证51010419900101123X，座机028-86123456）反映20260302000001，2026-03-02 14:00。"
    masked = privacy.mask_text(text)
    kept = "反映20260302000001，2026-03-02 14:00。"
    assert masked == f"市民138****5678（身份证5101**********123X，座机028****3456）{kept}"


@given(st.text(max_size=40), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=40))
def test_no_phone_survives_in_a_text(before: str, phone: str, after: str) -> None:
    assume(not re.search(r"[\dA-Za-z+ -]$", before) and not re.match(r"[\dA-Za-z -]", after))
    assert phone not in privacy.mask_text(before + phone + after)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_text_can_be_masked_and_the_middle_never_shows(name: str, phone: str, id_no: str) -> None:
    citizen = Citizen(name=name, phone=phone, id_no=id_no, address=name + phone)
    masked = privacy.masked_citizen(citizen)
    assert masked is not None
    assert len(masked.name or "") in (0, 3)
    digits = [char for char in phone if char.isdigit()]
    assert sum(char.isdigit() for char in masked.phone or "") <= min(7, len(digits))
    assert masked.id_no is not None and len(masked.id_no.replace("*", "")) <= 8


@pytest.mark.parametrize("part", ["1", "1 ", "0-", "电话", "13", "一", "[", "86 1", "5101041990"])
def test_a_long_text_takes_no_longer_than_its_length(part: str) -> None:
    # A pattern that backtracks would not come back from these before the run is stopped.
    text = part * 20_000
    privacy.masked_citizen(Citizen(name=text, phone=text, id_no=text, address=text))
    privacy.mask_text(text)


def test_what_is_not_there_stays_away() -> None:
    assert privacy.masked_citizen(None) is None
    assert msgspec.to_builtins(privacy.masked_citizen(Citizen())) == {}
