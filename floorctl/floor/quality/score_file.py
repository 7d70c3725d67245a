"""Scores entered in a csv file or workbook: the whole file is read and every row checked before any score is sent.

The header names the columns: the sample, every item of the rubric by its id or title, and optionally an item's comment
(its name after ``comment:``), the fatal errors (separated by semicolons) and a comment on the whole. ``-`` marks an
item that does not apply.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, time, tzinfo
from pathlib import Path
from typing import NamedTuple

import msgspec

from floorctl.errors import UsageError
from floorctl.files import table as saved_table
from floorctl.files.cells import Formula
from floorctl.files.table import Table, folded, letters
from floorctl.floor.quality.book import QualityBook
from floorctl.floor.quality.views import RubricView
from floorctl.i18n import in_each_language, t
from floorctl.models.quality import ItemScore, Rubric, Sample
from floorctl.rules.quality import form as forms
from floorctl.rules.quality import scoring
from floorctl.rules.quality.form import Form
from floorctl.text import typed
from floorctl.text.phrases import refusal

_NOT_APPLICABLE = frozenset({"-", "—", "–", "n/a"})
#: Matches a sample's id or name but no remark: only ASCII without blanks, and a digit or a separator of ids.
_LIKE_AN_ID = re.compile(r"(?=.*[\d/-])[!-~]+", re.DOTALL)
#: Matches a day in a spreadsheet's form: it converts the names ``11-27/12`` and ``3/5`` to days.
_DAY = re.compile(r"\d{4}[-/]\d\d?[-/]\d\d?( .*)?|\d\d?\u6708\d\d?\u65e5|\d\d?-[A-Z][a-z]{2}(-\d\d)?")
#: Matches a long number as a spreadsheet writes it into csv, with digits lost.
_SHORTENED = re.compile(r"\d(\.\d+)?[Ee]\+\d+")


class Row(NamedTuple):
    """A row that can be sent: its line in the file and the filled form."""

    line: int
    form: Form


class Wrong(NamedTuple):
    """An error in a row, as a sentence; ``column``: its letters, empty where the error is of the whole row."""

    line: int
    reason: str
    column: str = ""


class Left(NamedTuple):
    """A row above or below the table that is not part of it: a title, a remark, sums."""

    line: int
    text: str
    above: bool


class Checked(NamedTuple):
    """A checked file.

    Rows to send, rows already sent, all errors, and rows left out; ``sheet``: the workbook's sheet that was read, set
    only where there are ``others`` like it.
    """

    good: tuple[Row, ...]
    unchanged: tuple[Row, ...]
    wrong: tuple[Wrong, ...]
    left: tuple[Left, ...] = ()
    sheet: str = ""
    others: tuple[str, ...] = ()


class _Columns(NamedTuple):
    sample: int
    items: dict[str, int]
    comments: dict[str, int]
    fatal: int | None
    comment: int | None

    @property
    def taken(self) -> set[int]:
        """The indices of all columns with a name."""
        optional = (each for each in (self.fatal, self.comment) if each is not None)
        return {self.sample, *self.items.values(), *self.comments.values(), *optional}


class _Names:
    """The names that columns may have."""

    def __init__(self, rubric: Rubric) -> None:
        self._items = {folded(item.title): item.id for item in scoring.items(rubric)}
        self._items |= {folded(item.id): item.id for item in scoring.items(rubric)}

    def meant(self, name: str) -> tuple[str, str] | None:
        """What a column with this ``folded`` name holds, and the item's id or ``""``; None for an unknown name."""
        if name in self._items:
            return "item", self._items[name]
        prefix, colon, rest = name.partition(":")
        if colon and prefix in _words("comment") and rest in self._items:
            return "item_comment", self._items[rest]
        return next(((what, "") for what in ("sample", "fatal", "comment") if name in _words(what)), None)


def read(path: Path, rubric: Rubric) -> Table:
    """Return the file's table. Raises what ``floorctl.files.table.read`` raises."""
    names = _Names(rubric)
    return saved_table.read(path, lambda name: names.meant(name) is not None)


