"""``export WHAT FILE``: write a list to a file, masked unless a reason is given.

A workbook and a csv file are for people: translated titles and terms, and times as spreadsheet times. JSON is for
programs, in the shape of the list's ``--json``. No text becomes a formula in a spreadsheet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli import cells
from floorctl.cli.alerts.list import alerts_chosen
from floorctl.cli.audit import shape as audit_shape
from floorctl.cli.documents import Shapes
from floorctl.cli.export.files import Sheet, Written, as_csv, as_json, as_workbook
from floorctl.cli.export.sheets import SHEETS
from floorctl.cli.invocation import Invocation
from floorctl.cli.orders import departments
from floorctl.cli.orders.departments import days_chosen
from floorctl.cli.orders.list import orders_chosen, own_sort, warn_of_search
from floorctl.cli.parser import application, command
from floorctl.cli.seats.list import seats_chosen
from floorctl.cli.words import chosen, one_of
from floorctl.errors import Exit, UsageError
from floorctl.files.writing import NewFile, check_new, making
from floorctl.i18n import t, term
from floorctl.models.command import OUTBOX_STATES
from floorctl.models.floor import LINES
from floorctl.models.order_filter import OrderFilter
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

app = application()

FORMS = ("csv", "xlsx", "json")
#: Rows per read, so that a million orders are never in memory at once.
_WINDOW = 500

_Words = list[str] | None
#: Filters whose option has another name than their field.
_OPTIONS = {"first": "--from", "last": "--to"}


@dataclass(frozen=True)
class _Filters:
    """The values of the options that filter a list, as they were typed."""

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
    first: str | None
    last: str | None

    def as_options(self) -> dict[str, str]:
        """The options that were typed, with their values as text."""
        values = (
            (_OPTIONS.get(each.name, f"--{each.name.replace('_', '-')}"), getattr(self, each.name))
            for each in fields(self)
        )
        return {
            option: "" if value is True else ",".join(value) if isinstance(value, list) else str(value)
            for option, value in values
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
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="cli.option.sent_from")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="cli.option.sent_to")] = None,
) -> Exit | None:
    """Write a list to a file."""
    what = one_of(what, "export", tuple(SOURCES), "WHAT")
    form = _form(file, form)
    if run.general.reveal and not reason.strip():
        raise UsageError("error.export_needs_reason")
    filters = _Filters(
        overdue, due_within, state, severity, line, zone, moved, department, urgency, to_dispatch, to_call_back, search,
        first, last,
    )  # fmt: skip
    check_new(file)
    source = SOURCES[what]
    for option in filters.as_options():
        if option not in source.options:
            known = "  ".join(source.options) or t("export.no_options")
            raise UsageError("error.export_option", option=option, what=term("export", what), known=known)
    read = source.read(filters)
    with closing(run.floor()) as floor:
        total, views = read(floor)
        searched = floor.orders.page(OrderFilter(search=search), limit=1)
        # Enter the export in the audit trail before the first row is written: without an entry there is no export.
        words = " ".join(part for pair in filters.as_options().items() for part in pair if part)
        why = reason.strip() if run.general.reveal else None
        with (
            floor.audit.exporting(what, source.shape.__name__, total, form, reason=why, chosen=words) as grant,
            making(file, private=True) as made,
        ):
            warn_if_open(run, made)
            shapes = Shapes(floor.config.zone, grant)
            masked = Counter[bool]()
            if grant is not None:
                views = _counted(views, masked)
            if form == "json":
                written = as_json(made.file, (source.shape(shapes, view) for view in views))
            else:
                sheet = Sheet(term("export", what), SHEETS[what], floor, shapes)
                written = (as_workbook if form == "xlsx" else as_csv)(made.file, sheet, views)
    if run.output.json:
        run.output.document({"path": str(file), "format": form, "rows": written.rows})
    else:
        run.output.answer(t("cli.export.done", n=written.rows, path=file))
    _report_limits(run, written)
    if masked[True]:
        run.output.note(t("export.confidential_masked", n=masked[True]))
    warn_of_search(run.output, searched)
    return None


def _counted(views: Iterable[Any], confidential: Counter[bool]) -> Iterator[Any]:
    """Yield ``views``, and count those that are confidential, which an export never unmasks."""
    for view in views:
        record = getattr(view, "record", None)
        confidential[record is not None and bool(record.confidential)] += 1
        yield view


def _report_limits(run: Invocation, written: Written) -> None:
    if written.pages > 1:
        run.output.note(t("export.pages", pages=written.pages))
    if written.cut:
        warn_of_cut(run, written.cut)
    if written.altered:
        run.output.note(t("export.turned", columns=t("cli.list_comma").join(written.altered)))
    if written.too_large:
        run.output.warn(t("export.too_large_for_excel"))


def warn_of_cut(run: Invocation, cut: int) -> None:
    """Warn that texts were cut to the size of a workbook's cell."""
    run.output.warn(t("export.cut", n=cut, most=f"{cells.LONGEST_CELL:,}"))


