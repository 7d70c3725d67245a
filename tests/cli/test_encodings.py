"""Where the locale is not UTF-8: JSON is UTF-8 all the same, and words that can't be shown are shown as something."""

import json
import os
import pty
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Awkward
from tests.cli.in_process import run_here
from tests.cli.shell import Shell
from tests.cli.test_words_everywhere import ERRORS, LISTS
from tests.scope import one_in

#: Characters that GBK has, one that it lacks, one beyond the basic plane, a picture.
WORDS = "请回电𠮷野家€ 😀"
#: Each with --json: what lists, what does something, what prints one item.
DOCUMENTS = (
    *(each for each in LISTS if "--format" not in each), "outbox --state done", "config show", "config check", "undo 1",
    "audit verify", "message 05 --text 𠮷", "export outbox o.json", "export seats s.csv", "backup b.db",
    "handover note 𠮷",
)  # fmt: skip


@pytest.fixture
def shell(awkward: Awkward, tmp_path: Path) -> Shell:
    shell = Shell(tmp_path / "𠮷", "http://127.0.0.1:9", data=awkward.data)
    shell.config.write_text(shell.config.read_text("utf-8").replace('name = "T"', 'name = "𠮷台"'), "utf-8")
    assert shell("message", "04", "--text", WORDS).returncode == 3
    return shell


def run(shell: Shell, line: str, encoding: str) -> subprocess.CompletedProcess[bytes]:
    env = shell.environment(PYTHONIOENCODING=encoding)
    return run_here(shlex.split(line), env=env, cwd=shell.folder)


@pytest.mark.parametrize("encoding", ["gbk", "ascii", "latin-1"])
def test_every_document_is_utf8_and_escapes_no_character_that_can_be_seen(shell: Shell, encoding: str) -> None:
    seen = ""
    for line in DOCUMENTS:
        ended = run(shell, f"{line} --json", encoding)
        if ended.returncode in (0, 3):
            text = ended.stdout.decode()
            json.loads(text)
            assert "\\U" not in text, line
            seen += text
        ended.stderr.decode(encoding)
    assert "𠮷台" in seen and WORDS in seen
    exported = json.loads((shell.folder / "o.json").read_bytes())
    assert any(WORDS in json.dumps(each, ensure_ascii=False) for each in exported)


def test_words_that_the_encoding_lacks_are_shown_as_their_codes(shell: Shell) -> None:
    shown = run(shell, "config show", "gbk").stdout.decode("gbk")
    assert "<20BB7>台" in shown and "\\U" not in shown
    kept = next(each["id"] for each in shell.json("outbox")["items"] if WORDS in json.dumps(each, ensure_ascii=False))
    assert "请回电<20BB7>野家<20AC>" in run(shell, f"outbox show {kept}", "gbk").stdout.decode("gbk")
    lines = (*LISTS, *ERRORS)
    for encoding, each in (("gbk", lines), ("ascii", lines[1:] + lines[:1])):
        for line in one_in(2, each):
            ended = run(shell, line, encoding)
            said = ended.stdout.decode("utf-8" if "--format md" in line else encoding) + ended.stderr.decode(encoding)
            assert "Traceback" not in said and "\\u" not in said.lower(), line


def test_a_page_of_html_is_what_it_says_that_it_is(shell: Shell) -> None:
    for line in ("handover --format html", "assess --format html"):
        page = run(shell, line, "gbk").stdout.decode("utf-8")
        assert 'charset="utf-8"' in page


@pytest.mark.parametrize("line", ["handover --format md", "assess --format md", "assess --format md --output -"])
def test_a_text_that_is_for_a_file_is_utf8_except_on_a_terminal(shell: Shell, line: str) -> None:
    assert shell("handover", "note", WORDS).returncode == 3
    file = run(shell, line, "gbk").stdout
    assert file == run(shell, line, "utf-8").stdout and len(file.decode()) > 300
    assert "handover" not in line or WORDS.encode() in file
    shown = _on_terminal(shell, [*shlex.split(line)], "gbk").decode("gbk")
    assert "|" in shown and "𠮷" not in shown and ("handover" not in line or "<20BB7>" in shown)


def test_a_name_of_a_file_that_is_no_text_leaves_json_what_it_is(shell: Shell) -> None:
    named = Path(os.fsdecode(os.fsencode(shell.folder) + b"/\xff\xb0.toml"))
    named.write_bytes(shell.config.read_bytes())
    for encoding in ("gbk", "utf-8"):
        env = shell.environment(PYTHONIOENCODING=encoding, FLOORCTL_CONFIG=str(named))
        ended = run_here(["config", "show", "--json"], env=env, cwd=shell.folder)
        assert json.loads(ended.stdout.decode())["path"].endswith("/\ufffd\ufffd.toml")
        said = run_here(["config", "check"], env=env, cwd=shell.folder)
        assert said.returncode == 0 and b"<DCFF>" in said.stdout


LOCALES = {
    "GBK by Python's variable": {"PYTHONIOENCODING": "gbk"},
    "C": {"LC_ALL": "C"},
    "ASCII": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "POSIX, strict": {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii:strict"},
}


@pytest.mark.parametrize("locale", LOCALES)
def test_a_process_of_its_own_prints_the_same_document_in_every_locale(shell: Shell, locale: str) -> None:
    argv = [sys.executable, "-m", "floorctl", "config", "show", "--json"]
    ended = subprocess.run(argv, env=shell.environment(**LOCALES[locale]), capture_output=True, check=True)
    assert json.loads(ended.stdout.decode())["terminal"]["name"] == "𠮷台"
    assert "𠮷台".encode() in ended.stdout


def test_a_terminal_of_another_encoding_gets_a_document_that_is_both(shell: Shell) -> None:
    for line in ("config show", "outbox", "backup b.db"):
        found = _on_terminal(shell, [*line.split(), "--json"], "gbk")
        assert found.isascii()
        (shell.folder / "b.db").unlink(missing_ok=True)
        assert json.loads(found) == json.loads(run(shell, f"{line} --json", "utf-8").stdout)


def _on_terminal(shell: Shell, arguments: list[str], encoding: str) -> bytes:
    """What a command shows on a terminal of its own."""
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-m", "floorctl", *arguments]
    env = shell.environment(PYTHONIOENCODING=encoding)
    with subprocess.Popen(
        argv, env=env, cwd=shell.folder, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        found = b""
        while part := _some(ours):
            found += part
    os.close(ours)
    assert process.returncode == 0
    return found


def _some(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # the other end is closed
        return b""
