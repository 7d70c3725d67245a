"""``missed``: whom to call back, in the order in which to, and the outcome, kept while the platform is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.build import HOUR, Entities
from tests.cli.shell import Shell
from tests.stage import Stage
from tests.sync.storage import NOW

_made = Entities(NOW)


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    stage = Stage(tmp_path / "stage")
    for id_, hours, caller in (("m-1", 1.5, "13812345678"), ("m-2", 1, "+8613812345678"), ("m-3", 0.5, "13900000000")):
        stage.put(("missed_call", id_), _made.missed_call(at=NOW - hours * HOUR, caller=caller))
    stage.put(("missed_call", "m-4"), _made.missed_call(caller="13700000000", line="12333", state="reached", tries=1))
    stage.feed()
    stage.floor.close()
    yield Shell(tmp_path / "shell", data=stage.folder)


def test_it_lists_callers_masked_oldest_first_as_a_table_and_as_json(shell: Shell) -> None:
    document = shell.json("missed")
    assert [(item["id"], item["calls"]) for item in document["items"]] == [("m-1", ["m-1", "m-2"]), ("m-3", ["m-3"])]
    first = document["items"][0]
    assert (first["caller"], first["state"], first["lamp"]) == ("138****5678", "open", "due_soon")
    assert first["due_at"].startswith("2026-11-24T10:30")
    assert document["total"] == 2
    table = shell("missed").stdout
    assert "138****5678" in table
    assert "0/3" in table
    assert "13812345678" in shell("missed", "--reveal").stdout
    settled = shell.json("missed", "list", "--settled", "--line", "12333")["items"]
    assert [(item["id"], item["state"], item["lamp"]) for item in settled] == [("m-4", "reached", None)]


def test_an_outcome_is_kept_for_all_calls_of_the_caller_while_the_platform_is_away(shell: Shell) -> None:
    number = next(line.split()[0] for line in shell("missed").stdout.splitlines() if "138****5678" in line)
    ended = shell("missed", "done", number, "--outcome", "no-answer", "--note", "busy")
    assert ended.returncode == 3
    assert ended.stdout.count("\n") == 2
    items = shell.json("missed")["items"]
    assert [(item["id"], item["tries"], len(item["pending"])) for item in items] == [("m-3", 0, 0), ("m-1", 1, 2)]
    assert shell.json("status")["missed_calls"] == {"waiting": 2, "late": 0}
    assert "to call back 2" in shell("status").stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nothing", "--outcome", "reached"), 6),
        (("m-4", "--outcome", "reached"), 4),
        (("m-1", "--outcome", "busy"), 2),
        (("m-1",), 2),
    ],
)
def test_what_can_not_be_noted_says_why(shell: Shell, arguments: tuple[str, ...], code: int) -> None:
    ended = shell("missed", "done", *arguments)
    assert ended.returncode == code
    assert ended.stderr


def test_a_platform_that_has_none_is_said(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "stage")
    stage.floor.close()
    ended = Shell(tmp_path / "shell", data=stage.folder)("missed")
    assert ended.returncode == 0
    assert "contract 1.1" in ended.stderr
