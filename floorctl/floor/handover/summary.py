"""The summary that is signed at the handover: the shift's figures as text, in sections."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from floorctl.i18n import t, term
from floorctl.rules.floor import metrics
from floorctl.rules.handover.shift_figures import (
    AlertFigures,
    LineCalls,
    OrderFigures,
    QualityFigures,
    ScoreFigures,
    ShiftFigures,
    SurgeFigures,
)
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.rules.handover.unfinished import Unfinished
from floorctl.rules.privacy import mask_text
from floorctl.text.durations import lasting, mean_time
from floorctl.text.numbers import NOTHING, percent, points_text, score_text
from floorctl.text.times import when

#: The columns of a line's calls.
CALLS = ("offered", "answered", "rate", "target", "abandoned", "aht")
#: The most characters of a summary; the contract allows 20,000.
LONGEST = 18_000


class Table(NamedTuple):
    """A table: head and rows; the first column holds names, the others numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(NamedTuple):
    """A title and its lines, each a label and a value. A line without a label lists one of the things counted above it.

    ``table`` is shown before the lines.
    """

    title: str
    lines: list[tuple[str, str]]
    table: Table | None = None


def shift_words(shift: ShiftOf) -> str:
    """The day and name of a shift as text: ``11-24 早班``."""
    return t("handover.shift", day=f"{shift.day:%m-%d}", shift=term("shift", shift.name))


def change_words(shift: ShiftOf, to: ShiftOf) -> str:
    """``11-24 早班 交 晚班``; the next shift has its day where it is another."""
    comes = term("shift", to.name) if to.day == shift.day else shift_words(to)
    return t("handover.head", shift=shift_words(shift), to=comes)


def sections(figures: ShiftFigures, queue_name: Callable[[str | None], str] = lambda each: each or "") -> list[Section]:
    """The sections of the whole summary."""
    return [
        Section(t("handover.section.calls"), [], _calls(figures.calls)),
        *([] if figures.unfinished is None else [_unfinished(figures.unfinished)]),
        Section(t("handover.section.orders"), _orders(figures.orders)),
        Section(t("handover.section.alerts"), _alerts(figures.alerts)),
        *([] if figures.quality is None else [Section(t("handover.section.quality"), _quality(figures.quality))]),
        Section(t("handover.section.people"), _people(figures, queue_name)),
        Section(t("handover.section.score"), _score(figures.score)),
    ]


def early(before: timedelta, reason: str) -> Section:
    """The section for a handover given long before the shift's end, with the reason."""
    left = t("handover.early.line", left=lasting(before.total_seconds()))
    return Section(
        t("handover.section.early"), [(t("handover.early.left"), left), (t("handover.early.reason"), reason)]
    )


def markdown(found: Iterable[Section]) -> str:
    """The sections as Markdown: for each a heading, its table, and a list of its lines."""
    return "\n\n".join(f"### {section.title}\n\n{_body(section)}" for section in found)[:LONGEST]


def _body(section: Section) -> str:
    lines = [f"- {label}: {value}" if label else f"  - {value}" for label, value in section.lines]
    if section.table is None:
        return "\n".join(lines)
    head, rows = section.table
    rule = ("---", *("---:" for _ in head[1:]))
    table = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in (head, rule, *rows)]
    return "\n".join([*table, *([""] if lines else []), *lines])


def parsed(summary: str) -> list[Section]:
    """Parse a summary that ``markdown`` wrote into sections; of any other text, as much as can be recognized."""
    found: list[Section] = []
    cells: list[tuple[str, ...]] = []

    def with_table() -> None:
        if cells:
            rows = tuple(row for row in cells[1:] if not all(set(cell) <= set("-:") for cell in row))
            found[-1] = found[-1]._replace(table=Table(cells[0], rows))
            cells.clear()

    for line in summary.splitlines():
        if line.startswith("### "):
            with_table()
            found.append(Section(line.removeprefix("### "), []))
            continue
        if not line.strip():
            continue
        if not found:
            found.append(Section("", []))
        if line.startswith("|"):
            cells.append(tuple(cell.strip() for cell in line.strip().strip("|").split("|")))
        elif line.startswith("- ") and ": " in line:
            label, _, value = line.removeprefix("- ").partition(": ")
            found[-1].lines.append((label, value))
        else:
            found[-1].lines.append(("", line.strip().removeprefix("- ")))
    with_table()
    return found


def _calls(calls: Iterable[LineCalls]) -> Table:
    head = ("", *(t(f"handover.calls.{name}") for name in CALLS))
    return Table(head, tuple(_line_calls(each) for each in calls))


