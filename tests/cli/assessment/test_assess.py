"""``floorctl assess`` as people and scripts use it: facts with and without the platform, the report in each form."""

import re
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from floorctl.rules.assessment.scoring import POINTS
from tests.cli.in_process import run_there
from tests.cli.shell import Shell
from tests.platforms import DAY, PlatformProcess

#: What a workbook would run, a page would show as its own, and nobody may read.
NASTY = '=HYPERLINK("http://x","<b>|13812345678|</b>")'


def workbook(file: Any) -> Any:
    from openpyxl import load_workbook  # takes longer to import than most tests to run

    return load_workbook(file)


@pytest.fixture(scope="module")
def cut_off(data_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal that has synced and whose platform is out of reach since."""
    return Shell(tmp_path_factory.mktemp("cut-off"), "http://127.0.0.1:9", data=data_of("supervisor"))


def score_of(document: dict[str, Any], item: str) -> Fraction:
    return Fraction(next(each["score"] for each in document["items"] if each["id"] == item))


def test_the_documented_shape_of_a_month(synced: Shell) -> None:
    document = synced.json("assess")
    assert document.keys() == {"month", "final", "base", "bonus", "total", "termination_right", "items", "year"}
    assert [item["id"] for item in document["items"]] == list(POINTS)
    for item in document["items"]:
        assert item.keys() == {"id", "points", "score", "lost", "counts", "no_data", "next_loss", "next_gain"}
    assert document["year"].keys() == {"months", "score", "payment_lost_percent", "payment_lost"}
    assert sum(Fraction(item["score"]) for item in document["items"]) == Fraction(document["base"])
    assert Fraction(document["base"]) + Fraction(document["bonus"]) == Fraction(document["total"])
    decimals = [document["base"], document["total"], *(item["lost"] for item in document["items"])]
    assert all(re.fullmatch(r"\d+(\.\d*[1-9])?", each) for each in decimals)


def test_a_fact_recorded_out_of_reach_is_kept_counts_at_once_and_can_be_taken_back(cut_off: Shell) -> None:
    before = cut_off.json("assess")
    recorded = cut_off.json("assess", "record", "data_leak", "--matter", "M-1", "--evidence", "通报3号", code=3)
    (command,) = recorded["items"]
    after = cut_off.json("assess")
    assert score_of(after, "major_incidents") == score_of(before, "major_incidents") - 5
    fact_id = command["target"]["id"]
    (found,) = [each for each in cut_off.json("assess", "facts")["items"] if each["id"] == fact_id]
    assert (found["kind"], found["matter"], found["evidence"], found["recorded_here"]) == (
        "data_leak", "M-1", "通报3号", True,
    )  # fmt: skip
    assert found["pending"] == [command["id"]]
    explained = cut_off.json("assess", "--explain", "major_incidents")
    assert fact_id in [each["id"] for each in explained["items"]]
    assert cut_off("assess", "remove", fact_id, "--reason", "重复登记").returncode == 3
    assert cut_off.json("assess")["base"] == before["base"]


def test_two_leaks_show_that_the_contract_can_be_ended(cut_off: Shell) -> None:
    facts = [cut_off.json("assess", "record", "data_leak", code=3)["items"][0]["target"]["id"] for _ in range(2)]
    assert cut_off.json("assess")["termination_right"] is True
    assert "may end the contract" in cut_off("assess").stdout
    assert "may end the contract" in cut_off("status").stdout
    for each in facts:
        assert cut_off("assess", "remove", each, "--reason", "x").returncode == 3
    assert cut_off.json("assess")["termination_right"] is False


def test_a_fact_reaches_the_platform(synced: Shell, platform: PlatformProcess) -> None:
    recorded = synced.json("assess", "record", "onboarding_exam", "--sat", "8", "--passed", "7", "--title", "三期")
    fact_id = recorded["items"][0]["target"]["id"]
    held, _ = platform.snapshot("fact")
    assert held["fact", fact_id]["data"] == {
        "kind": "onboarding_exam", "day": DAY.isoformat(), "sat": 8, "passed": 7, "title": "三期",
    }  # fmt: skip
    assert synced("sync", "--once").returncode == 0
    assert synced("assess", "remove", fact_id, "--reason", "误登").returncode == 0
    assert ("fact", fact_id) not in platform.snapshot("fact")[0]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("assess", "2026-13"), 2, "2026-13"),
        (("assess", "nonsense"), 2, "nonsense"),
        (("assess", "--explain", "happiness"), 2, "First-review errors"),
        (("assess", "--format", "pdf"), 2, "xlsx"),
        (("assess", "--format", "md", "--explain", "training"), 2, "--explain"),
        (("assess", "--output", "/nowhere/at/all.md"), 1, "/nowhere/at/all.md"),
        (("assess", "record", "party"), 2, "Onboarding exam"),
        (("assess", "record", "onboarding_exam", "--sat", "3"), 4, "Passed: "),
        (("assess", "record", "onboarding_exam", "--sat", "3", "--passed", "4"), 4, "passed"),
        (("assess", "record", "training", "--days", "3"), 4, "Days: "),
        (("assess", "record", "training", "--day", "2999-01-01"), 4, "day"),
        (("assess", "record", "training", "--day", "soon"), 2, "--day"),
        (("assess", "record", "training", "--count", "0"), 2, "--count"),
        (("assess", "record", "service_star", "--person", "nobody"), 6, "nobody"),
        (("assess", "remove", "no-such-fact", "--reason", "x"), 6, "no-such-fact"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    cut_off: Shell, arguments: tuple[str, ...], code: int, says: str
) -> None:
    ended = cut_off(*arguments)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert says in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_only_some_roles_may_record_facts(another: Callable[[str], Shell]) -> None:
    shell = another("inspector")
    assert shell("assess", "record", "training").returncode == 5


def test_the_year_lists_its_months_and_the_running_one_with_its_outlook(synced: Shell) -> None:
    document = synced.json("assess", "year")
    assert [each["month"] for each in document["months"]] == [f"{DAY.year}-{n:02}" for n in range(1, DAY.month + 1)]
    assert [each["final"] for each in document["months"]] == [True] * (DAY.month - 1) + [False]
    ahead = document["forecast"]
    assert Fraction(ahead["low"]) <= Fraction(ahead["expected"]) <= Fraction(ahead["high"])
    assert document["months"][-1]["month"] in synced("assess", "year").stdout


@pytest.fixture(scope="module")
def month(cut_off: Shell) -> str:
    """A month with something in its report that no form may take for its own."""
    day = DAY - timedelta(days=1)
    for kind in ("media_exposure", "training"):
        ended = cut_off("assess", "record", kind, "--day", f"{day:%Y-%m-%d}", "--title", NASTY, "--evidence", NASTY)
        assert ended.returncode == 3, ended.stderr
    return f"{day:%Y-%m}"


def test_what_cost_points_is_masked_as_text_and_as_json(cut_off: Shell, month: str) -> None:
    explained = ("assess", month, "--explain", "major_incidents")
    assert NASTY[:9] in cut_off(*explained).stdout
    for general in ((), ("--json",)):
        assert "13812345678" not in cut_off(*explained, *general).stdout


class TestReport:
    def test_every_figure_stands_in_it_with_its_source(self, cut_off: Shell, month: str) -> None:
        report = cut_off("assess", month, "--format", "md").stdout
        score = cut_off.json("assess", month)
        assert f"**{score['base']}**" in report
        assert report.count("Platform's orders") == 5
        assert report.count("Platform's people") == 2
        assert report.count("Facts entered:") == 7
        assert "Prepared by: ____" in report
        late = cut_off.json("assess", month, "--explain", "dispatch_timeliness")["items"]
        assert all(order["number"] in report for order in late)

    @pytest.mark.parametrize("form", ["md", "html", "xlsx"])
    def test_nobody_can_be_recognised_in_it(self, cut_off: Shell, month: str, form: str, tmp_path: Path) -> None:
        file = tmp_path / f"report.{form}"
        assert cut_off("assess", month, "--output", str(file)).returncode == 0
        said = _text_of(file)
        assert "13812345678" not in said
        assert "138****5678" in said.replace("\\", "")
        people = cut_off.json("assess", month, "--explain", "education")["items"]
        assert people
        assert not any(each["name"] in said for each in people)

    def test_what_looks_like_a_formula_is_text_in_the_workbook(
        self, cut_off: Shell, month: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "report.xlsx"
        assert cut_off("assess", month, "--format", "xlsx", "--output", str(file)).returncode == 0
        cells = [cell for sheet in workbook(file) for row in sheet.iter_rows() for cell in row]
        assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
        assert {cell.data_type for cell in cells} <= {"s", "n"}
        assert not any(cell.hyperlink for cell in cells)

    def test_the_workbook_goes_down_a_pipe_whole(self, cut_off: Shell, month: str) -> None:
        line = ("assess", month, "--format", "xlsx")
        ended = run_there(line, env=cut_off.environment(), cwd=cut_off.folder)
        assert ended.returncode == 0, ended.stderr
        book = workbook(BytesIO(ended.stdout))
        scores = [row[2].value for row in book.worksheets[1].iter_rows(min_row=2)]
        assert sum(Fraction(str(each)) for each in scores) == Fraction(cut_off.json("assess", month)["base"])

    def test_a_page_shows_what_people_wrote_as_text(self, cut_off: Shell, month: str) -> None:
        page = cut_off("assess", month, "--format", "html").stdout
        assert "&lt;b&gt;" in page
        assert "<b>" not in page
        assert page.startswith("<!doctype html>")
        assert re.search(r"https?://(?!x)", page) is None, "it needs nothing else"

    def test_markdown_shows_what_people_wrote_as_text(self, cut_off: Shell, month: str) -> None:
        report = cut_off("assess", month, "--format", "md").stdout
        for line in report.splitlines():
            if line.startswith("|") and "HYPERLINK" in line:
                assert r"\<b\>\|" in line


def _text_of(file: Path) -> str:
    if file.suffix != ".xlsx":
        return file.read_text("utf-8")
    cells = [cell.value for sheet in workbook(file) for row in sheet.iter_rows() for cell in row]
    return "\n".join(str(each) for each in cells)
