"""A time of another day is told with its date, everywhere in the same words."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import floorctl
from floorctl.cli.words import moment
from floorctl.text.times import between, when

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
#: Where a time of day without a date is the time that it is now, or made together with a date.
NOW_ITSELF = {
    "text/times.py", "cli/sync.py", "cli/status.py", "cli/coaching.py", "screens/shell/top_bar.py",
    "screens/demonstration/demonstration.py",
}  # fmt: skip


def test_the_time_of_day_has_a_date_where_it_is_another_days() -> None:
    assert when(NOW, NOW) == "10:00"
    assert when(NOW - timedelta(hours=11), NOW) == "11-23 23:00"
    assert when(NOW + timedelta(days=1), NOW) == "11-25 10:00"
    assert when(NOW, NOW, seconds=True) == "10:00:00"
    assert when(NOW.astimezone(ZoneInfo("UTC")), NOW) == "10:00", "in the floor's zone"


def test_a_command_prints_the_year_of_another_year_the_cockpit_does_not() -> None:
    last_year = NOW - timedelta(days=365)
    assert when(last_year, NOW) == "11-24 10:00"
    assert moment(last_year, NOW) == "2025-11-24 10:00"
    assert moment(NOW - timedelta(days=1), NOW) == "11-23 10:00"
    assert moment(None, NOW) == "—"


def test_a_time_at_the_limits_of_the_calendar_is_printed() -> None:
    assert moment(datetime.max.replace(tzinfo=ZoneInfo("UTC")), NOW) == "9999-12-31 23:59"


def test_a_span_has_the_date_of_its_start_and_of_an_end_that_is_a_day_away() -> None:
    assert between(NOW, NOW + timedelta(minutes=15), NOW) == "10:00–10:15"
    assert between(NOW + timedelta(hours=6), NOW + timedelta(hours=14), NOW) == "16:00–00:00"
    assert between(NOW - timedelta(days=1), NOW - timedelta(hours=16), NOW) == "11-23 10:00–18:00"
    assert between(NOW, NOW + timedelta(days=2), NOW) == "10:00–11-26 10:00"


def test_no_other_place_prints_a_time_of_day_by_itself() -> None:
    root = Path(floorctl.__file__).parent
    bare = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if "%H:%M" in line and "%d" not in line
    }
    assert bare == NOW_ITSELF
