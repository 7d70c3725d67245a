"""The month's report for the purchaser: all figures with their computation and source, and space for signatures.

People's names and texts written by people are masked; orders are identified by their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from floorctl.cli.assessment import rows as assess_rows
from floorctl.i18n import t, term
from floorctl.text.numbers import cost_text, money_text, percent_in_full, points_text

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import CostView, ScoreView
    from floorctl.floor.floor import Floor


@dataclass(frozen=True)
class Table:
    """A table of the report; its cells are plain text, those in the columns ``numbers`` decimals."""

    heading: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Report:
    """The parts of a report in the order in which they are printed."""

    title: str
    figures: list[tuple[str, str]]
    tables: list[Table]
    notes: list[str]
    signatures: tuple[str, ...]


def report(floor: Floor, score: ScoreView) -> Report:
    """The report of one month at present."""
    explanations = {item.id: floor.assessment.explain(item.id, score.month) for item in score.items}
    items = Table(
        _head("items"),
        _columns("item", "points", "score", "lost", "calculation", "source"),
        [
            (
                term("metric", item.id), str(item.points), points_text(item.score), points_text(item.lost),
                explanations[item.id].with_numbers, t(f"assess.source.{item.id}"),
            )
            for item in score.items
        ],
        frozenset({1, 2, 3}),
    )  # fmt: skip
    rules = Table(
        _head("rules"),
        _columns("item", "formula", "reading"),
        [
            (term("metric", item.id), explanations[item.id].formula, explanations[item.id].reading or "")
            for item in score.items
        ],
    )
    costs = Table(
        _head("costs"),
        _columns("item", "kind", "what", "at", "lost"),
        [
            (term("metric", item.id), *_cost(cost, floor))
            for item in score.items
            if item.lost
            for cost in floor.assessment.costs(item.id, score.month)
        ],
        frozenset({4}),
    )
    facts = Table(
        _head("facts"),
        _columns("day", "kind", "numbers", "title", "matter", "evidence", "id"),
        [
            (
                view.fact.day.isoformat(), term("fact", view.fact.kind), assess_rows.fact_numbers(view.fact),
                view.fact.title or "", view.fact.matter or "",
                view.fact.evidence or "", view.id,
            )
            for view in floor.assessment.facts(score.month)
        ],
    )  # fmt: skip
    return Report(
        title=t("assess.report.title", month=str(score.month)),
        figures=_figures(floor, score),
        tables=[table for table in (items, costs, facts, rules) if table.rows],
        notes=_notes(score),
        signatures=tuple(t(f"assess.report.signature.{name}") for name in ("prepared", "checked", "purchaser", "date")),
    )


def _figures(floor: Floor, score: ScoreView) -> list[tuple[str, str]]:
    as_of = floor.status.connection().as_of
    at = "" if as_of is None else as_of.astimezone(floor.config.zone).strftime("%Y-%m-%d %H:%M:%S")
    year = score.year
    figures = [
        ("floor", floor.session.person.floor if floor.session.person else ""),
        ("month", str(score.month)),
        ("state", t("cli.assess.is_final" if score.final else "cli.assess.is_running")),
        ("as_of", at),
        ("base", points_text(score.base)),
        ("bonus", points_text(score.bonus)),
        ("total", points_text(score.total)),
        ("termination", t("assess.report.yes" if score.termination_right else "assess.report.no")),
        (
            "year_score",
            "" if year.score is None else t("assess.report.of_months", score=points_text(year.score), n=year.months),
        ),
        (
            "payment_percent",
            "" if year.payment_lost_percent is None else percent_in_full(year.payment_lost_percent / 100),
        ),
        ("payment", "" if year.payment_lost is None else money_text(year.payment_lost)),
    ]  # fmt: skip
    return [(t(f"assess.report.figure.{name}"), value) for name, value in figures if value]


def _notes(score: ScoreView) -> list[str]:
    notes = [t("assess.report.note.bonus"), t("assess.report.note.year")]
    if not score.final:
        notes.insert(0, t("assess.report.note.running"))
    if score.short_courses:
        notes.append(t("cli.assess.short_courses", n=len(score.short_courses)))
    if score.no_orders_known:
        notes.insert(0, t("cli.assess.first_sync"))
    return notes


def _cost(cost: CostView, floor: Floor) -> tuple[str, str, str, str]:
    return term("kind", cost.kind), cost.title_outside, _when(cost.at, floor), cost_text(cost.lost)


def _when(at: datetime | date | None, floor: Floor) -> str:
    if isinstance(at, datetime):
        return at.astimezone(floor.config.zone).strftime("%Y-%m-%d %H:%M:%S")
    return "" if at is None else at.isoformat()


def _head(name: str) -> str:
    return t(f"assess.report.head.{name}")


def _columns(*names: str) -> tuple[str, ...]:
    return tuple(t(f"cli.column.{name}") for name in names)
