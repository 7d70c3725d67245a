"""Put faults into copies of the program, one at a time, and run the tests that go through the changed lines.

``python -m tools.mutants --contexts FILE --log FILE [--seed 12] [--tree FOLDER] [--out FILE]``

``--contexts`` is what coverage measured with a context per test (``tools.mutants.contexts``), ``--log`` what pytest
printed of that run with ``-vv --durations=0``. A mutant is killed when a test fails that passes without it.
"""

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from difflib import SequenceMatcher
from itertools import accumulate
from math import inf
from pathlib import Path
from queue import Queue
from typing import Any

from coverage import CoverageData

from .drawing import Mutant, draw

#: Tests that go first, the quickest: most mutants fall to one of them.
_FIRST = 40
#: Of the tests of a module as a whole, no more than so many seconds.
_SECONDS_OF_A_MODULE = 300.0
#: What pytest-xdist adds to the name of a test that has a group.
_GROUP = re.compile(r"@[\w/.]+$")
#: Seconds for what the tests of another module had made before when the suite was measured: platforms, histories.
_PATIENCE = 300.0
_DURATION = re.compile(r"([\d.]+)s (?:call|setup|teardown) +(tests/.+)")


class Suite:
    """Which tests go through which lines, and how long each takes."""

    def __init__(self, contexts: Path, log: Path, most: float = inf) -> None:
        self._most = most
        self._data = CoverageData(str(contexts))
        self._data.read()
        self._files = {_tail(name): name for name in self._data.measured_files()}
        self.seconds: defaultdict[str, float] = defaultdict(float)
        for line in log.read_text("utf-8").splitlines():
            if took := _DURATION.fullmatch(line.strip()):
                self.seconds[_GROUP.sub("", took[2])] += float(took[1])

    def through(self, path: str, source: str, changed: range) -> list[str]:
        """The tests that go through the ``changed`` lines of ``source``, the quickest first."""
        lines = self._data.contexts_by_lineno(self._files.get(path, path))
        tests = {_GROUP.sub("", test) for line in changed for test in lines.get(line, ()) if test}
        if tests and not _at_import(source, changed):
            return self._within(tests, self._most)
        # What runs when the module is imported has its effect in any test that goes through the module, and was
        # measured for those alone that start a process.
        anywhere = {_GROUP.sub("", test) for each in lines.values() for test in each if test}
        return self._within(anywhere, min(self._most, _SECONDS_OF_A_MODULE))

    def _within(self, tests: set[str], seconds: float) -> list[str]:
        quickest = sorted(tests, key=lambda test: (self.seconds[test], test))
        until = accumulate(self.seconds[test] for test in quickest)
        return [test for test, taken in zip(quickest, until, strict=True) if taken <= seconds]


def _tail(name: str) -> str:
    return name[name.rindex("floorctl/") :]


def _run(tree: Path, tests: Sequence[str], seconds: float) -> str | None:
    """The test that failed, ``time`` where they did not end; None where all passed."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as listed:
        listed.write("\n".join(tests))
        listed.flush()
        argv = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-rfE", f"@{listed.name}"]
        env = {**os.environ, "PYTHONPATH": str(tree), "FLOORCTL_TEST_REQUIRE_ALL": "1"}
        process = subprocess.Popen(
            argv, cwd=tree, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate()
            return "time"
    if process.returncode == 0:
        return None
    if missing := re.search(r"^ERROR: not found: .*", said, re.MULTILINE):
        raise LookupError(missing[0])
    failed = re.search(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", said, re.MULTILINE)
    return failed[1] if failed else said[-400:]


def judge(mutant: Mutant, tree: Path, suite: Suite) -> dict[str, Any]:
    """Make the change in ``tree``, run the tests that go through it, and take the change back.

    ``killer`` is the test that failed, None where none did; ``gone`` says that ``tree`` has no such place any more.
    """
    path = tree / mutant.path
    found: dict[str, Any] = {**asdict(mutant), "killer": None, "tests": 0, "gone": False}
    if not path.exists():
        return found | {"gone": True}
    before, times = path.read_text("utf-8"), path.stat()
    try:
        patch = ["patch", "-p1", "--quiet", "--no-backup-if-mismatch", "--reject-file=-"]
        if subprocess.run(patch, cwd=tree, input=mutant.diff, text=True, capture_output=True, check=False).returncode:
            return found | {"gone": True}
        tests = suite.through(mutant.path, before, _changed(before, path.read_text("utf-8")))
        for some in (tests[:_FIRST], tests[_FIRST:]):
            if some and found["killer"] is None:
                found["killer"] = _run(tree, some, _PATIENCE + 4 * sum(suite.seconds[test] for test in some))
        return found | {"tests": len(tests)}
    finally:
        path.write_text(before, "utf-8")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _changed(before: str, after: str) -> range:
    """The lines of ``before``, from 1, that are not in ``after``."""
    pairs = SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False).get_opcodes()
    changed = [
        line for tag, first, last, _, _ in pairs if tag != "equal" for line in range(first, max(last, first + 1))
    ]
    return range(min(changed) + 1, max(changed) + 2)


def _at_import(source: str, changed: range) -> bool:
    """Whether any of the lines is part of no function's body."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    bodies = [range(each.body[0].lineno, (each.end_lineno or each.lineno) + 1) for each in functions]
    return not all(any(line in body for body in bodies) for line in changed)


def drawn_before(path: Path) -> list[Mutant]:
    """The mutants that another run has judged, in its order."""
    return [_mutant(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def main() -> None:
    """Draw, judge each, and print how many were killed."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--contexts", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--tree", type=Path, default=Path())
    parser.add_argument("--drawn", type=Path, help="take the mutants from the --out of another run")
    parser.add_argument("--out", type=Path, default=Path("mutants.jsonl"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--most", type=float, default=inf, help="seconds of tests for one mutant, the quickest first")
    options = parser.parse_args()
    suite = Suite(options.contexts, options.log, options.most)
    mutants = drawn_before(options.drawn) if options.drawn else draw(options.tree.resolve(), options.seed)
    trees: Queue[Path] = Queue()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, options.out.open("a", encoding="utf-8") as out:
        for n in range(options.jobs):
            copy = Path(folder) / str(n)
            shutil.copytree(
                options.tree, copy, ignore=shutil.ignore_patterns(".venv", ".git", "*_cache", "node_modules")
            )
            trees.put(copy)

        def one(mutant: Mutant) -> dict[str, Any]:
            tree = trees.get()
            try:
                found = judge(mutant, tree, suite)
            finally:
                trees.put(tree)
            out.write(json.dumps(found, ensure_ascii=False) + "\n")
            out.flush()
            return found

        with ThreadPoolExecutor(options.jobs) as pool:
            judged = list(pool.map(one, mutants))
    report(judged)


def report(judged: Sequence[dict[str, Any]]) -> None:
    """Print how many of each part were killed, and what was not."""
    there = [each for each in judged if not each["gone"]]
    killed = Counter(each["part"] for each in there if each["killer"])
    for part, count in sorted(Counter(each["part"] for each in there).items()):
        print(f"{part}: {killed[part]} of {count} killed")
    print(f"all: {killed.total()} of {len(there)} killed; {len(judged) - len(there)} no longer there")
    for each in there:
        if not each["killer"]:
            print(f"survived {each['tests']} tests: {each['path']}: {_mutant(each).told()}")


def _mutant(found: dict[str, Any]) -> Mutant:
    return Mutant(**{field.name: found[field.name] for field in fields(Mutant)})


if __name__ == "__main__":
    main()
