"""Values as people read and write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
