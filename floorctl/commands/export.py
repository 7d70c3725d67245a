"""``export WHAT FILE``: a list as a file, masked unless a reason is given; text in it is text for a spreadsheet too."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from floorctl.commands.audit import shape as audit_shape
from floorctl.commands.invocation import Invocation, application, command
from floorctl.commands.items import Shapes
from floorctl.commands.words import one_of
from floorctl.errors import Exit, FloorctlError, UsageError
from floorctl.i18n import t
from floorctl.text import visible

if TYPE_CHECKING:
    from floorctl.floor import Floor

app = application()

FORMS = ("csv", "xlsx", "json")
#: Rows that are read at a time, so that a million orders are never in memory together.
_WINDOW = 500
#: What a spreadsheet's cell holds at most.
_LONGEST_CELL = 32_767
#: A text that begins with one of these is a formula to some spreadsheet.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")

Item = dict[str, Any]


@command(app, "export", reveal=True)
def export(
    run: Invocation,
    what: Annotated[str, typer.Argument(metavar="WHAT", help=t("cli.argument.export_what"))],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("cli.argument.export_file"))],
    form: Annotated[str | None, typer.Option("--format", metavar="FORMAT", help=t("cli.option.export_format"))] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=t("cli.option.export_reason"))] = "",
) -> Exit | None:
    """Write a list to a file."""
    what = one_of(what, "export", tuple(SOURCES), "WHAT")
    form = one_of(form or file.suffix.removeprefix(".").lower(), "format", FORMS, "--format")
    if run.general.reveal and not reason.strip():
        raise UsageError("error.export_needs_reason")
    with closing(run.floor()) as floor:
        total, items = SOURCES[what](floor, Shapes(floor.config.zone, reveal=run.general.reveal))
        _check_new(file)
        # Before the first row is written: what can't be noted is not exported.
        floor.exported(what, total, form, reason=reason.strip() if run.general.reveal else None)
        written = write(file, form, items)
    if run.output.json:
        run.output.document({"path": str(file), "format": form, "rows": written})
    else:
        run.output.answer(t("cli.export.done", n=written, path=file))
    return None


def _orders(floor: Floor, shapes: Shapes) -> tuple[int, Iterator[Item]]:
    def rows() -> Iterator[Item]:
        offset = 0
        while page := floor.orders(sort="number", offset=offset, limit=_WINDOW).items:
            yield from (shapes.order(view) for view in page)
            offset += len(page)

    return floor.orders(limit=1).total, rows()


def _audit(floor: Floor, shapes: Shapes) -> tuple[int, Iterator[Item]]:
    entries, total = floor.trail(limit=-1, sending=True)
    return total, (audit_shape(shapes, entry) for entry in reversed(entries))


def _all(items: list[Item]) -> tuple[int, Iterable[Item]]:
    return len(items), items


#: What can be exported, and how it is read: how many there are, and each as JSON shows it.
SOURCES: dict[str, Callable[[Any, Shapes], tuple[int, Iterable[Item]]]] = {
    "orders": _orders,
    "seats": lambda floor, shapes: _all([shapes.seat(view) for view in floor.seats()]),
    "queues": lambda floor, shapes: _all([shapes.queue(view) for view in floor.queues()]),
    "alerts": lambda floor, shapes: _all([shapes.alert(view) for view in floor.alerts(closed=True, reveal=True)]),
    "outbox": lambda floor, shapes: _all([shapes.command(item) for item in floor.outbox(limit=1_000_000)]),
    "audit": _audit,
}


# --- the file


def _check_new(file: Path) -> None:
    if file.exists() or file.is_symlink():
        raise UsageError("error.file_exists", path=file)


def write(file: Path, form: str, items: Iterable[Item]) -> int:
    """Write ``items`` to the new file ``file`` (0600), whole or not at all; returns how many.

    Raises:
        UsageError: there is a file already.
        FloorctlError: it can't be written.

    """
    _check_new(file)
    part = file.with_name(f".{file.name[:100]}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as target:
            written = _WRITERS[form](target, items)
        os.link(part, file)  # which, other than a rename, replaces nothing
    except FileExistsError as error:
        raise UsageError("error.file_exists", path=file) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or ""
        raise FloorctlError("error.file_unwritable", path=file, reason=reason) from error
    finally:
        part.unlink(missing_ok=True)
    return written


def flat(item: Item, prefix: str = "") -> dict[str, Any]:
    """One row: nested fields by their path (``citizen.phone``), lists as JSON, texts fit to be seen."""
    import msgspec

    row: dict[str, Any] = {}
    for given, value in item.items():
        name = visible(given)
        if isinstance(value, dict):
            row |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            row[prefix + name] = visible(msgspec.json.encode(value).decode(), keep_newlines=True) if value else None
        else:
            row[prefix + name] = visible(value, keep_newlines=True) if isinstance(value, str) else value
    return row


def _rows(items: Iterable[Item]) -> tuple[list[str], Iterator[dict[str, Any]]]:
    """The columns of all rows, in the order in which they come up, and the rows; spooled, since both take a pass."""
    import tempfile

    import msgspec

    spool: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115  closed by the reader below
    columns: dict[str, None] = {}
    for item in items:
        row = flat(item)
        columns |= dict.fromkeys(row)
        spool.write(msgspec.json.encode(row) + b"\n")

    def read() -> Iterator[dict[str, Any]]:
        with spool:
            spool.seek(0)
            for line in spool:
                yield msgspec.json.decode(line)

    return list(columns), read()


def harmless(text: str) -> str:
    """``text`` as a cell that no spreadsheet takes for a formula when it reads a csv file."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _csv(target: IO[bytes], items: Iterable[Item]) -> int:
    import csv
    from io import TextIOWrapper

    columns, rows = _rows(items)
    # With a mark at its start: without it, spreadsheets take Chinese for something else.
    text = TextIOWrapper(target, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow([harmless(name) for name in columns])
    written = 0
    for row in rows:
        cells = (row.get(name) for name in columns)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
        written += 1
    text.flush()
    text.detach()
    return written


def _xlsx(target: IO[bytes], items: Iterable[Item]) -> int:
    import xlsxwriter

    columns, rows = _rows(items)
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    written = 0
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet()
        for at, name in enumerate(columns):
            sheet.write_string(0, at, name)
        for row in rows:
            written += 1
            for at, name in enumerate(columns):
                _cell(sheet, written, at, row.get(name))
    return written


def _cell(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value[:_LONGEST_CELL])
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)


def _json(target: IO[bytes], items: Iterable[Item]) -> int:
    import msgspec

    written = 0
    for item in items:
        target.write((b",\n" if written else b"[\n") + msgspec.json.encode(item))
        written += 1
    target.write(b"\n]\n" if written else b"[]\n")
    return written


_WRITERS: dict[str, Callable[[IO[bytes], Iterable[Item]], int]] = {"csv": _csv, "xlsx": _xlsx, "json": _json}
