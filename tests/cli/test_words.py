"""Values as people read and write them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from floorctl.cli.help import wrap
from floorctl.cli.words import chosen, span
from floorctl.errors import UsageError


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
