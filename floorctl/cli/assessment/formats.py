"""Renders a report as Markdown, printable HTML or a workbook. Text is always written as text, never as a formula."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from floorctl.cli.cells import Cells
from floorctl.text.safe import visible

if TYPE_CHECKING:
    from floorctl.cli.assessment.report import Report, Table

_WIDEST = 60


def markdown(report: Report) -> bytes:
    """The report as Markdown."""
    return _rendered("report.md.j2", report)


def html(report: Report) -> bytes:
    """The report as one HTML page without external resources."""
    return _rendered("report.html.j2", report)


def _rendered(template: str, report: Report) -> bytes:
    from floorctl.cli.rendering import render  # imports jinja2

    return render(template, report=report).encode()


def xlsx(report: Report) -> bytes:
    """The report as a workbook: a sheet of figures, and one for each table."""
    import xlsxwriter

    memory = BytesIO()
    # Only numbers are written as numbers; no text becomes a formula or a link.
    cells = Cells()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(memory, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#EEEEEE", "border": 1})
        cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
        title = book.add_format({"bold": True, "font_size": 16})
        sheet = book.add_worksheet(_sheet_name(report.title))
        cells.text(sheet, 0, 0, visible(report.title), title)
        at = 2
        for label, value in report.figures:
            cells.text(sheet, at, 0, visible(label), bold)
            cells.text(sheet, at, 1, visible(value), cell)
            at += 1
        for note in report.notes:
            at += 1
            cells.text(sheet, at, 0, visible(note))
        for each in report.signatures:
            at += 2
            cells.text(sheet, at, 0, visible(each))
        sheet.set_column(0, 1, 24)
        for table in report.tables:
            _write_table(cells, book.add_worksheet(_sheet_name(table.heading)), table, bold, cell)
    return memory.getvalue()


def _write_table(cells: Cells, sheet: Any, table: Table, bold: Any, cell: Any) -> None:
    for column, name in enumerate(table.columns):
        cells.text(sheet, 0, column, visible(name), bold)
        longest = max(len(name), *(len(row[column]) for row in table.rows))
        sheet.set_column(column, column, min(2 * longest + 2, _WIDEST))
    for at, row in enumerate(table.rows, 1):
        for column, text in enumerate(row):
            if column in table.numbers:
                cells.number(sheet, at, column, float(text), cell)
            else:
                cells.text(sheet, at, column, visible(text), cell)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _sheet_name(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", text)[:31]


RENDERERS: dict[str, Callable[[Report], bytes]] = {"md": markdown, "html": html, "xlsx": xlsx}
