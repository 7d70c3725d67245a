"""Whether the next year's holidays are known: ``doctor`` says so in time."""

from datetime import date

import pytest

from floorctl.cli.doctor.checks import holidays
from floorctl.config import Config, Work

GIVEN = Config(work=Work(holidays=(date(2027, 1, 1),)))


@pytest.mark.parametrize(
    ("config", "today", "level", "said"),
    [
        (Config(), date(2025, 12, 31), "ok", "good"),
        (Config(), date(2026, 10, 31), "ok", "next_unknown"),
        (Config(), date(2026, 11, 1), "warn", "next_due"),
        (Config(), date(2026, 12, 31), "warn", "next_due"),
        (Config(), date(2027, 1, 1), "warn", "unknown"),
        (GIVEN, date(2026, 12, 31), "ok", "good"),
        (GIVEN, date(2027, 10, 31), "ok", "next_unknown"),
    ],
)
def test_from_november_on_it_warns_of_a_next_year_that_nobody_knows(
    config: Config, today: date, level: str, said: str
) -> None:
    check = holidays(config, today)
    assert (check.level, check.key) == (level, f"cli.doctor.holidays.{said}")
    assert check.sentence()
