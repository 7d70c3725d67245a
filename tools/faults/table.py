"""docs/reliability.md as data: which fault is tried by which tests."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_TEST = re.compile(r"`(tests/[\w/]+\.py::(?:\w+::)?\w+)`")


class Fault(NamedTuple):
    """A row of the table."""

    family: str
    name: str
    tests: tuple[str, ...]


def faults(page: Path) -> list[Fault]:
    """Every row of the page that names tests, in order."""
    found: list[Fault] = []
    family = ""
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("### "):
            family = line.removeprefix("### ")
        elif tests := _TEST.findall(line):
            found.append(Fault(family, line.split("|")[1].strip(), tuple(tests)))
    return found