def check(table: Table, book: QualityBook, rubric: RubricView, scored: Callable[[Form], bool | None]) -> Checked:
    """Check every row.

    ``scored`` returns for a form: True where exactly this score has been given, False where the same person has given
    another one, None where there is none.

    Raises:
        UsageError: ``error.csv_column``, ``error.csv_column_twice``, ``error.csv_missing``: the header is wrong.

    """
    columns = _columns(table.header, rubric.rubric)
    good, unchanged, wrong = [], [], []
    seen: dict[str, int] = {}
    ids = book.ids_by_name()
    below = [row for row in table.below if row.cells != table.header.cells]  # drop headers repeated at page breaks
    rows, remarks = _apart(below, columns, ids.keys() | book.samples.keys())
    for row in rows:
        line = row.number
        form, reasons = _form(row, columns, rubric, ids, book.samples)
        held = book.samples.get(form.sample_id)
        if held is None:
            reasons.insert(0, (columns.sample, _no_sample(row.cell(columns.sample))))
        elif form.sample_id in seen:
            twice = t("import.twice", id=form.sample_id, line=seen[form.sample_id])
            reasons.insert(0, (columns.sample, twice))
        seen.setdefault(form.sample_id, line)
        if not reasons and held is not None:
            given = scored(form)
            if given:
                unchanged.append(Row(line, form))
                continue
            if given is False:
                reasons.append((columns.sample, t("rules.refused.scored_already")))
            elif not _open(held.value):
                closed = t("import.not_open", id=form.sample_id, state=_state(held.value))
                reasons.append((columns.sample, closed))
        wrong += [Wrong(line, reason, letters(at)) for at, reason in reasons]
        if not reasons:
            good.append(Row(line, form))
    left = [Left(row.number, row.text, above=True) for row in table.above]
    left += [Left(row.number, row.text, above=False) for row in remarks]
    sheet = table.sheet if table.others else ""
    return Checked(tuple(good), tuple(unchanged), tuple(wrong), tuple(left), sheet, table.others)


def _no_sample(named: str) -> str:
    """The reason why no sample has this name."""
    if isinstance(named, Formula):
        return t("import.no_result", formula=named)
    if not named:
        return t("import.no_sample")
    if _SHORTENED.fullmatch(named):
        return t("import.shortened", id=named)
    return t("import.is_a_day" if _DAY.fullmatch(named) else "import.no_such_sample", id=named)


def _open(sample: Sample) -> bool:
    return sample.state == "open" or (sample.reason == "calibration" and sample.state == "scored")


def _state(sample: Sample) -> str:
    from floorctl.i18n import term

    return term("sample_state", sample.state)


def _words(what: str) -> set[str]:
    """The names that a column may have, in any language."""
    return {what, *map(folded, in_each_language(f"import.column.{what}"))}


def _columns(header: saved_table.Row, rubric: Rubric) -> _Columns:
    names = _Names(rubric)
    found: dict[tuple[str, str], int] = {}
    unknown = []
    for at, cell in enumerate(header.cells):
        if not cell:
            continue
        meant = names.meant(folded(cell))
        if meant is None:
            unknown.append(t("import.head", name=_on_a_line(cell), column=letters(at)))
        elif meant in found:
            one, other = letters(found[meant]), letters(at)
            raise UsageError("error.csv_column_twice", name=_on_a_line(cell), line=header.number, one=one, other=other)
        else:
            found[meant] = at
    if unknown:
        raise UsageError("error.csv_column", names=t("cli.list_comma").join(unknown), line=header.number)
    missing = [item.title for item in scoring.items(rubric) if ("item", item.id) not in found]
    if ("sample", "") not in found:
        missing.insert(0, t("import.column.sample"))
    if missing:
        raise UsageError("error.csv_missing", names=t("cli.list_comma").join(missing), line=header.number)
    items = {key: at for (what, key), at in found.items() if what == "item"}
    comments = {key: at for (what, key), at in found.items() if what == "item_comment"}
    return _Columns(found["sample", ""], items, comments, found.get(("fatal", "")), found.get(("comment", "")))


def _on_a_line(cell: str) -> str:
    return " ".join(cell.split())


def _apart(
    rows: Sequence[saved_table.Row], columns: _Columns, known: Collection[str]
) -> tuple[list[saved_table.Row], list[saved_table.Row]]:
    """Split the rows below the header into scores and what follows them: remarks, signatures, sums."""
    scores = list(rows)
    remarks: list[saved_table.Row] = []
    sums = tuple(folded(each) for words in in_each_language("import.sums") for each in words.split())

    def is_remark(row: saved_table.Row) -> bool:
        name = row.cell(columns.sample)
        if name in known or _LIKE_AN_ID.fullmatch(_plain(name)):
            return False
        if any(each in folded(name) for each in sums):
            return True
        return not any(_is_points(row.cell(at)) for at in columns.items.values())

    while scores and is_remark(scores[-1]):
        remarks.insert(0, scores.pop())
    return scores, remarks


def _is_points(text: str) -> bool:
    if _does_not_apply(text):
        return True
    try:
        _number(text)
    except ValueError:
        return False
    return True


def _does_not_apply(text: str) -> bool:
    return typed.folded(text) in _NOT_APPLICABLE or text in in_each_language("import.not_applicable")


def _plain(name: str) -> str:
    """A sample's name with full-width forms converted, and without the apostrophe that marks a cell as text."""
    return typed.plain(name).removeprefix("'")


