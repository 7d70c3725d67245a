"""Numbers out of runs: medians with their spread, what a process uses, and how a row of the table is judged."""

import math
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """One line of the table. ``value`` is compared with ``limit``; ``at_least``: it is to be that much or more."""

    what: str
    goal: str
    figure: str
    peer: str
    value: float
    limit: float
    ratio: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def verdict(self) -> str:
        """``met``, or by how much of the goal it was missed."""
        if self.met:
            return "met"
        return f"missed by {abs(self.value - self.limit) / self.limit:.0%}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def spread(values: Sequence[float], *, scale: float = 1000, unit: str = "ms", digits: int = 0) -> str:
    """``310 ms (295–360)``: the median, and between what a tenth and nine tenths of the runs lie."""
    low, middle, high = (each * scale for each in (percentile(values, 0.1), median(values), percentile(values, 0.9)))
    return f"{middle:,.{digits}f} {unit} ({low:,.{digits}f}–{high:,.{digits}f})"


def cpu_seconds(pid: int) -> float:
    """What a process has used of a core so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """The resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB
