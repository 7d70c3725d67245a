"""What the tests of the commands rest on: a command line run in this process is one run in a process of its own.

It says the same to the byte and ends with the same code, whatever was run before it, and leaves nothing behind.
"""

import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from floorctl.cli.app import COMMANDS
from floorctl.cli.run import run
from floorctl.errors import Exit
from floorctl.i18n import language, use_language
from floorctl.process.signals import ENDING
from floorctl.sync.keys.data_key import data_key
from tests import forking
from tests.cli.conftest import Awkward
from tests.cli.in_process import run_here, run_there
from tests.cli.shell import Shell
from tests.sync.storage import NOW, open_cache, page

#: Of every command at least one: what it lists, what it does (kept, since there is no platform), what it refuses.
LINES = (
    "", "--help", "--version", "--json", "nonsense", "orders --help", "inspect --help", "orders --limit many",
    "status", "status --json", "seats", "queues --no-color", "orders --limit 5", "orders --json -q --reveal",
    "order 000000000051", "order 999 --debug", "alerts", "urge 000000000006 --note 请尽快",
    "dispatch 000000000002 d-2", "review 000000000001", "callback 000000000004 reached --satisfaction 4",
    "problem 000000000005 x", "ack a-3", "step a-5 phone_department --note x", "close a-3", "inspect",
    "inspect show 1 --json", "inspect plan --seed 7", "skills 04 12333", "seat-state 06 not_ready", "listen 51",
    "pauses 07", "message 04 05 --text 请注意", "assess", "assess record training --title x", "assess --format md",
    "export orders orders.csv", "export seats seats.xlsx", "handover", "handover --format html", "handover note x",
    "departments", "departments --json", "views", "views show x", "missed", "missed done 1 --outcome reached",
    "orders --stuck", "order 000000000003 redo --reason x", "undo", "undo 1", "outbox", "outbox show 1", "audit --all",
    "audit verify", "doctor", "doctor --json",
    "config show", "config check", "backup copy.db", "restore none.db", "whoami",
    "login --employee-no 1001 --password-stdin", "login", "logout",
    "sync --once", "demo --once --seats 0", "demo", "platform serve --port 99999", "rekey", "wipe",
    "completion fish", "man", "wipe --yes", "--lang fr status", "--config nowhere.toml status",
)  # fmt: skip
#: Those of them that are also started from nothing, without any of what was imported before.
COLD = ("", "orders --help", "status", "orders --json -q --reveal", "urge 000000000006 --note 请尽快", "wipe")
PASSWORD = b"wrong\n"

Ended = subprocess.CompletedProcess[bytes]


@dataclass(frozen=True)
class Case:
    """A command line at one of two terminals: at an awkward floor, or at one that has never seen a platform."""

    line: str
    language: str
    kind: str = "awkward"


#: Each in one language; at a terminal that has never seen a platform, those that don't need one alone would end alike.
CASES = [
    *(Case(line, ("en", "zh-CN")[at % 2]) for at, line in enumerate(LINES)),
    *(Case(line, "zh-CN", "new") for line in (*COLD, "doctor", "audit", "seats", "config show", "urge 1")),
]


class Terminals:
    """Terminals as they were before each command line."""

    def __init__(self, folder: Path, awkward: Path) -> None:
        self._folder, self._awkward = folder, awkward

    def run(self, case: Case, runs: Callable[..., Ended]) -> Ended:
        """Run a case on its terminal as new."""
        folder = self._folder / f"{case.kind}-{case.language}"
        shutil.rmtree(folder, ignore_errors=True)
        data = self._awkward if case.kind == "awkward" else None
        shell = Shell(folder, "http://127.0.0.1:9", language=case.language, data=data)
        if data is not None:
            # It has just heard from the platform, so that no two runs are further apart in its time than they take.
            with closing(open_cache(shell.data, data_key(shell.data, "file"))) as cache:
                cache.apply(page(cursor="now", at=NOW + timedelta(seconds=30)))
        wide = {"awkward": "120", "new": "80"}[case.kind]
        return runs(shlex.split(case.line), stdin=PASSWORD, env=shell.environment(COLUMNS=wide), cwd=folder)


@pytest.fixture(scope="module")
def terminals(tmp_path_factory: pytest.TempPathFactory, awkward: Awkward) -> Terminals:
    return Terminals(tmp_path_factory.mktemp("terminals"), awkward.data)


def forked(arguments: list[str], *, stdin: bytes, env: Mapping[str, str], cwd: Path) -> Ended:
    ended = forking.run("floorctl", *arguments, stdin=stdin.decode(), env=env, cwd=cwd)
    return Ended(arguments, ended.returncode, ended.stdout.encode(), ended.stderr.encode())