def _sample(named: str, ids: Mapping[str, str], samples: Collection[str]) -> str:
    """Return the id of the named sample; a number may have been saved as ``12.0``."""
    tries = (named, _plain(named), _plain(named).replace(" ", ""), _plain(named).removesuffix(".0"))
    found = (ids.get(each, each if each in samples else None) for each in tries)
    return next(filter(None, found), named)


def _form(
    row: saved_table.Row,
    columns: _Columns,
    rubric: RubricView,
    ids: Mapping[str, str],
    samples: Collection[str],
) -> tuple[Form, list[tuple[int, str]]]:
    """Return the form from a row, as far as it is valid, and the errors, each with its column.

    ``ids``: sample's name → id.
    """
    reasons: list[tuple[int, str]] = []
    sample_id = _sample(row.cell(columns.sample), ids, samples)
    form = Form(sample_id=sample_id, rubric_id=rubric.id, rubric_version=rubric.version, rubric=rubric.rubric)
    odd: set[str] = set()
    for item in scoring.items(rubric.rubric):
        cell = row.cell(columns.items[item.id])
        text = typed.plain(cell).removeprefix("'")
        try:
            if isinstance(cell, Formula):
                odd.add(item.id)
            elif _does_not_apply(text):
                form = forms.not_applicable(form, item.id)
            elif text:
                form = forms.with_points(form, item.id, _number(text))
        except ValueError:
            odd.add(item.id)
            reasons.append((columns.items[item.id], _why(form, item.id, text)))
        form = forms.with_comment(form, item.id, row.cell(columns.comments.get(item.id)))
    fatal = columns.fatal or 0
    form, unknown = _with_fatal(form, row.cell(columns.fatal))
    reasons += [(fatal, t("rules.refused.unknown_item", item=name)) for name in unknown]
    form = forms.with_comment(form, None, row.cell(columns.comment))
    reasons += [
        (columns.items.get(problem.field, fatal), refusal(problem.reason, problem.params))
        for problem in forms.problems(form)
        if problem.field not in odd
    ]
    reasons += [(at, t("import.no_head")) for at in _beside(row, columns)]
    without = ((at, row.cell(at)) for at in sorted(columns.taken - {columns.sample}))
    reasons += [(at, t("import.no_result", formula=cell)) for at, cell in without if isinstance(cell, Formula)]
    return form, reasons


def _with_fatal(form: Form, cell: str) -> tuple[Form, list[str]]:
    """Return ``form`` with the fatal errors in a cell, and the unknown names among them; a title may contain commas."""
    errors = {folded(error.id): error.id for error in form.rubric.fatal}
    errors |= {folded(error.title): error.id for error in form.rubric.fatal}
    unknown = []
    for part in filter(None, map(typed.plain, re.split(r"[;；\n]", cell))):
        for name in [part] if folded(part) in errors else typed.parts([part]):
            if folded(name) not in errors:
                unknown.append(name)
            elif errors[folded(name)] not in form.fatal:
                form = forms.toggle_fatal(form, errors[folded(name)])
    return form, unknown


def _beside(row: saved_table.Row, columns: _Columns) -> Iterator[int]:
    """The indices of cells that are not empty in columns without a name."""
    taken = columns.taken
    return (at for at, cell in enumerate(row.cells) if cell and at not in taken)


def _why(form: Form, item_id: str, text: str) -> str:
    item = forms.item_of(form, item_id)
    if _does_not_apply(text):
        return t("rules.refused.item_must_apply", item=item.title)
    try:
        reason = scoring.off_scale(item, _number(text))
    except ValueError:
        reason = None
    return refusal(reason, scoring.reason_params(item)) if reason else t("import.no_number", item=item.title, text=text)


def _number(text: str) -> float:
    if "_" in text:  # Python accepts underscores in numbers
        raise ValueError(text)
    return float(typed.number(text))


def same(form: Form, scores: Sequence[ItemScore], fatal: Sequence[str], comment: str | None) -> bool:
    """Whether a given score equals that of this form."""
    return (tuple(scores), tuple(fatal), comment or "") == (forms.scores(form), form.fatal, form.comment)


def command_of(sample: Sample, person_id: str, data: dict[str, object], zone: tzinfo) -> tuple[str, datetime]:
    """The id and time of the command that sends a row: equal for the same score by the same person, at any terminal.

    The id is a UUID version 7 with the start of the sample's day as its time and a digest of the data as its rest.
    """
    made_at = datetime.combine(sample.day, time(), zone)
    digest = hashlib.sha256(msgspec.json.encode([person_id, data], order="sorted")).digest()
    value = int(made_at.timestamp() * 1000) << 80 | int.from_bytes(digest[:10], "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:])), made_at
