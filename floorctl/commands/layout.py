"""Plain text laid out by terminal cells: labels beside values."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from rich.cells import cell_len

from floorctl.commands.helptext import wrap
from floorctl.text import fit, visible

#: No line is laid out for less.
_LEAST = 40


def width() -> int:
    """Cells of a line: the terminal's; where there is none, what COLUMNS says, else a comfortable number."""
    if sys.stdout.isatty():
        return max(shutil.get_terminal_size((100, 24)).columns, _LEAST)
    return asked_width() or 100


def asked_width() -> int | None:
    """Cells of a line by the COLUMNS environment variable; None where that says nothing that makes sense."""
    said = os.environ.get("COLUMNS", "")
    if not (said.isascii() and said.isdigit() and len(said) < 6 and int(said)):
        return None
    return max(int(said), _LEAST)


def labelled_lines(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """``label  value``, values aligned and wrapped beside their label."""
    widest = max((cell_len(label) for label, _ in pairs), default=0)
    lines = []
    for label, value in pairs:
        wrapped = wrap(visible(value, keep_newlines=True), max(width() - widest - 2, 20)) or [""]
        lines.append(f"{fit(label, widest)}  {wrapped[0]}".rstrip())
        lines += [f"{' ' * widest}  {line}".rstrip() for line in wrapped[1:]]
    return lines
