"""Standard input, output and error that are absent, closed, full, not for this, or whose other end is gone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forking
from tests.cli.shell import Shell

#: What a shell does to a stream, and what becomes of a command whose answer goes there.
CLOSED, FULL, NOT_FOR_WRITING = "{n}>&-", "{n}>/dev/full", "{n}</dev/null"
_MAIN = [sys.executable, "-m", "floorctl"]
_DONE, _UNWRITTEN, _USAGE = 0, 1, 2
_SAID = "could not be written to standard output"


def _in_a_shell(
    shell: Shell, redirections: str, *arguments: str, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh", *_MAIN, *arguments],
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=shell.environment(),
        cwd=shell.folder,
        timeout=60,
        check=False,
        start_new_session=True,
    )


@pytest.mark.parametrize(
    ("redirections", "arguments", "code"),
    [
        # Where nobody wants the answer there is none, and the code says how it ended.
        (">&-", ["status"], _DONE),
        (">&-", ["nonsense"], _USAGE),
        ("<&- >&- 2>&-", ["status", "--json"], _DONE),
        ("<&- >&- 2>&-", [], _USAGE),
        ("2>&-", ["seats"], _DONE),
        ("2>&-", ["nonsense"], _USAGE),
        ("2>/dev/full", ["nonsense"], _USAGE),
        ("2</dev/null", ["status"], _DONE),
        # An answer that was asked for and could not be given is an error.
        (">/dev/full", ["status"], _UNWRITTEN),
        (">/dev/full", ["--help"], _UNWRITTEN),
        (">/dev/full", ["config", "show", "--json"], _UNWRITTEN),
        (">/dev/full", ["nonsense"], _USAGE),
        (">/dev/full 2>/dev/full", ["doctor", "--json"], _UNWRITTEN),
        ("1</dev/null", ["queues", "--json"], _UNWRITTEN),
        # What is read from there is empty, or can't be read.
        ("<&-", ["login", "--employee-no", "1001", "--password-stdin"], _USAGE),
        ("0>/dev/null", ["login", "--employee-no", "1001", "--password-stdin"], _USAGE),
        ("<&-", ["login"], _USAGE),
    ],
)  # fmt: skip
def test_a_command_ends_as_it_should_whatever_its_streams_are(
    shell: Shell, redirections: str, arguments: list[str], code: int
) -> None:
    ended = _in_a_shell(shell, redirections, *arguments)
    assert (ended.returncode, "Traceback" in ended.stderr, "Exception" in ended.stderr) == (code, False, False), (
        ended.stderr
    )
    assert "unforeseen" not in ended.stderr
    if code == _UNWRITTEN and "2>" not in redirections:
        assert ended.stderr.count(_SAID) == 1
    if "2>" in redirections or "2<" in redirections:
        assert ended.stderr == ""
    if ">&-" in redirections.split() or "/dev/full" in redirections.split("2>", maxsplit=1)[0]:
        assert ended.stdout == ""


def test_no_file_that_is_opened_takes_the_place_of_a_closed_stream(shell: Shell) -> None:
    """A database on descriptor 1 would have the answers of the command written into it."""
    probe = (
        "import json, os, sys\n"
        "from floorctl.process.streams import secure\n"
        "secure()\n"
        "file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "print('an answer', flush=True)\n"
        "print('a word', file=sys.stderr)\n"
        "child = os.spawnv(os.P_WAIT, sys.executable, [sys.executable, '-c', 'import os; os.fstat(0), os.fstat(2)'])\n"
        "os.write(file, json.dumps([file, sys.stdin.read(), child]).encode())\n"
    )
    database = shell.folder / "database"
    argv = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", probe, str(database)]
    ended = subprocess.run(argv, env=shell.environment(), check=False, timeout=60)
    number, read, child = json.loads(database.read_text("utf-8"))
    assert (ended.returncode, number > 2, read, child) == (0, True, "", 0)


@pytest.mark.parametrize("arguments", [["orders", "--json"], ["--help"], ["status"]])
def test_a_reader_that_is_gone_ends_it_without_a_word(synced: Shell, tmp_path: Path, arguments: list[str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    said = tmp_path / "said"
    with said.open("wb") as err, Path(os.devnull).open("rb") as nothing:
        files = [nothing.fileno(), writes, err.fileno()]
        started = forking.start("floorctl", *arguments, env=synced.environment(LC_ALL="C.UTF-8"), files=files)
    os.close(writes)
    assert started.wait(60) == 141
    assert said.read_text("utf-8") == ""


def test_what_was_done_stands_although_nobody_could_be_told(synced: Shell) -> None:
    number = synced.json("orders", "--state", "accepted", "--limit", "1")["items"][0]["number"]
    ended = _in_a_shell(synced, ">/dev/full", "urge", number, "--note", "told nobody")
    assert (ended.returncode, ended.stderr.count(_SAID)) == (1, 1)
    assert "told nobody" in synced("order", number).stdout


def test_a_pipe_that_another_program_made_non_blocking_gets_the_whole_answer(synced: Shell) -> None:
    whole = synced("orders", "--json").stdout
    assert len(whole) > 1 << 16  # more than a pipe takes
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    with Path(os.devnull).open("r+b", buffering=0) as nothing:
        files = [nothing.fileno(), writes, nothing.fileno()]
        started = forking.start("floorctl", "orders", "--json", env=synced.environment(LC_ALL="C.UTF-8"), files=files)
    os.close(writes)
    with os.fdopen(reads, encoding="utf-8") as pipe:
        got = pipe.read()
    assert started.wait(60) == 0
    assert json.loads(got).keys() == json.loads(whole).keys()
    assert len(json.loads(got)["items"]) == len(json.loads(whole)["items"])
