"""The table: as it is printed, and as it stands in docs/performance.md."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tools.bench.measure import Row

BENCH = ("<!-- bench: begins -->", "<!-- bench: ends -->")
BENCH_FULL = ("<!-- bench-full: begins -->", "<!-- bench-full: ends -->")
#: What else ran on the machine when the run began: how many wanted a core, in the minute before.
_LOAD = os.getloadavg()[0]
_HEADS = ("what", "goal", "figure", "floor or peer", "ratio", "")


def line(row: Row) -> str:
    """A row as it is printed while the run goes on."""
    parts = [f"goal {row.goal}", row.figure]
    parts += [f"peer {row.peer}"] if row.peer else []
    parts += [row.ratio] if row.ratio else []
    return f"{'✓' if row.met else '✗'} {row.what}\n    {'  ·  '.join(parts)}  ·  {row.verdict}"


def machine() -> str:
    """What this was measured on."""
    model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    name = model[1] if model else platform.machine()
    versions = ", ".join(f"{each} {version(each)}" for each in ("textual", "typer", "sqlcipher3"))
    others = f"load of others {_LOAD:.1f}"
    return f"{os.cpu_count()} × {name}, Linux, Python {platform.python_version()}, {versions}, {others}"


def markdown(rows: Sequence[Row]) -> str:
    """The table, with machine and date above it."""
    lines = [f"{datetime.now(UTC):%Y-%m-%d}, {machine()}.", ""]
    lines += ["| " + " | ".join(_HEADS) + " |", "|" + "---|" * len(_HEADS)]
    for row in rows:
        verdict = row.verdict if row.met else f"**{row.verdict}**"
        lines.append(
            "| " + " | ".join((row.what, row.goal, row.figure, row.peer or "–", row.ratio or "–", verdict)) + " |"
        )
    return "\n".join(lines)


def replace(text: str, marks: tuple[str, str], path: Path) -> None:
    """Put ``text`` between the marks in ``path``."""
    begins, ends = marks
    before, _, rest = path.read_text("utf-8").partition(begins)
    _, _, after = rest.partition(ends)
    path.write_text(f"{before}{begins}\n{text}\n{ends}{after}", "utf-8")
