"""``inspect``: what an inspector and a supervisor do at a shell, against the real platform."""

import re
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cli.shell import Shell
from tests.platforms import PlatformProcess
from tests.text.test_typed import full_width


@pytest.fixture(scope="module")
def inspector(
    platform: PlatformProcess, data_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Shell:
    return Shell(tmp_path_factory.mktemp("inspector"), platform.url, data=data_of("inspector"))


def open_samples(shell: Shell) -> list[dict[str, Any]]:
    found = shell.json("inspect", "list", "--state", "open")["items"]
    return [each for each in found if each["reason"] != "calibration"]


def test_the_days_samples_are_listed_and_the_next_one_shown(inspector: Shell) -> None:
    listed = inspector.json("inspect")
    assert set(listed) == {"as_of", "live", "total", "items"}
    assert listed["total"] == len(listed["items"]) > 10
    first = inspector.json("inspect", "next")
    assert first["state"] == "open" and first["rubric"]["sections"]
    shown = inspector("inspect", "show", first["id"])
    assert shown.returncode == 0
    assert first["agent_name"] in shown.stdout and "Form:" in shown.stdout
    assert inspector("inspect", "show", "sm-none").returncode == 6
    table = inspector("inspect", "list", "--state", "scored")
    assert table.returncode == 0 and "▼" not in table.stdout.splitlines()[0]


def test_a_sample_is_scored_and_the_total_is_the_platforms(inspector: Shell) -> None:
    sample = open_samples(inspector)[0]["id"]
    rubric = inspector.json("inspect", "show", sample)["rubric"]
    item = rubric["sections"][0]["items"][0]
    refused = inspector("inspect", "score", sample, "--item", f"{item['id']}=1")
    assert refused.returncode == 4 and item["title"] in refused.stderr
    assert inspector("inspect", "score", sample, "--item", f"{item['id']}=999").returncode == 2
    assert inspector("inspect", "score", sample, "--item", "nothing=1").returncode == 2
    done = inspector(
        "inspect", "score", sample, "--full", "--item", f"{item['title']}=3.5", "--comment", f"{item['id']}=没报工号"
    )
    assert done.returncode == 0, done.stderr
    inspector("sync", "--once")
    shown = inspector.json("inspect", "show", sample)
    (score,) = shown["inspections"]
    assert score["total"] == "99.50" and shown["state"] == "scored"
    again = inspector("inspect", "score", sample, "--full")
    assert again.returncode == 4


def test_a_skipped_sample_leaves_the_plan_with_its_reason(inspector: Shell) -> None:
    sample = open_samples(inspector)[1]["id"]
    assert inspector("inspect", "skip", sample).returncode == 2
    assert inspector("inspect", "skip", sample, "--reason", "录音损坏").returncode == 0
    inspector("sync", "--once")
    assert inspector.json("inspect", "show", sample)["state"] == "skipped"


def test_an_appeal_is_decided_by_a_supervisor(inspector: Shell, synced: Shell) -> None:
    synced("sync", "--once")
    score = next(each for each in synced.json("inspect", "scores")["items"] if each["appeal_open"])
    assert inspector("inspect", "appeal", score["id"], "--reason", "x").returncode == 5
    assert synced("inspect", "appeal", score["id"], "--reason", "已告知办理时限").returncode == 0
    synced("sync", "--once")
    assert synced("inspect", "decide", score["id"], "upheld", "--item", "a=1").returncode == 2
    assert synced("inspect", "decide", score["id"], "upheld").returncode == 0
    synced("sync", "--once")
    found = synced.json("inspect", "scores", "--state", "upheld", "--agent", score["agent_id"])["items"]
    assert score["id"] in [each["id"] for each in found]


def test_status_counts_what_is_planned_and_scored(inspector: Shell) -> None:
    counted = inspector.json("status")["quality"]
    progress = inspector.json("inspect", "progress")
    assert counted == {"planned": progress["planned"], "scored": progress["scored"]}
    assert progress["live"] is False, "no cockpit syncs here"
    assert 0 < counted["scored"] < counted["planned"]
    calibrations = [each for each in inspector.json("inspect")["items"] if each["reason"] == "calibration"]
    assert all(each["asked"] for each in calibrations), "every inspector of the day scores them"
    by_inspector = sum(each["planned"] for each in progress["by_inspector"])
    assert by_inspector == counted["planned"] + len(calibrations) * (len(progress["by_inspector"]) - 1)
    assert "samples scored" in inspector("status").stdout
    assert inspector("inspect", "progress").returncode == 0


def test_results_of_every_kind_and_a_calibration(synced: Shell) -> None:
    for by in ("agent", "team", "line", "item", "month"):
        found = synced.json("inspect", "results", "--by", by)
        assert found["by"] == by and found["items"], by
        assert synced("inspect", "results", "--by", by).returncode == 0
    assert synced("inspect", "results", "--month", "2026-13").returncode == 2
    assert synced.json("inspect", "calibration")["items"]
    assert synced("inspect", "calibration").returncode == 0


def test_what_has_nothing_to_show_says_so(synced: Shell, another: Callable[[str], Shell]) -> None:
    for listed in ("results", "calibration"):
        ended = synced("inspect", listed, "--month", "2020-01")
        assert (ended.returncode, ended.stdout) == (0, "")
        assert "No matches" in ended.stderr
    assert synced.json("inspect", "results", "--month", "2020-01")["overall"] is None
    after = synced("inspect", "next")
    assert after.returncode == 6, "samples are drawn for inspectors"
    names = {each["name"] for each in synced.json("inspect", "progress")["by_inspector"]}
    assert any(name in after.stderr for name in names)
    assert "Nothing was done" in another("shift_lead")("undo").stderr


def test_a_viewer_sees_nobodys_scores(another: Callable[[str], Shell]) -> None:
    viewer = another("viewer")
    for arguments in (["list"], ["scores"], ["results"], ["progress"], ["plan"]):
        assert viewer("inspect", *arguments).returncode == 5


def test_two_scores_of_one_sample_are_shown_beside_each_other_and_decided_on(
    platform: PlatformProcess, synced: Shell, another: Callable[[str], Shell]
) -> None:
    second = another("inspector")
    sample = open_samples(second)[-1]["id"]
    synced("sync", "--once")
    assert synced("inspect", "score", sample, "--full").returncode == 0
    late = second("inspect", "score", sample, "--full", "--item", "开头语=2", "--comment", "开头语=没报工号")
    assert late.returncode == 4
    second("sync", "--once")
    (contest,) = second.json("inspect", "contested")["items"]
    assert (contest["first"]["total"], contest["second"]["total"], contest["takeable"]) == ("100.00", "98.00", True)
    shown = second("inspect", "contested")
    assert shown.returncode == 0 and "98.00" in shown.stdout
    resolve = ("inspect", "resolve", contest["command_id"])
    assert second(*resolve, "first", "--reason", "x").returncode == 5
    second.sign_in(platform, "supervisor")
    assert second(*resolve, "second", "--reason", "x").returncode == 4  # who gave the first does not decide on it
    assert second(*resolve, "neither", "--reason", "x").returncode == 2
    assert second(*resolve, "first", "--reason", "先评为准").returncode == 0
    assert second.json("inspect", "contested")["items"] == []
    assert second(*resolve, "first", "--reason", "x").returncode == 6


# -- files


def csv_of(shell: Shell, samples: list[dict[str, Any]], **changed: dict[str, str]) -> str:
    """A file that gives every sample full marks, but for what is ``changed``: sample → column → cell."""
    rubric = shell.json("inspect", "show", samples[0]["id"])["rubric"]
    items = [item for section in rubric["sections"] for item in section["items"]]
    head = ["sample", *(item["title"] for item in items), f"comment:{items[0]['id']}", "fatal"]
    lines = [",".join(head)]
    for sample in samples:
        row = {item["title"]: f"{item['points']:g}" for item in items} | changed.get(sample["id"], {})
        lines.append(",".join([sample["id"], *(row.get(name, "") for name in head[1:])]))
    return "\n".join(lines) + "\n"


def test_a_file_with_wrong_rows_takes_in_nothing_and_names_each(inspector: Shell) -> None:
    samples = open_samples(inspector)[:3]
    file = inspector.folder / "wrong.csv"
    text = csv_of(inspector, samples, **{samples[1]["id"]: {"开头语": "9"}, samples[2]["id"]: {"结束语": "满分"}})
    file.write_text(text + "sm-none" + text.splitlines()[1][len(samples[0]["id"]) :] + "\n", "gb18030")
    ended = inspector("inspect", "import", str(file))
    assert ended.returncode == 2
    assert [line.split(":")[0] for line in ended.stderr.splitlines()[:3]] == ["Line 3", "Line 4", "Line 5"]
    assert 'The points of "开头语" go from 0 to 4.' in ended.stderr and "the rest (1)" in ended.stderr
    assert [each["id"] for each in open_samples(inspector)[:3]] == [each["id"] for each in samples]
    ended = inspector("inspect", "import", str(file), "--valid-only")
    assert ended.returncode == 0, ended.stderr
    inspector("sync", "--once")
    assert inspector.json("inspect", "show", samples[0]["id"])["state"] == "scored"


@pytest.mark.parametrize("count", [1, 2])
def test_where_every_row_is_wrong_none_is_offered(inspector: Shell, count: int) -> None:
    samples = open_samples(inspector)[:count]
    file = inspector.folder / f"wrong-{count}.csv"
    file.write_text(csv_of(inspector, samples, **{each["id"]: {"开头语": "0.3"} for each in samples}), "utf-8")
    ended = inspector("inspect", "import", str(file))
    assert ended.returncode == 2
    assert 'The points of "开头语" go in steps of 0.5, up to 4.' in ended.stderr
    assert ("The only line is wrong" if count == 1 else "All 2 lines are wrong") in ended.stderr
    assert "--valid-only" not in ended.stderr


def test_importing_the_same_file_again_changes_nothing_also_at_another_terminal(
    inspector: Shell, another: Callable[[str], Shell]
) -> None:
    elsewhere = another("inspector")
    samples = open_samples(inspector)[:2]
    file, meant = inspector.folder / "day.csv", inspector.folder / "full-width.csv"
    file.write_text(csv_of(inspector, samples), "utf-8-sig")
    first = inspector("inspect", "import", str(file))
    assert first.returncode == 0, first.stderr
    # The other terminal has not heard of it, and sends the same commands.
    second = elsewhere("inspect", "import", str(file))
    assert second.returncode == 0, second.stderr
    for shell in (inspector, elsewhere):
        shell("sync", "--once")
        again = shell("inspect", "import", str(file))
        assert again.returncode == 0 and "2 sent already" in again.stderr
        meant.write_text(full_width(file.read_text("utf-8-sig")).translate({0xFF0C: ",  "}), "utf-8")
        again = shell("inspect", "import", str(meant))
        assert again.returncode == 0 and "2 sent already" in again.stderr, "numbers and names in full width"
        for sample in samples:
            (score,) = shell.json("inspect", "show", sample["id"])["inspections"]
            assert (score["version"], score["total"]) == (1, "100.00")


def test_a_workbook_is_taken_in_and_what_is_no_score_in_it_is_said(inspector: Shell) -> None:
    from openpyxl import Workbook

    samples = open_samples(inspector)[:2]
    head, *rows = (line.split(",") for line in csv_of(inspector, samples).splitlines())
    book = Workbook()
    sheet = book.worksheets[0]
    broken = [["2026-03 scores"], [], ["", *head, ""], *(["", *row[:1], *map(float, row[1:-2])] for row in rows)]
    for row in [*broken, [], ["", "checked by the team"]]:
        sheet.append(row)
    sheet.cell(5, 3).value = "four"
    file = inspector.folder / "scores.csv"  # whatever its name says
    book.save(file)
    ended = inspector("inspect", "import", str(file), "-q")
    assert ended.returncode == 2
    said = ended.stderr.splitlines()
    assert said[0] == 'Line 7 is no score and was not taken in: "checked by the team"'
    assert said[1].startswith("Line 5: column C: ") and len(said) == 3
    sheet.cell(5, 3).value = float(rows[1][1])
    book.save(file)
    ended = inspector("inspect", "import", str(file))
    assert ended.returncode == 0, ended.stderr
    assert "2 rows to send" in ended.stderr and 'Line 1 is no score and was not taken in: "2026-03' in ended.stderr
    inspector("sync", "--once")
    for sample in samples:
        assert inspector.json("inspect", "show", sample["id"])["state"] == "scored"


def test_a_header_that_makes_no_sense_is_said(inspector: Shell) -> None:
    file = inspector.folder / "header.csv"
    for text in ("", "sample,colour\n", "sample\n", 'sample,"a\n'):
        file.write_text(text, "utf-8")
        assert inspector("inspect", "import", str(file)).returncode == 2
    file.write_bytes(b"\xff\xfe\x00\x81")
    assert inspector("inspect", "import", str(file)).returncode == 2
    assert inspector("inspect", "import", str(inspector.folder / "none.csv")).returncode == 2


def test_the_workbook_has_its_sheets_formats_and_charts_and_no_formula(synced: Shell) -> None:
    file = synced.folder / "quality.xlsx"
    assert synced("inspect", "export", str(file)).returncode == 0
    assert synced("inspect", "export", str(file)).returncode == 2
    with zipfile.ZipFile(file) as book:
        names = book.namelist()
        assert sum(name.startswith("xl/worksheets/sheet") for name in names) == 7
        assert sum(name.startswith("xl/charts/chart") for name in names) == 5
        texts = [each.text or "" for each in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).iter()]
        lost = {sum(map(float, re.findall(r"(?m)^\S.* -([\d.]+)(?: |$)", text))) for text in texts}
        scores = synced.json("inspect", "scores", "--limit", "0")["items"]
        for score in (each for each in scores if each["submitted_at"][:7] == scores[0]["submitted_at"][:7]):
            if None not in (points := [each["points"] for each in score["scores"]]):
                assert 100 - sum(points) in lost, score["id"]
        for name in names:
            if name.startswith("xl/worksheets/sheet"):
                sheet = ElementTree.fromstring(book.read(name))
                assert not [cell for cell in sheet.iter() if cell.tag.endswith("}f")]


