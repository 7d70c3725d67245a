"""Only the contract's months that have begun have a score: one before it, or of the future, is none out of 100."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from floorctl.rules.assessment.month import Month
from tests.cli.shell import Shell
from tests.platforms import DAY, PlatformProcess
from tests.text.test_typed import full_width

NOW = Month.of(DAY)


@pytest.fixture(scope="module")
def contract(
    platform: PlatformProcess, data_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[date], Shell]]:
    """A terminal whose contract begins on the day given."""
    shell = Shell(tmp_path_factory.mktemp("contract"), platform.url, data=data_of("supervisor"))
    usual = shell.config.read_text("utf-8")

    def begins(day: date) -> Shell:
        shell.config.write_text(f"{usual}[contract]\nstart = {day}\n", "utf-8")
        return shell

    yield begins


def asked(month: Month | str) -> list[tuple[str, ...]]:
    """Everything that tells a month's score."""
    text = str(month)
    return [
        ("assess", text), ("assess", "show", full_width(text)), ("assess", text, "--json"),
        ("assess", text, "--explain", "callback_rate"), ("assess", text, "--explain", "attrition", "--json"),
        ("assess", text, "--format", "md"),
    ]  # fmt: skip


@pytest.mark.parametrize("ahead", [1, 2, 11, 12 * 70])
def test_a_month_that_has_not_begun_has_no_score(contract: Callable[[date], Shell], ahead: int) -> None:
    shell = contract(NOW.plus(-3).first_day)
    month = NOW.plus(ahead)
    for line in asked(month):
        ended = shell(*line)
        assert (ended.returncode, ended.stdout) == (6, ""), line
        assert str(month) in ended.stderr and "has not begun" in ended.stderr


@pytest.mark.parametrize("before", [1, 2, 12, 12 * 100])
def test_a_month_before_the_contract_has_no_score(contract: Callable[[date], Shell], before: int) -> None:
    start = NOW.plus(-3).first_day.replace(day=17)
    shell = contract(start)
    month = Month.of(start).plus(-before)
    for line in asked(month):
        ended = shell(*line)
        assert (ended.returncode, ended.stdout) == (6, ""), line
        assert f"begins on {start}" in ended.stderr


def test_the_report_of_such_a_month_leaves_no_file(contract: Callable[[date], Shell], tmp_path: Path) -> None:
    shell = contract(NOW.plus(-3).first_day)
    for month in (NOW.plus(1), NOW.plus(-4)):
        file = tmp_path / f"{month}.html"
        assert shell("assess", str(month), "--output", str(file)).returncode == 6
        assert not file.exists()


def test_the_month_in_which_the_contract_begins_and_the_running_one_are_scored(
    contract: Callable[[date], Shell],
) -> None:
    shell = contract(NOW.plus(-2).first_day.replace(day=28))
    for back in (2, 1, 0):
        document = shell.json("assess", str(NOW.plus(-back)))
        assert (document["month"], document["final"]) == (str(NOW.plus(-back)), back > 0)
    assert shell.json("assess")["month"] == str(NOW)
    assert [each["month"] for each in shell.json("assess", "year")["months"]] == [str(NOW.plus(-n)) for n in (2, 1, 0)]


def test_a_year_is_shown_if_any_of_its_months_has_a_score(contract: Callable[[date], Shell]) -> None:
    shell = contract(NOW.plus(-2).first_day)
    usual = shell.json("assess", "year")
    assert shell.json("assess", "year", str(NOW.plus(5))) == usual, "in the same year of the contract"
    for month in (NOW.plus(10), NOW.plus(-3)):
        ended = shell("assess", "year", str(month))
        assert (ended.returncode, ended.stdout) == (6, "")


def test_before_the_contract_nothing_has_a_score_yet(contract: Callable[[date], Shell]) -> None:
    start = NOW.plus(1).first_day
    shell = contract(start)
    for line in (("assess",), ("assess", "--json"), ("assess", "year"), ("assess", str(NOW))):
        ended = shell(*line)
        assert (ended.returncode, ended.stdout) == (6, "")
        assert f"begins on {start}" in ended.stderr
    assert shell.json("status")["assessment"] == {"month": str(NOW), "base": None, "total": None}
    assert f"no score, the contract begins on {start}" in shell("status").stdout
    assert shell.json("handover", "show")["figures"]["score"] == {
        "month": str(NOW), "base": None, "lost": {}, "lost_in_all": "0",
    }  # fmt: skip
    assert "has no score" in shell("handover", "show").stdout


def test_a_handover_of_a_month_to_come_or_before_tells_no_score(contract: Callable[[date], Shell]) -> None:
    shell = contract(NOW.plus(-2).first_day)
    for month in (NOW.plus(1), NOW.plus(-4)):
        view: Any = shell.json("handover", "show", "--shift", "morning", "--day", str(month.first_day.replace(day=9)))
        assert view["figures"]["score"]["base"] is None


def test_a_fact_before_the_contract_or_of_a_month_to_come_is_refused(contract: Callable[[date], Shell]) -> None:
    start = NOW.plus(-2).first_day.replace(day=10)
    shell = contract(start)
    before = shell.json("assess", "facts")["total"]
    for day, why in ((start.replace(day=9), f"begins on {start}"), (NOW.plus(1).first_day, "has not come yet")):
        ended = shell("assess", "record", "training", "--day", str(day))
        assert (ended.returncode, why in ended.stderr) == (4, True), ended.stderr
    assert shell.json("assess", "facts")["total"] == before
    assert shell("assess", "record", "training", "--day", str(start)).returncode == 0
    assert shell.json("assess", "facts", str(NOW.plus(2)))["total"] == 0


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "0000-01", "10000-01", "99999-01", "2026", "13", "1e3", "２０２６－１３"]
)
def test_a_text_that_is_no_month_is_refused(contract: Callable[[date], Shell], text: str) -> None:
    ended = contract(NOW.first_day)("assess", text)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
