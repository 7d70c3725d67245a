"""Hostile text as what a person types at a shell: search, filter, note, reason, and the name of a file."""

import json
import subprocess
import sys
from pathlib import Path
from unicodedata import category

import pytest

from tests.cli.shell import Shell
from tests.platforms import Platforms
from tests.scope import FULL

pytestmark = pytest.mark.slow

HOSTILE: list[str] = json.loads((Path(__file__).parents[1] / "data" / "hostile.json").read_text("utf-8"))


def some_of(part: int) -> list[str]:
    """Return all texts; in a short run one third of them, another third for each of the three ways."""
    return HOSTILE if FULL else HOSTILE[part::3]


#: Runs the program on each of the command lines that come in, and says what each printed and ended with.
EACH = """
import contextlib, io, json, sys
from floorctl.cli.run import run
ended = []
for argv in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(argv)
    ended.append([code, out.getvalue(), err.getvalue()])
json.dump(ended, sys.stdout)
"""


@pytest.fixture(scope="module")
def shell(platforms: Platforms, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A terminal that has seen its platform, which is gone now: every act stays in the journal."""
    folder = tmp_path_factory.mktemp("text")
    with platforms() as platform:
        shell = Shell(folder / "a" / "b" / "terminal", platform.url)
        shell.sign_in(platform)
        assert shell("sync", "--once").returncode == 0
    return shell


def each(shell: Shell, lines: list[list[str]]) -> list[tuple[int, str, str]]:
    """Return of each command line its exit code, standard output and standard error."""
    ended = subprocess.run(
        [sys.executable, "-c", EACH],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        timeout=300,
        env=shell.environment(PYTHONIOENCODING="utf-8:surrogatepass"),
        cwd=shell.folder,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return [(code, out, err) for code, out, err in json.loads(ended.stdout)]


def harmless(text: str) -> bool:
    """Whether the text has only visible characters, ends of lines, and joiners of emoji."""
    return not {char for char in text if category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n", "\u200d"}


def test_as_a_note_it_is_kept_to_the_letter_and_shown_as_text(shell: Shell) -> None:
    texts = some_of(0)
    number = shell.json("orders", "--state", "accepted", "--limit", "1")["items"][0]["number"]
    ended = each(shell, [["urge", number, "--level", "1", "--again", "--note", text] for text in texts])
    kept = [item["data"].get("note") for item in shell.json("outbox", "list", "--limit", "5000", "--reveal")["items"]]
    for text, (code, out, err) in zip(texts, ended, strict=True):
        assert code in (2, 3, 4), (text, code, err)
        assert harmless(out + err), (text, out, err)
        assert "Traceback" not in err
        if code == 3:
            assert kept.count(text) == 1, text
    assert sum(code == 3 for code, _, _ in ended) > len(texts) / 2


def test_as_a_search_and_a_filter_it_finds_what_there_is(shell: Shell) -> None:
    texts = some_of(1)
    lines = [["orders", option, text, "--limit", "2"] for text in texts for option in ("--search", "--state", "--line")]
    for line, (code, out, err) in zip(lines, each(shell, lines), strict=True):
        assert code in (0, 2, 6), (line, code, err)
        assert code == 0 or line[1] != "--search", (line, err)
        assert harmless(out + err), (line, out, err)
        assert "Traceback" not in err


def test_as_the_name_of_a_file_it_names_a_file_here_or_is_refused(shell: Shell) -> None:
    """Two folders up there is room for what climbs; nothing may come to be there."""
    texts = [text for text in some_of(2) if len(text) < 2000]
    around = {path for path in shell.folder.parents[1].rglob("*") if shell.folder not in path.parents}
    lines = [line for text in texts for line in (["backup", text], ["--config", text, "status"])]
    for line, (code, out, err) in zip(lines, each(shell, lines), strict=True):
        assert code in (0, 1, 2), (line, code, err)  # /dev/null is a configuration, without a key to its data folder
        assert harmless(out + err), (line, out, err)
        assert "Traceback" not in err
    assert {path for path in shell.folder.parents[1].rglob("*") if shell.folder not in path.parents} == around
