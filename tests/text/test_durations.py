"""One notation of durations: a number's unit can be read off it, wherever it stands."""

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from floorctl.i18n import language, use_language
from floorctl.text.durations import WIDEST, countdown, duration, exact, lasting, mean_time, running


@pytest.fixture(autouse=True)
def language_back() -> Iterator[None]:
    before = language()
    yield
    use_language(before)


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "0秒", "0s"),
        (45.9, "45秒", "45s"),
        (21 * 60, "21分", "21m"),
        (3600, "1时00分", "1h 00m"),
        (20 * 3600 + 44 * 60, "20时44分", "20h 44m"),
        (73 * 3600 + 21 * 60, "3天1时", "3d 1h"),
        (12 * 86_400, "12天0时", "12d 0h"),
        (-30 * 60, "-30分", "-30m"),
        (-0.4, "0秒", "0s"),
    ],
)
def test_a_duration_has_its_units(seconds: float, chinese: str, english: str) -> None:
    use_language("zh-CN")
    assert lasting(seconds) == chinese
    use_language("en")
    assert lasting(seconds) == english


def test_a_mean_is_shown_to_the_second_under_an_hour() -> None:
    use_language("zh-CN")
    assert [exact(45), exact(214), exact(3725), exact(90_000)] == ["45秒", "3分34秒", "1时02分", "1天1时"]


def test_only_what_runs_is_minutes_and_seconds_and_only_under_an_hour() -> None:
    use_language("zh-CN")
    assert [running(9), running(760), running(3599), running(3600)] == ["0:09", "12:40", "59:59", "1时00分"]
    assert [countdown(9), countdown(252), countdown(-252), countdown(7200)] == [
        "0:09分",
        "4:12分",
        "-4:12分",
        "2时00分",
    ]
    use_language("en")
    assert countdown(252) == "4:12 min"


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_no_duration_of_an_hour_or_more_has_a_colon(seconds: float) -> None:
    for words in (lasting(seconds), exact(seconds)):
        assert ":" not in words
    for words in (running(seconds), countdown(seconds)):
        assert (":" in words) == (abs(seconds) < 3600)
        assert not re.search(r":\d\d:", words)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1小时30分", 5400), ("1h30m", 5400), ("1时30分", 5400), ("１小时３０分钟", 5400),
        ("1 个小时", 3600), ("2H", 7200),
        ("90 分钟", 5400), ("1.5小时", 5400), ("1。5小时", 5400), ("3天", 259_200), ("2日", 172_800),
        ("45 秒钟。", None),
        ("45秒，", 45), ("1 hour 30 minutes", 5400), ("20 mins", 1200), ("2hrs", 7200), ("4:12分", 252),
        ("4：12 分", 252), ("4:12 min", 252), ("1:30", None), ("4:72分", None), ("4:12h", None),
        ("分", None), ("1小", None),
        ("", None), ("半", None), ("-5分", None),
    ],
)  # fmt: skip
def test_a_duration_is_read_in_words_and_forms_of_both_languages(text: str, seconds: float | None) -> None:
    if seconds is None:
        with pytest.raises(ValueError):
            duration(text)
    else:
        assert duration(text) == seconds


@given(st.integers(0, 10 * 86_400))
def test_every_duration_that_is_written_here_is_read_again(seconds: int) -> None:
    for speech in ("zh-CN", "en"):
        use_language(speech)
        for write in (lasting, exact, countdown):
            assert abs(duration(write(seconds)) - seconds) < (3600 if seconds > 86_400 else 60)
        assert duration(exact(seconds % 3600)) == duration(countdown(seconds % 3600)) == seconds % 3600


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "—"), (0.0, "0秒"), (2.5, "3秒"), (214.49, "3分34秒"), (3599.5, "1时00分")]
)
def test_a_mean_is_rounded_half_up_to_whole_seconds(seconds: float | None, words: str) -> None:
    assert mean_time(seconds) == words


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("write", [lasting, exact, running, countdown])
@given(st.integers(0, 100 * 86_400 - 1))
def test_no_duration_under_100_days_is_wider_than_the_widest(
    lang: str, write: Callable[[float], str], seconds: int
) -> None:
    use_language(lang)
    assert cell_len(write(seconds)) <= max(cell_len(write(widest)) for widest in WIDEST)
