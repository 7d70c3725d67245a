"""``export WHAT FILE``: a list as a file, masked unless a reason is given; text in it is text for a spreadsheet too.

A workbook and a csv file are for people: titles in their language, times as times, words in the place of codes. JSON is
for programs, as ``--json`` of the list has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from floorctl.careful_file import NewFile, check_new, making
from floorctl.commands.audit import shape as audit_shape
from floorctl.commands.export_sheets import SHEETS
from floorctl.commands.invocation import Invocation, application, command
from floorctl.commands.items import Shapes
from floorctl.commands.lists import alerts_chosen, orders_chosen, own_sort, seats_chosen, warn_of_search
from floorctl.commands.words import chosen, one_of
from floorctl.errors import Exit, FloorctlError, UsageError
from floorctl.i18n import t, term
from floorctl.models.command import OUTBOX_STATES
from floorctl.models.floor import LINES
from floorctl.models.listing import OrderFilter
from floorctl.text import visible

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from floorctl.commands.export_sheets import Field, Value
    from floorctl.floor import Floor

app = application()

FORMS = ("csv", "xlsx", "json")
#: Rows that are read at a time, so that a million orders are never in memory together.
_WINDOW = 500
#: What a spreadsheet's cell and sheet hold at most.
_LONGEST_CELL, _MOST_ROWS = 32_767, 1_048_575
#: A text that begins with one of these is a formula to some spreadsheet.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")

_Words = list[str] | None


@dataclass(frozen=True)
class _Asked:
    """The options that choose among a list's items, as they were given."""

    overdue: bool
    due_within: str | None
    state: _Words
    severity: _Words
    line: _Words
    zone: _Words
    moved: bool
    department: str | None
    urgency: _Words
    to_dispatch: bool
    to_call_back: bool
    search: str

    def given(self) -> dict[str, str]:
        """Option → its value, of those that were given."""
        named = ((f"--{each.name.replace('_', '-')}", getattr(self, each.name)) for each in fields(self))
        return {
            option: "" if value is True else ",".join(value) if isinstance(value, list) else str(value)
            for option, value in named
            if value
        }


@command(app, "export", reveal=True)
def export(
    run: Invocation,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="cli.argument.export_what")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.export_file")],
    form: Annotated[str | None, typer.Option("--format", metavar="FORMAT", help="cli.option.export_format")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.export_reason")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="cli.option.export_overdue")] = False,
    due_within: Annotated[
        str | None, typer.Option("--due-within", metavar="TIME", help="cli.option.export_due_within")
    ] = None,
    state: Annotated[_Words, typer.Option("--state", metavar="STATE", help="cli.option.export_state")] = None,
    severity: Annotated[_Words, typer.Option("--severity", metavar="SEVERITY", help="cli.option.severity")] = None,
    line: Annotated[_Words, typer.Option("--line", metavar="LINE", help="cli.option.line")] = None,
    zone: Annotated[_Words, typer.Option("--zone", metavar="ZONE", help="cli.option.zone")] = None,
    moved: Annotated[bool, typer.Option("--moved", help="cli.option.moved")] = False,
    department: Annotated[
        str | None, typer.Option("--department", metavar="NAME", help="cli.option.department")
    ] = None,
    urgency: Annotated[_Words, typer.Option("--urgency", metavar="URGENCY", help="cli.option.urgency")] = None,
    to_dispatch: Annotated[bool, typer.Option("--to-dispatch", help="cli.option.to_dispatch")] = False,
    to_call_back: Annotated[bool, typer.Option("--to-call-back", help="cli.option.to_call_back")] = False,
    search: Annotated[str, typer.Option("--search", metavar="TEXT", help="cli.option.search")] = "",
) -> Exit | None:
    """Write a list to a file."""
    what = one_of(what, "export", tuple(SOURCES), "WHAT")
    form = one_of(form or file.suffix.removeprefix(".").lower(), "format", FORMS, "--format")
    if run.general.reveal and not reason.strip():
        raise UsageError("error.export_needs_reason")
    asked = _Asked(
        overdue, due_within, state, severity, line, zone, moved, department, urgency, to_dispatch, to_call_back, search
    )
    check_new(file)
    source = SOURCES[what]
    for option in asked.given():
        if option not in source.options:
            known = "  ".join(source.options) or t("export.no_options")
            raise UsageError("error.export_option", option=option, what=term("export", what), known=known)
    read = source.read(asked)
    with closing(run.floor()) as floor:
        shapes = Shapes(floor.config.zone, reveal=run.general.reveal)
        total, views = read(floor, shapes)
        searched = floor.orders(OrderFilter(search=search), limit=1)
        # Before the first row is written: what can't be noted is not exported.
        words = " ".join(part for pair in asked.given().items() for part in pair if part)
        why = reason.strip() if run.general.reveal else None
        with floor.exporting(what, total, form, reason=why, chosen=words), making(file, private=True) as made:
            warn_if_open(run, made)
            if form == "json":
                written = _json(made.file, (source.shape(shapes, view) for view in views))
            else:
                sheet = _Sheet(term("export", what), SHEETS[what], floor, shapes)
                written = (_xlsx if form == "xlsx" else _csv)(made.file, sheet, views)
    if run.output.json:
        run.output.document({"path": str(file), "format": form, "rows": written})
    else:
        run.output.answer(t("cli.export.done", n=written, path=file))
    warn_of_search(run.output, searched)
    return None


