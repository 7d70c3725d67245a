"""When the platform wants to be asked again: by its own clock, whatever this machine's says, and within the hour."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.sync.platform.client import Client
from floorctl.sync.platform.errors import TryLater
from floorctl.sync.platform.retry import LONGEST_RETRY_AFTER, retry_after
from tests.sync import hostile_platform as hostile
from tests.sync.hostile_platform import HostilePlatform

#: The forms in which HTTP may write a date.
FORMS: dict[str, Callable[[datetime], str]] = {
    "usual": lambda at: format_datetime(at, usegmt=True),
    "RFC 850": lambda at: at.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
    "asctime": lambda at: at.strftime("%a %b %e %H:%M:%S %Y"),
    "with a zone": lambda at: format_datetime(at.astimezone(UTC)),
}
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0), (" 7 ", 7.0), ("0.5", 0.5), ("3.5", 3.5), ("+7", 7.0), ("-3", 0.0), ("0", 0.0), ("007", 7.0),
        ("99999999", 3600.0), ("1e999", 3600.0), ("1e400", 3600.0), ("5, 7", 7.0), ("7,5", 7.0),
        # None of these says when.
        (None, None), ("", None), ("  ", None), ("soon", None), ("nan", None), ("inf", None), ("-inf", None),
        ("７", None),
        ("1_0", None), ("0x10", None), ("7 seconds", None), ("7;8", None), ("Someday, 99 Nov 2026 08:49:37 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None), ("Sun, 06 Nov 9999 08:49:37 GMT", None),
        ("Sun, 06 Nov", None), ("2026-03-02T08:00:00Z", None), ("\x00", None), (",", None), ("5, soon", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_seconds_and_dates(text: str | None, seconds: float | None) -> None:
    assert retry_after(text) == seconds


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("date_form", FORMS)
@pytest.mark.parametrize("days", [0, 1, -1, 3650, -3650])
def test_a_date_is_read_by_the_clock_of_who_wrote_it(form: str, date_form: str, days: int) -> None:
    # Whatever this machine's clock says: the platform's is any number of days from it.
    platform = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    asked = FORMS[form](platform + timedelta(seconds=30))
    assert retry_after(asked, FORMS[date_form](platform)) == 30


def test_without_a_date_the_platforms_clock_is_the_one_that_it_told_before() -> None:
    asked = format_datetime(datetime.now(UTC) + timedelta(days=1, seconds=100), usegmt=True)
    wait = retry_after(asked, None, timedelta(days=1))
    assert wait is not None
    assert 90 < wait <= 100


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_a_date_by_an_unknown_clock_is_ignored_where_it_is_days_off(days: int) -> None:
    def asked(seconds: float) -> str:
        return format_datetime(datetime.now(UTC) + timedelta(days=days, seconds=seconds), usegmt=True)

    assert retry_after(asked(0), "yesterday", None) is None
    assert retry_after(f"5, {asked(0)}", None, None) is None
    near = retry_after(asked(300), None, timedelta(days=days))
    assert near is not None
    assert 290 < near <= 300


def test_a_date_that_has_passed_waits_no_time_and_one_of_next_year_an_hour() -> None:
    date = format_datetime(NOW, usegmt=True)
    assert retry_after(format_datetime(NOW - timedelta(days=400), usegmt=True), date) == 0
    assert retry_after(format_datetime(NOW + timedelta(days=400), usegmt=True), date) == LONGEST_RETRY_AFTER
    both = (
        f"{format_datetime(NOW + timedelta(seconds=5), usegmt=True)}, {FORMS['asctime'](NOW + timedelta(seconds=9))}, 7"
    )
    assert retry_after(both, date) == 9


@given(st.one_of(st.text(), st.from_regex(r"[0-9eE.,+\- ]{1,12}", fullmatch=True)), st.one_of(st.none(), st.text()))
def test_whatever_it_says_nobody_waits_for_more_than_an_hour(text: str, date: str | None) -> None:
    wait = retry_after(text, date)
    assert wait is None or 0 <= wait <= LONGEST_RETRY_AFTER


async def asked_again_after(platform: HostilePlatform, client: Client, headers: dict[str, str]) -> float | None:
    platform.fail("/v1/session", hostile.problem(503, headers=headers))
    with pytest.raises(TryLater) as caught:
        await client.who_am_i()
    platform.heal()
    return caught.value.retry_after


@pytest.mark.parametrize("days", [0, 1, -1])
async def test_the_answers_own_date_is_taken(platform: HostilePlatform, days: int) -> None:
    client = Client(platform.url, token="token-0", timeout=5)
    there = datetime.now(UTC) + timedelta(days=days)
    date, asked = (format_datetime(at, usegmt=True) for at in (there, there + timedelta(seconds=20)))
    assert await asked_again_after(platform, client, {"Date": date, "Retry-After": asked}) == 20
    assert await asked_again_after(platform, client, {"date": date, "retry-after": asked}) == 20
    await client.close()


async def test_of_two_headers_the_longer_wait_holds(platform: HostilePlatform) -> None:
    client = Client(platform.url, token="token-0", timeout=5)
    assert await asked_again_after(platform, client, {"Retry-After": "5\r\nRetry-After: 7"}) == 7
    await client.close()


async def test_an_answer_without_a_date_is_read_by_what_the_platform_told_before(platform: HostilePlatform) -> None:
    client = Client(platform.url, token="token-0", timeout=5)
    ahead = timedelta(days=1)
    page = {"changes": [], "next": "a", "more": False, "server_time": (datetime.now(UTC) + ahead).isoformat()}
    platform.fail("/v1/changes", hostile.answer(200, page), times=1)
    await client.changes(None)
    asked = format_datetime(datetime.now(UTC) + ahead + timedelta(seconds=100), usegmt=True)
    wait = await asked_again_after(platform, client, {"Retry-After": asked})
    await client.close()
    assert wait is not None
    assert 60 < wait <= 100