def _form(file: Path, given: str | None) -> str:
    """Return the format that was given, else the one of the file name's ending."""
    ending = file.suffix.removeprefix(".").lower()
    if given is None and ending not in FORMS:
        known = t("cli.list_comma").join(f".{form}" for form in FORMS)
        raise UsageError("error.no_ending", path=file, known=known)
    return one_of(given or ending, "format", FORMS, "--format")


_Read = Callable[[Any], tuple[int, Iterable[Any]]]


@dataclass(frozen=True)
class _Source:
    """A list that can be exported: its options, its read (total and views), and its items' JSON shape."""

    options: tuple[str, ...]
    read: Callable[[_Filters], _Read]
    shape: Callable[[Shapes, Any], dict[str, Any]]


def _orders(filters: _Filters) -> _Read:
    select = orders_chosen(
        overdue=filters.overdue,
        due_within=filters.due_within,
        state=filters.state,
        line=filters.line,
        department=filters.department,
        urgency=filters.urgency,
        to_dispatch=filters.to_dispatch,
        to_call_back=filters.to_call_back,
        search=filters.search,
    )

    def read(floor: Floor) -> tuple[int, Iterator[Any]]:
        wanted, sort = select(floor), own_sort(to_dispatch=filters.to_dispatch)

        def views() -> Iterator[Any]:
            offset = 0
            while page := floor.orders.page(wanted, sort=sort, offset=offset, limit=_WINDOW).items:
                yield from page
                offset += len(page)

        return floor.orders.page(wanted, limit=1).total, views()

    return read


def _departments(filters: _Filters) -> _Read:
    days = days_chosen(filters.first, filters.last)
    return lambda floor: _all(floor.departments.compared(*days(floor), search=typed.words(filters.search)))


def _alerts(filters: _Filters) -> _Read:
    select = alerts_chosen(filters.state, filters.severity, overdue=filters.overdue, due_within=filters.due_within)
    return lambda floor: _all(select(floor))


def _seats(filters: _Filters) -> _Read:
    select = seats_chosen(filters.state, filters.zone, filters.line, moved=filters.moved)
    return lambda floor: _all(select(floor))


def _queues(filters: _Filters) -> _Read:
    lines = chosen(filters.line, "line", LINES, "--line")
    return lambda floor: _all([view for view in floor.queues.all() if not lines or view.queue.line in lines])


def _outbox(filters: _Filters) -> _Read:
    states = chosen(filters.state, "outbox_state", OUTBOX_STATES, "--state")
    return lambda floor: _all(floor.outbox.items(states or None))


def _audit(_filters: _Filters) -> _Read:
    def read(floor: Floor) -> tuple[int, Iterable[Any]]:
        entries, total = floor.audit.trail(limit=-1, sending=True)
        return total, entries

    return read


def _all(items: list[Any]) -> tuple[int, Iterable[Any]]:
    return len(items), items


#: The lists that can be exported.
SOURCES: dict[str, _Source] = {
    "orders": _Source(
        ("--overdue", "--due-within", "--state", "--line", "--department", "--urgency", "--to-dispatch",
         "--to-call-back", "--search"),
        _orders, Shapes.order,
    ),
    "departments": _Source(("--from", "--to", "--search"), _departments, departments.department),
    "seats": _Source(("--state", "--zone", "--line", "--moved"), _seats, Shapes.seat),
    "queues": _Source(("--line",), _queues, Shapes.queue),
    "alerts": _Source(("--state", "--severity", "--overdue", "--due-within"), _alerts, Shapes.alert),
    "outbox": _Source(("--state",), _outbox, Shapes.command),
    "audit": _Source((), _audit, audit_shape),
}  # fmt: skip


# --- the file


def warn_if_open(run: Invocation, made: NewFile) -> None:
    """Warn, before the first row is written, where the disk's permissions let others read the file."""
    if made.open_to_others:
        run.output.warn(t("cli.file.open_to_others", path=made.path))