_Read = Callable[[Any, Shapes], tuple[int, Iterable[Any]]]


@dataclass(frozen=True)
class _Source:
    """A list that can be exported: its options, how it is read (how many, and each), and an item as JSON has it."""

    options: tuple[str, ...]
    read: Callable[[_Asked], _Read]
    shape: Callable[[Shapes, Any], dict[str, Any]]


def _orders(asked: _Asked) -> _Read:
    select = orders_chosen(
        overdue=asked.overdue, due_within=asked.due_within, state=asked.state, line=asked.line,
        department=asked.department, urgency=asked.urgency, to_dispatch=asked.to_dispatch,
        to_call_back=asked.to_call_back, search=asked.search,
    )  # fmt: skip

    def read(floor: Floor, _shapes: Shapes) -> tuple[int, Iterator[Any]]:
        wanted, sort = select(floor), own_sort(to_dispatch=asked.to_dispatch)

        def views() -> Iterator[Any]:
            offset = 0
            while page := floor.orders(wanted, sort=sort, offset=offset, limit=_WINDOW).items:
                yield from page
                offset += len(page)

        return floor.orders(wanted, limit=1).total, views()

    return read


def _alerts(asked: _Asked) -> _Read:
    select = alerts_chosen(asked.state, asked.severity, overdue=asked.overdue, due_within=asked.due_within)
    # Of alerts nothing is masked by the floor here: the cells are, field by field.
    return lambda floor, _shapes: _all(select(floor, reveal=True))


def _seats(asked: _Asked) -> _Read:
    select = seats_chosen(asked.state, asked.zone, asked.line, moved=asked.moved)
    return lambda floor, _shapes: _all(select(floor))


def _queues(asked: _Asked) -> _Read:
    lines = chosen(asked.line, "line", LINES, "--line")
    return lambda floor, _shapes: _all([view for view in floor.queues() if not lines or view.queue.line in lines])


def _outbox(asked: _Asked) -> _Read:
    states = chosen(asked.state, "outbox_state", OUTBOX_STATES, "--state")
    return lambda floor, _shapes: _all(floor.outbox(states or None))


def _audit(_asked: _Asked) -> _Read:
    def read(floor: Floor, _shapes: Shapes) -> tuple[int, Iterable[Any]]:
        entries, total = floor.trail(limit=-1, sending=True)
        return total, entries

    return read


def _all(items: list[Any]) -> tuple[int, Iterable[Any]]:
    return len(items), items


#: What can be exported.
SOURCES: dict[str, _Source] = {
    "orders": _Source(
        ("--overdue", "--due-within", "--state", "--line", "--department", "--urgency", "--to-dispatch",
         "--to-call-back", "--search"),
        _orders, Shapes.order,
    ),
    "seats": _Source(("--state", "--zone", "--line", "--moved"), _seats, Shapes.seat),
    "queues": _Source(("--line",), _queues, Shapes.queue),
    "alerts": _Source(("--state", "--severity", "--overdue", "--due-within"), _alerts, Shapes.alert),
    "outbox": _Source(("--state",), _outbox, Shapes.command),
    "audit": _Source((), _audit, audit_shape),
}  # fmt: skip


