"""Values as people read and write them."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from floorctl.cli.documents import rate
from floorctl.cli.help import wrap
from floorctl.cli.words import NOTHING, chosen, percent, span
from floorctl.errors import UsageError


@given(st.fractions(min_value=0, max_value=1))
def test_a_rate_is_rounded_half_up_and_nothing_is_no_rate(value: Fraction) -> None:
    assert abs(Fraction(percent(value).rstrip("%")) - value * 100) <= Fraction(1, 20)
    assert abs(Fraction(rate(value) or "9") - value) <= Fraction(1, 2_000_000)
    assert rate(None) is None
    assert percent(None) == NOTHING


def test_half_is_rounded_up() -> None:
    assert percent(Fraction(8645, 10_000)) == "86.5%"
    assert rate(Fraction(1, 2_000_000)) == "0.000001"


def test_choices_may_be_repeated_joined_and_said_in_chinese() -> None:
    known = ("ready", "talking", "wrap_up")
    assert chosen(["ready,talking", "示闲，话后"], "seat_state", known, "--state") == ("ready", "talking", "wrap_up")
    with pytest.raises(UsageError):
        chosen(["asleep"], "seat_state", known, "--state")


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_a_usage_error(text: str) -> None:
    try:
        assert span(text, "--due-within") >= 0
    except UsageError as error:
        assert error.params["value"] == text


@given(st.text(alphabet="ab 中文，。", max_size=200), st.integers(4, 40))
@example("。 。", 4)
def test_wrapped_lines_fit_and_lose_no_letter(text: str, width: int) -> None:
    lines = wrap(text, width)
    longest_word = max((cell_len(word) for word in text.split()), default=0)
    assert all(cell_len(line) <= max(width, longest_word + 2) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