# -- the draw


def test_what_is_shown_or_exported_unmasked_is_noted_first(synced: Shell) -> None:
    sample = synced.json("inspect")["items"][0]["id"]
    for shown in (["show", sample], ["calibration"], ["contested"]):
        before = synced.json("audit")["total"]
        assert synced("inspect", *shown, "--reveal").returncode == 0
        noted = synced.json("audit")
        assert (noted["total"], noted["items"][0]["what"]) == (before + 1, "reveal"), shown
    assert synced.json("audit")["items"][2]["subject"] == {"kind": "sample", "id": sample}
    file = str(synced.folder / "unmasked.xlsx")
    assert synced("inspect", "export", file, "--reveal").returncode == 2
    assert synced("inspect", "export", file, "--reveal", "--reason", "复查").returncode == 0
    newest = synced.json("audit")["items"][0]
    assert (newest["what"], newest["detail"]["revealed"], newest["detail"]["reason"]) == ("export", True, "复查")


def test_the_same_seed_draws_the_same_plan(synced: Shell) -> None:
    first, second = (synced.json("inspect", "plan", "--seed", "7") for _ in range(2))
    assert first == second and first["items"]
    # On a day with little to draw from, two seeds may draw the same.
    assert any(synced.json("inspect", "plan", "--seed", str(seed))["items"] != first["items"] for seed in range(8, 28))
    assert synced("inspect", "plan", "--day", date(2026, 1, 1).isoformat()).returncode == 0
