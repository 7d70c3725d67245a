"""``make faults``: every fault of docs/reliability.md in full, what came of each, and the figures."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tools.bench.report import machine
from tools.faults.table import ROOT, Fault, faults

_PAGE = ROOT / "docs" / "reliability.md"
_BEGINS, _ENDS = "<!-- faults: begins -->", "<!-- faults: ends -->"
_LONGEST = ("tests/e2e/", "tests/faults/")
#: What the tests say of themselves, in the order in which it is printed.
_FIGURES = ("kills", "platform kills", "commands", "promised", "lost", "duplicated")


class Came:
    """What came of the tests: per test its results, and the sums of the figures that they gave."""

    def __init__(self, report: Path) -> None:
        self.results: dict[str, Counter[str]] = defaultdict(Counter)
        self.figures: Counter[str] = Counter()
        for case in ElementTree.parse(report).iter("testcase"):
            self._take(case)

    def _take(self, case: ElementTree.Element) -> None:
        module, _, within = case.get("classname", "").partition(".Test")
        test = module.replace(".", "/") + ".py::" + (f"Test{within}::" if within else "")
        test += case.get("name", "").partition("[")[0]
        tags = {child.tag for child in case}
        result = "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"
        self.results[test][result] += 1
        for each in case.iter("property"):
            self.figures[str(each.get("name"))] += int(each.get("value") or 0)

    def of(self, fault: Fault) -> str:
        """passed, failed, or skipped where nothing could be tried."""
        found = sum((self.results[test] for test in fault.tests), Counter[str]())
        if found["failed"] or not all(self.results[test] for test in fault.tests):
            return "failed"
        return "passed" if found["passed"] else "skipped"

    @property
    def tests(self) -> Counter[str]:
        """How many tests came to what."""
        return sum(self.results.values(), Counter[str]())


def _run(tests: list[str], report: Path, *, full: bool, processes: int) -> None:
    environment = {**os.environ, "FLOORCTL_FAULTS": "full" if full else ""}
    argv = [sys.executable, "-m", "pytest", "-v", "-n", str(processes), "--dist", "loadgroup", f"--junitxml={report}"]
    subprocess.run([*argv, *tests], cwd=ROOT, env=environment, check=False)


def _summary(tried: list[Fault], came: Came, seconds: float) -> list[str]:
    outcomes = Counter(came.of(fault) for fault in tried)
    tests = came.tests
    lines = [
        f"faults tried: {len(tried)}; as they ought to be: {outcomes['passed']}, not: {outcomes['failed']}, "
        f"not possible here: {outcomes['skipped']}",
        f"tests: {tests['passed']} passed, {tests['failed']} failed, {tests['skipped']} skipped; {seconds:.0f} s",
    ]
    figures = [f"{name} {came.figures[name]:,}" for name in _FIGURES if name in came.figures]
    return [*lines, ", ".join(figures)] if figures else lines


def _write(lines: list[str]) -> None:
    before, _, rest = _PAGE.read_text("utf-8").partition(_BEGINS)
    _, _, after = rest.partition(_ENDS)
    figures = "\n".join([f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.", "", *(f"- {line}" for line in lines)])
    _PAGE.write_text(f"{before}{_BEGINS}\n{figures}\n{_ENDS}{after}", "utf-8")


def main() -> int:
    """Run and print; returns 1 where anything did not come out as it ought to."""
    parser = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    parser.add_argument("--only", default="", metavar="WORD", help="only tests with this word in their names")
    parser.add_argument("--quick", action="store_true", help="as often and as long as CI does it")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/reliability.md")
    parser.add_argument("--processes", type=int, default=3, help="tests at a time; most of them wait")
    wanted = parser.parse_args()
    tried = [fault for fault in faults(_PAGE) if any(wanted.only in test for test in fault.tests)]
    tests = list(dict.fromkeys(test for fault in tried for test in fault.tests if wanted.only in test))
    # Whole programs on a platform, killed and cut off, take the longest: what is begun last is waited for by itself.
    tests.sort(key=lambda test: not test.startswith(_LONGEST))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        _run(tests, report, full=not wanted.quick, processes=wanted.processes)
        came = Came(report)
    tried = [fault._replace(tests=tuple(test for test in fault.tests if test in tests)) for fault in tried]
    for fault in tried:
        if (outcome := came.of(fault)) != "passed":
            print(f"{outcome}: {fault.family}: {fault.name}")
    lines = _summary(tried, came, time.monotonic() - began)
    print("\n".join(lines))
    if wanted.write:
        _write(lines)
    return int(any(came.of(fault) == "failed" for fault in tried))


if __name__ == "__main__":
    sys.exit(main())