def differing(one: Ended, other: Ended) -> list[Any]:
    """Where two runs differ in more than the seconds between them and the ids that are made anew each time."""
    if one.returncode != other.returncode:
        return [one.returncode, other.returncode]
    lines = ([*each.stdout.decode().split("\n"), "STDERR", *each.stderr.decode().split("\n")] for each in (one, other))
    return [pair for pair in zip_longest(*lines) if pair[0] != pair[1] and not _seconds_apart(*pair)]


def _seconds_apart(one: str | None, other: str | None) -> bool:
    """Whether two lines are the same but for numbers of seconds."""
    if one is None or other is None:
        return False
    one, other = (re.sub(r"\b[0-9a-f-]{32,}|(?<=\d)\.\d+", "", each) for each in (one, other))
    numbers = zip(re.findall(r"\d+", one), re.findall(r"\d+", other), strict=False)
    return re.split(r"\d+", one) == re.split(r"\d+", other) and all(abs(int(a) - int(b)) < 20 for a, b in numbers)


def test_every_command_is_among_them() -> None:
    assert set(COMMANDS) - {line.split()[0] for line in LINES if line} == set()


def test_a_command_line_here_says_what_it_says_in_a_process_of_its_own_and_leaves_nothing_behind(
    terminals: Terminals,
) -> None:
    first = {case: terminals.run(case, run_here) for case in CASES}
    assert len({ended.returncode for ended in first.values()}) >= 7
    odd: dict[Case, Any] = {}
    one_of_each = {case.line.partition(" ")[0]: case for case in reversed(CASES)}.values()
    for case in (each for each in CASES if each in one_of_each or each.line in COLD):
        there = terminals.run(case, run_there if case.line in COLD and case.kind == "awkward" else forked)
        if differs := differing(there, first[case]):
            odd[case] = differs
    assert odd == {}
    for case in CASES[::-2]:
        before = everything()
        again = terminals.run(case, run_here)
        now = everything()
        left = {name: (before[name], now[name]) for name in before if before[name] != now[name]}
        if (differs := differing(first[case], again)) or left:
            odd[case] = differs, left
    assert odd == {}


def everything() -> dict[str, Any]:
    """What a process has that a command line could leave changed."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE)
    root = logging.getLogger()
    return {
        "environment": dict(os.environ), "folder": Path.cwd(), "temporary": tempfile.tempdir,
        "streams": [getattr(sys, name) for name in ("stdin", "stdout", "stderr", "__stdout__", "__stderr__")],
        "handlers": [signal.getsignal(number) for number in numbers], "logging": (root.handlers[:], root.level),
        "warnings": (warnings.filters[:], warnings.showwarning), "threads": set(threading.enumerate()),
        "hooks": (sys.excepthook, sys.unraisablehook, threading.excepthook), "language": language(),
        "files": sorted(_open_files()), "modes": (os.umask(0o22), os.umask(0o22)),
    }  # fmt: skip


def _open_files() -> list[tuple[str, str]]:
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            found.append((each.name, str(each.readlink())))
        except OSError:  # the one that lists them
            continue
    return found


def test_options_of_one_command_line_are_not_those_of_the_next(shell: Shell) -> None:
    assert shell("outbox", "--json", "--quiet").stdout.startswith("{")
    plain = shell("outbox")
    assert plain.stdout == ""
    assert plain.stderr != ""


def test_help_is_in_the_language_of_each_command_line(shell: Shell) -> None:
    english, chinese, again = (shell("orders", "--help", "--lang", each).stdout for each in ("en", "zh-CN", "en"))
    assert "Only overdue ones" in english
    assert "只看超时的" in chinese
    assert again == english
    shell.config.write_text("nonsense")
    assert "选项" in shell("orders", "--help").stdout  # nobody said which


def test_the_program_restores_the_signal_handlers_that_it_replaced(shell: Shell) -> None:
    def handlers() -> list[Any]:
        return [signal.getsignal(number) for number in ENDING]

    before, spoken = handlers(), language()
    try:
        assert run(["--config", str(shell.config), "sync", "--once"]) == Exit.USAGE
    finally:
        use_language(spoken)
    assert handlers() == before


def test_a_passphrase_is_asked_for_by_each_command_line(shell: Shell) -> None:
    named = shell.folder / "phrase"
    named.write_text("一句 很长的 口令 谁也不知道\n", "utf-8")
    env = {"FLOORCTL_PASSPHRASE_FILE": str(named)}
    assert shell("audit").returncode == 0
    assert shell("rekey", "--key", "passphrase", env=env).returncode == 0
    assert shell("audit", env=env).returncode == 0
    named.write_text("另一句 也很长 但是不对\n", "utf-8")
    refused = shell("audit", env=env)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
