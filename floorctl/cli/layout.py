"""Lays out plain text by terminal cells: labels beside values, and tables."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from rich.cells import cell_len

from floorctl.text.safe import fit, visible

#: The least width of a line in cells.
_LEAST = 40


def width() -> int:
    """The width of a line in cells: the terminal's; without a terminal, COLUMNS or 100."""
    if sys.stdout.isatty():
        return max(shutil.get_terminal_size((100, 24)).columns, _LEAST)
    return asked_width() or 100


def asked_width() -> int | None:
    """The width of a line in cells by the COLUMNS environment variable; None where that is not a valid number."""
    said = os.environ.get("COLUMNS", "")
    if not (said.isascii() and said.isdigit() and len(said) < 6 and int(said)):
        return None
    return max(int(said), _LEAST)


def labelled_lines(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Lines of ``label  value``, with the values aligned and wrapped beside their labels."""
    return [line for lines in labelled_lines_of(pairs) for line in lines]


def labelled_lines_of(pairs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Like ``labelled_lines``, with the lines of each pair in a list of their own."""
    from floorctl.text.wrap import wrap  # most commands lay no values beside labels

    widest = max((cell_len(label) for label, _ in pairs), default=0)
    found = []
    for label, value in pairs:
        wrapped = wrap(visible(value, keep_newlines=True), max(width() - widest - 2, 20)) or [""]
        lines = [f"{fit(visible(label), widest)}  {wrapped[0]}".rstrip()]
        found.append([*lines, *(f"{' ' * widest}  {line}".rstrip() for line in wrapped[1:])])
    return found


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table: the first column left-aligned, the others right-aligned."""
    cells = [[visible(cell) for cell in row] for row in (head, *rows)]
    widest = [max(cell_len(row[at]) for row in cells if at < len(row)) for at in range(len(head))]
    return [
        "  ".join(
            fit(cell, widest[at]) if at == 0 else " " * (widest[at] - cell_len(cell)) + cell
            for at, cell in enumerate(row[: len(head)])
        ).rstrip()
        for row in cells
    ]
