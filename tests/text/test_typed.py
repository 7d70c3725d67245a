"""What a person types is taken as it was meant, in whatever form an input method or a copied text gives it."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.text import typed

#: The full-width form of every visible ASCII character, as Chinese input methods write it.
FULL = {code: code - 0x20 + 0xFF00 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
UNSEEN = "\ufeff\u200b\u200e\u00ad\u2060\u202e\u3164\ufe0f"
BLANK = " \u3000\u00a0\t\u2003\u202f"

visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)


def full_width(text: str) -> str:
    """``text`` as a Chinese input method writes it."""
    return text.translate(FULL)


@given(text=visible, around=st.text(BLANK + UNSEEN), place=st.integers(0, 40), unseen=st.sampled_from(UNSEEN))
def test_every_form_of_a_word_is_the_same_word(text: str, around: str, place: int, unseen: str) -> None:
    assert typed.plain(text) == text
    for form in (full_width(text), around + text + around, text[:place] + unseen + text[place:]):
        assert typed.plain(form) == text
        assert typed.same(form, text)
        assert typed.folded(form.upper()) == typed.folded(text)


@given(text=st.text())
def test_what_has_been_made_plain_stays_so(text: str) -> None:
    once = typed.plain(text)
    assert typed.plain(once) == once
    assert once == once.strip()


@pytest.mark.parametrize("dash", "-－‐‑–—−﹣―")
def test_any_dash_is_a_dash(dash: str) -> None:
    assert typed.plain(f"2026{dash}11") == "2026-11"


@pytest.mark.parametrize(
    "form",
    [
        "2026-03-05",
        "2026－03－05",
        "２０２６-０３-０５",
        "2026/3/5",
        "2026.03.05",
        "2026年3月5日",
        "２０２６年０３月０５日",
        "20260305",
        " 2026-03-05 ",
        "2026—3—5",
        "2026-3-5,",
        "2026年3月5",
        "2026。3。5",
    ],
)
def test_a_day_is_read_in_every_form(form: str) -> None:
    assert typed.day(form) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "form", ["2026-03", "2026/3", "２０２６－０３", "2026年3月", "２０２６年３月", "202603", "2026.3", "　2026-03"]
)
def test_a_month_is_read_in_every_form(form: str) -> None:
    assert typed.first_of_month(form) == date(2026, 3, 1)


@pytest.mark.parametrize(
    "form",
    [
        "",
        "2026",
        "2026-13-01",
        "2026-02-30",
        "0000-01-01",
        "10000-01-01",
        "99999-1-1",
        "2026/3-5",
        "-2026-03-05",
        "2026-W10-4",
        "2026-03-05T10:00",
        "３月５日",
        "٢٠٢٦-٠٣-٠٥",
    ],
)
def test_what_is_no_day_is_none(form: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        typed.day(form)


@pytest.mark.parametrize(
    "form", ["", "2026", "2026-13", "2026-00", "0000-01", "10000-01", "2026-1-1", "13", "2026年", "2026-"]
)
def test_what_is_no_month_is_none(form: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        typed.first_of_month(form)


@pytest.mark.parametrize(
    ("pasted", "number"),
    [
        ("2026 0305 00012", "2026030500012"),
        ("2026-0305-00012", "2026030500012"),
        ("２０２６ ０３０５", "20260305"),
        ("2026030500012，", "2026030500012"),
        ("2026030500012。", "2026030500012"),
        ("s-02", "s-02"),
        ("A 1", "A 1"),
    ],
)
def test_the_digits_of_a_number_are_joined_and_nothing_else(pasted: str, number: str) -> None:
    assert typed.compact(pasted) == number


def test_a_list_is_parted_at_every_comma_and_line() -> None:
    assert typed.parts(["1001，1002、1003;１００４；", "1005\n1006\r\n", " , ", "1007"]) == [
        "1001", "1002", "1003", "1004", "1005", "1006", "1007",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05 09:00",
        "2026/3/5 9:00",
        "２０２６－０３－０５　０９：００",
        "2026年3月5日9：00",
        "2026年3月5日 09:00:00",
        "2026.3.5 9:00",
        "20260305 9:00",
        "2026-03-05T09:00",
    ],
)
def test_a_point_in_time_has_the_forms_of_a_day(text: str) -> None:
    assert typed.moment(text) == datetime(2026, 3, 5, 9)


@pytest.mark.parametrize(
    "text", ["9:00", "2026-02-30 9:00", "2026-03-05 24:00", "2026-03-05 9:60", "", "2026-03-05 9", "now"]
)
def test_what_is_no_point_in_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        typed.moment(text)


def test_a_time_of_day_needs_no_second_digit() -> None:
    assert [typed.clock(each) for each in ("9:05", "０９：０５", "09:05:00")] == [time(9, 5)] * 3
    for wrong in ("24:00", "9", "9:5", "09:00+08:00", "9:00 am"):
        with pytest.raises(ValueError):
            typed.clock(wrong)
