"""Plain text laid out by terminal cells: labels beside values."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from rich.cells import cell_len

from floorctl.commands.helptext import wrap
from floorctl.text import fit, visible


def width() -> int:
    """Cells of a line: the terminal's, or a comfortable number where there is none."""
    return max(shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 100, 40)


def labelled_lines(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """``label  value``, values aligned and wrapped beside their label."""
    widest = max((cell_len(label) for label, _ in pairs), default=0)
    lines = []
    for label, value in pairs:
        wrapped = wrap(visible(value, keep_newlines=True), max(width() - widest - 2, 20)) or [""]
        lines.append(f"{fit(label, widest)}  {wrapped[0]}".rstrip())
        lines += [f"{' ' * widest}  {line}".rstrip() for line in wrapped[1:]]
    return lines
