"""A day's scores that were entered elsewhere: a CSV file, read whole and checked row by row before anything is done.

The header names the columns: the sample, every item of the rubric by its id or title, and where there is something to
say, an item's comment (its name behind ``comment:``), the fatal errors (several with semicolons) and a comment on the
whole. ``-`` says that an item does not apply.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time, tzinfo
from pathlib import Path
from typing import NamedTuple

import msgspec

from floorctl.errors import UsageError
from floorctl.i18n import t
from floorctl.models.quality import ItemScore, Rubric, Sample
from floorctl.quality_book import QualityBook
from floorctl.quality_views import RubricView
from floorctl.rules import form as forms
from floorctl.rules import quality
from floorctl.rules.form import Form

_LARGEST = 16 * 1024 * 1024
#: What spreadsheets here write: UTF-8 with its mark, or the national encoding.
_ENCODINGS = ("utf-8-sig", "gb18030")
_NOT_APPLICABLE = frozenset({"-", "—", "–", "n/a"})


class Row(NamedTuple):
    """A row that can be sent: its line in the file and the filled form."""

    line: int
    form: Form


class Wrong(NamedTuple):
    """What is wrong in a line of the file, in a sentence."""

    line: int
    reason: str


class Checked(NamedTuple):
    """A file after the check: rows to send, rows that are sent already, and everything that is wrong."""

    good: tuple[Row, ...]
    unchanged: tuple[Row, ...]
    wrong: tuple[Wrong, ...]


class _Columns(NamedTuple):
    sample: int
    items: dict[str, int]
    comments: dict[str, int]
    fatal: int | None
    comment: int | None


def read(path: Path) -> str:
    """The file's text.

    Raises:
        UsageError: ``error.file_unreadable``, ``error.file_too_large``, ``error.file_not_text``.

    """
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError("error.file_unreadable", path=path, reason=error.strerror or "") from error
    if len(raw) > _LARGEST:
        raise UsageError("error.file_too_large", path=path, limit="16 MiB")
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError("error.file_not_text", path=path)


def check(text: str, book: QualityBook, rubric: RubricView, scored: Callable[[Form], bool | None]) -> Checked:
    """Check every row.

    ``scored`` says of a form whether just this score has been given (True), another one by the same person (False), or
    none (None).

    Raises:
        UsageError: ``error.csv_header``: a column that there must be is missing, or one is unknown;
            ``error.csv_malformed``.

    """
    rows = _rows(text)
    header = next(rows, None)
    if header is None:
        raise UsageError("error.csv_empty")
    columns = _columns(header[1], rubric.rubric)
    good, unchanged, wrong = [], [], []
    seen: dict[str, int] = {}
    ids = book.ids_by_name()
    for line, cells in rows:
        form, reasons = _form(cells, columns, rubric, ids)
        held = book.samples.get(form.sample_id)
        if held is None:
            reasons.insert(0, t("import.no_such_sample", id=form.sample_id))
        elif form.sample_id in seen:
            reasons.insert(0, t("import.twice", id=form.sample_id, line=seen[form.sample_id]))
        seen.setdefault(form.sample_id, line)
        if not reasons and held is not None:
            given = scored(form)
            if given:
                unchanged.append(Row(line, form))
                continue
            if given is False:
                reasons.append(t("rules.refused.scored_already"))
            elif not _open(held[1]):
                reasons.append(t("import.not_open", id=form.sample_id, state=_state(held[1])))
        wrong += [Wrong(line, reason) for reason in reasons]
        if not reasons:
            good.append(Row(line, form))
    return Checked(tuple(good), tuple(unchanged), tuple(wrong))


def _open(sample: Sample) -> bool:
    return sample.state == "open" or (sample.reason == "calibration" and sample.state == "scored")


def _state(sample: Sample) -> str:
    from floorctl.i18n import term

    return term("sample_state", sample.state)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, with the line on which each begins."""
    first = text.partition("\n")[0]
    delimiter = "\t" if "\t" in first and "," not in first else ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, [cell.strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise UsageError("error.csv_malformed", line=begins, reason=str(error)) from error


def _names(what: str) -> set[str]:
    """What a column may be called: the word of the language in use, or the English one."""
    return {what, t(f"import.column.{what}").casefold()}


def _columns(header: Sequence[str], rubric: Rubric) -> _Columns:
    by_name = {item.title.casefold(): item.id for item in quality.items(rubric)}
    by_name |= {item.id.casefold(): item.id for item in quality.items(rubric)}
    found: dict[str, int] = {}
    items: dict[str, int] = {}
    comments: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = cell.casefold()
        prefix, colon, rest = name.replace("：", ":").partition(":")
        known = next((what for what in ("sample", "fatal", "comment") if name in _names(what)), None)
        if name in by_name:
            where, key = items, by_name[name]
        elif colon and prefix in _names("comment") and rest.strip() in by_name:
            where, key = comments, by_name[rest.strip()]
        elif known is not None:
            where, key = found, known
        else:
            raise UsageError("error.csv_column", name=cell)
        if key in where:
            raise UsageError("error.csv_column_twice", name=cell)
        where[key] = at
    missing = [item.title for item in quality.items(rubric) if item.id not in items]
    if "sample" not in found:
        missing.insert(0, t("import.column.sample"))
    if missing:
        raise UsageError("error.csv_missing", names=t("cli.list_comma").join(missing))
    return _Columns(found["sample"], items, comments, found.get("fatal"), found.get("comment"))


def _form(
    cells: Sequence[str], columns: _Columns, rubric: RubricView, ids: Mapping[str, str]
) -> tuple[Form, list[str]]:
    """The form that a row stands for as far as it makes sense, and what does not; ``ids``: sample's name → id."""

    def cell(at: int | None) -> str:
        return cells[at] if at is not None and at < len(cells) else ""

    reasons: list[str] = []
    named = cell(columns.sample)
    form = Form(
        sample_id=ids.get(named, named), rubric_id=rubric.id, rubric_version=rubric.version, rubric=rubric.rubric
    )
    odd: set[str] = set()
    for item in quality.items(rubric.rubric):
        text = cell(columns.items[item.id])
        try:
            if text.casefold() in _NOT_APPLICABLE or text == t("import.not_applicable"):
                form = forms.not_applicable(form, item.id)
            elif text:
                form = forms.with_points(form, item.id, _number(text))
        except ValueError:
            odd.add(item.id)
            reasons.append(_why(form, item.id, text))
        form = forms.with_comment(form, item.id, cell(columns.comments.get(item.id)))
    errors = {error.id: error.id for error in rubric.rubric.fatal}
    errors |= {error.title: error.id for error in rubric.rubric.fatal}
    for name in filter(None, (part.strip() for part in cell(columns.fatal).replace("；", ";").split(";"))):
        if name not in errors:
            reasons.append(t("rules.refused.unknown_item", item=name))
        elif errors[name] not in form.fatal:
            form = forms.toggle_fatal(form, errors[name])
    form = forms.with_comment(form, None, cell(columns.comment))
    reasons += [problem.message for problem in forms.problems(form) if problem.field not in odd]
    if len(cells) > max((columns.sample, *columns.items.values(), *columns.comments.values(),
                         columns.fatal or 0, columns.comment or 0)) + 1:  # fmt: skip
        reasons.append(t("import.too_many_cells"))
    return form, reasons


def _why(form: Form, item_id: str, text: str) -> str:
    item = forms.item_of(form, item_id)
    if text.casefold() in _NOT_APPLICABLE or text == t("import.not_applicable"):
        return t("rules.refused.item_must_apply", item=item.title)
    try:
        reason = quality.off_scale(item, _number(text))
    except ValueError:
        reason = None
    return (
        t(f"rules.refused.{reason}", item=item.title) if reason else t("import.no_number", item=item.title, text=text)
    )


def _number(text: str) -> float:
    if "_" in text:  # which Python would take
        raise ValueError(text)
    return float(text)


def same(form: Form, scores: Sequence[ItemScore], fatal: Sequence[str], comment: str | None) -> bool:
    """Whether a score that was given is the one of this form."""
    return (tuple(scores), tuple(fatal), comment or "") == (forms.scores(form), form.fatal, form.comment)


def command_of(sample: Sample, person_id: str, data: dict[str, object], zone: tzinfo) -> tuple[str, datetime]:
    """The id and time of the command that sends a row: the same for the same score by the same person, everywhere.

    A UUID version 7 whose time is the beginning of the sample's day and whose rest is a digest of what is said.
    """
    made_at = datetime.combine(sample.day, time(), zone)
    digest = hashlib.sha256(msgspec.json.encode([person_id, data], order="sorted")).digest()
    value = int(made_at.timestamp() * 1000) << 80 | int.from_bytes(digest[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])), made_at