def _unfinished(found: Unfinished) -> Section:
    lines = []
    for group in found.groups:
        lines.append((t(f"handover.unfinished.{group.name}"), t("handover.unfinished.count", n=group.count)))
        lines += [("", each) for each in group.listed]
        if group.listed and group.count > len(group.listed):
            lines.append(("", t("handover.unfinished.more", n=group.count - len(group.listed))))
    return Section(t("handover.section.unfinished"), lines)


def _line_calls(each: LineCalls) -> tuple[str, ...]:
    counts = each.counts
    label = term("line", each.line) if each.line else t("handover.calls.all")
    if counts.left_out:
        label = t("handover.calls.left_out", line=label, n=counts.left_out)
    return (
        label,
        str(counts.offered),
        str(counts.answered),
        percent(metrics.answer_rate(counts)),
        percent(metrics.service_level(counts)),
        str(counts.abandoned),
        mean_time(metrics.aht(counts)),
    )


def _orders(orders: OrderFigures) -> list[tuple[str, str]]:
    return [
        (t("handover.orders.in"), t("handover.orders.received", n=orders.received, urgent=orders.urgent)),
        (
            t("handover.orders.out"),
            t("handover.orders.dispatched", n=orders.dispatched, late=orders.dispatch_late),
        ),
        (
            t("handover.orders.departments"),
            t("handover.orders.handled", n=orders.handled, overdue=orders.overdue, called_back=orders.called_back),
        ),
    ]


def _alerts(alerts: AlertFigures) -> list[tuple[str, str]]:
    severities = "  ".join(f"{term('severity', each)} {n}" for each, n in alerts.raised.items() if n)
    raised = t("handover.alerts.count", n=sum(alerts.raised.values()), closed=alerts.closed)
    return [
        (t("handover.alerts.raised"), f"{raised}  {severities}".rstrip()),
        (
            t("handover.alerts.ladders"),
            t(
                "handover.alerts.steps",
                done=alerts.steps_done,
                late=alerts.steps_done_late,
                open=alerts.steps_open,
                open_late=alerts.steps_open_late,
            ),
        ),
    ]


def _quality(found: QualityFigures) -> list[tuple[str, str]]:
    return [
        (t("handover.quality.plan"), t("handover.quality.planned", scored=found.scored, planned=found.planned)),
        (
            t("handover.quality.scores"),
            t(
                "handover.quality.inspected",
                n=found.inspected,
                mean=NOTHING if found.mean is None else score_text(found.mean),
                below=found.below,
                fatal=found.fatal,
            ),
        ),
    ]


def _people(figures: ShiftFigures, queue_name: Callable[[str | None], str]) -> list[tuple[str, str]]:
    names = t("handover.comma").join(figures.absent)
    away = t("handover.people.absent", n=len(figures.absent), rostered=figures.rostered)
    lines = [(t("handover.people.agents"), f"{away}  {names}".rstrip())]
    lines += [(t("handover.people.surge"), _surge(each, queue_name, figures.until)) for each in figures.surges]
    return lines if figures.surges else [*lines, (t("handover.people.surge"), t("handover.people.no_surge"))]


def _surge(each: SurgeFigures, queue_name: Callable[[str | None], str], until: datetime) -> str:
    def clock(at: datetime) -> str:
        return when(at, until)

    ended = t("handover.people.going_on") if each.ended_at is None else clock(each.ended_at)
    where = queue_name(each.queue_id)
    words = t("handover.people.surge_line", start=clock(each.started_at), end=ended, n=each.actions)
    return "  ".join(part for part in (words, where, mask_text(each.reason)) if part)


def _score(found: ScoreFigures) -> list[tuple[str, str]]:
    if found.base is None:
        return [(t("handover.score.now"), t("handover.score.none", month=found.month))]
    now = t("handover.score.base", month=found.month, base=points_text(found.base))
    lines = [(t("handover.score.now"), now)]
    if not found.lost:
        return [*lines, (t("handover.score.shift"), t("handover.score.nothing"))]
    items = t("handover.comma").join(
        f"{term('metric', item)} {'-' if lost > 0 else '+'}{points_text(abs(lost))}"
        for item, lost in found.lost.items()
    )
    total = found.lost_in_all
    key = "handover.score.lost" if total >= 0 else "handover.score.won"
    return [*lines, (t("handover.score.shift"), f"{t(key, points=points_text(abs(total)))}  {items}")]
