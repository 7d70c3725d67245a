"""Plain text laid out by terminal cells: labels beside values."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from rich.cells import cell_len

from floorctl.cli.help import wrap
from floorctl.text.safe import fit, visible

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
    return [line for lines in labelled_lines_of(pairs) for line in lines]


def labelled_lines_of(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """``labelled_lines``, the lines of each pair by themselves."""
    widest = max((cell_len(label) for label, _ in pairs), default=0)
    found = []
    for label, value in pairs:
        wrapped = wrap(visible(value, keep_newlines=True), max(width() - widest - 2, 20)) or [""]
        lines = [f"{fit(visible(label), widest)}  {wrapped[0]}".rstrip()]
        found.append([*lines, *(f"{' ' * widest}  {line}".rstrip() for line in wrapped[1:])])
    return found


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table: its first column to the left, the numbers in the others below each other."""
    cells = [[visible(cell) for cell in row] for row in (head, *rows)]
    widest = [max(cell_len(row[at]) for row in cells if at < len(row)) for at in range(len(head))]
    return [
        "  ".join(
            fit(cell, widest[at]) if at == 0 else " " * (widest[at] - cell_len(cell)) + cell
            for at, cell in enumerate(row[: len(head)])
        ).rstrip()
        for row in cells
    ]
