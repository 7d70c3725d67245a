"""Renders a report as Markdown, printable HTML or a workbook. Text is always written as text, never as a formula."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

from floorctl.cli.cells import Cells
from floorctl.i18n import language
from floorctl.text.safe import apart, visible

if TYPE_CHECKING:
    from floorctl.cli.assessment.report import Report, Table

#: Characters with a meaning in Markdown.
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~])")
_STYLE = (
    "body{font:14px/1.6 'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:2em auto;max-width:60em;padding:0 1em}"
    "table{border-collapse:collapse;width:100%;margin:1em 0}th,td{border:1px solid #888;padding:.3em .6em;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#eee}.n{text-align:right;"
    "white-space:nowrap}.sign{display:flex;gap:2em;margin-top:3em}.sign div{flex:1;border-bottom:1px solid #000}"
    "thead{display:table-header-group}tr{break-inside:avoid}@media print{body{margin:0;max-width:none}}"
)
_WIDEST = 60


def markdown(report: Report) -> bytes:
    """The report as Markdown."""
    lines = [f"# {_plain(report.title)}", ""]
    lines += [f"- {_plain(label)}: **{_plain(value)}**" for label, value in report.figures]
    for table in report.tables:
        lines += ["", f"## {_plain(table.heading)}", ""]
        lines.append("| " + " | ".join(_plain(each) for each in table.columns) + " |")
        lines.append("|" + "|".join("---:" if at in table.numbers else "---" for at in range(len(table.columns))) + "|")
        lines += ["| " + " | ".join(_plain(each) for each in row) + " |" for row in table.rows]
    lines += ["", *(f"- {_plain(note)}" for note in report.notes), ""]
    lines += [f"{_plain(each)}: ____________________  " for each in report.signatures]
    return ("\n".join(lines) + "\n").encode()


def html(report: Report) -> bytes:
    """The report as one HTML page without external resources."""
    title = _tag("h1", report.title)
    figures = "".join(f"<tr>{_tag('th', label)}{_tag('td', value)}</tr>" for label, value in report.figures)
    tables = "".join(_html_table(table) for table in report.tables)
    notes = "".join(_tag("li", note) for note in report.notes)
    signatures = "".join(_tag("div", each) for each in report.signatures)
    page = (
        f'<!doctype html>\n<html lang="{language()}"><head><meta charset="utf-8">{_tag("title", report.title)}'
        f"<style>{_STYLE}</style></head>\n<body>{title}<table>{figures}</table>\n{tables}"
        f'<ul>{notes}</ul><div class="sign">{signatures}</div></body></html>\n'
    )
    return page.encode()


def _html_table(table: Table) -> str:
    heads = "".join(_tag("th", each) for each in table.columns)
    rows = "\n".join(
        "<tr>" + "".join(_tag("td", each, number=at in table.numbers) for at, each in enumerate(row)) + "</tr>"
        for row in table.rows
    )
    return f"{_tag('h2', table.heading)}<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table>\n"


def _tag(name: str, text: str, *, number: bool = False) -> str:
    kind = ' class="n"' if number else ""
    return f"<{name}{kind}>{escape(apart(visible(text)))}</{name}>"


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", apart(visible(text)))


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