# --- the file


def warn_if_open(run: Invocation, made: NewFile) -> None:
    """Say it, before the first row is written, where the disk keeps nobody from reading the file."""
    if made.open_to_others:
        run.output.warn(t("cli.file.open_to_others", path=made.path))


@dataclass(frozen=True)
class _Sheet:
    """What a workbook or a csv file shows: its name, its columns, and where their cells come from."""

    name: str
    fields: tuple[Field, ...]
    floor: Floor
    shapes: Shapes

    @property
    def zone(self) -> ZoneInfo:
        """The floor's time zone, in which times stand in the file."""
        return self.floor.config.zone

    def row(self, view: Any) -> Iterator[tuple[Field, Value]]:
        """The cells of one row, texts fit to be seen, times in the floor's zone."""
        for each in self.fields:
            value = each.value(self.floor, self.shapes, view)
            if isinstance(value, datetime):
                value = value.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
            if isinstance(value, str):
                value = visible(value if each.final else self.shapes.text(value, "text"), keep_newlines=True)
            yield each, value


def harmless(text: str) -> str:
    """``text`` as a cell that no spreadsheet takes for a formula when it reads a csv file."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _csv(target: IO[bytes], sheet: _Sheet, views: Iterable[Any]) -> int:
    import csv
    from io import TextIOWrapper

    # With a mark at its start: without it, spreadsheets take Chinese for something else.
    text = TextIOWrapper(target, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(each.title) for each in sheet.fields])
    written = 0
    for view in views:
        writer.writerow([_csv_cell(each, value) for each, value in sheet.row(view)])
        written += 1
    text.flush()
    text.detach()
    return written


def _csv_cell(field: Field, value: Value) -> str | int | float | None:
    match value:
        case datetime():
            return value.isoformat(" ")
        case str():
            return harmless(value)
        case float() if field.kind == "tenths":
            return round(value, 1)
    return value


def _xlsx(target: IO[bytes], sheet: _Sheet, views: Iterable[Any]) -> int:
    with TemporaryDirectory(prefix="floorctl-", ignore_cleanup_errors=True) as scratch:
        return _workbook(target, sheet, views, scratch)


def _workbook(target: IO[bytes], sheet: _Sheet, views: Iterable[Any], scratch: str) -> int:
    """Write it by way of ``scratch``: rows lie there until all are known, and must not stay when something fails."""
    import xlsxwriter

    options = {
        "tmpdir": scratch, "constant_memory": True,
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    written = 0
    with xlsxwriter.Workbook(target, options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "bg_color": "#D9E2EC", "text_wrap": True, "valign": "top"})
        formats = {
            "text": book.add_format({"num_format": "@", "valign": "top"}),
            "wrapped": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top", "align": "left"}),
            "whole": book.add_format({"num_format": "0", "valign": "top"}),
            "tenths": book.add_format({"num_format": "0.0", "valign": "top"}),
        }
        page = book.add_worksheet(sheet.name[:31])
        for at, each in enumerate(sheet.fields):
            page.set_column(at, at, each.width)
            page.write_string(0, at, each.title, head)
        page.freeze_panes(1, 0)
        for view in views:
            if written == _MOST_ROWS:
                raise FloorctlError("error.export_too_long", most=_MOST_ROWS)
            written += 1
            for at, (field, value) in enumerate(sheet.row(view)):
                _cell(page, (written, at), value, formats[field.kind])
        page.autofilter(0, 0, written, len(sheet.fields) - 1)
    return written


def _cell(page: Any, place: tuple[int, int], value: Value, shown: Any) -> None:
    match value:
        case None | "":
            return
        case str():
            page.write_string(*place, value[:_LONGEST_CELL], shown)
        case datetime():
            page.write_datetime(*place, value, shown)
        case _:
            page.write_number(*place, value, shown)


def _json(target: IO[bytes], items: Iterable[dict[str, Any]]) -> int:
    import msgspec

    written = 0
    for item in items:
        target.write((b",\n" if written else b"[\n") + msgspec.json.encode(item))
        written += 1
    target.write(b"\n]\n" if written else b"[]\n")
    return written
