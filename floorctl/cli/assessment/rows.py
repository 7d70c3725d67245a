"""Lines and table rows of ``assess``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from floorctl.cli.output import Cell, Column
from floorctl.cli.rows import columns
from floorctl.cli.words import moment
from floorctl.floor.assessment.explanation import equals, next_gain, next_loss
from floorctl.i18n import t, term
from floorctl.rules.assessment.scoring import RATES
from floorctl.text.numbers import cost_text, money_text, points_text

if TYPE_CHECKING:
    from floorctl.cli.documents import Shapes
    from floorctl.floor.assessment.views import CostView, ExplainView, FactView, MonthBrief, ScoreView
    from floorctl.floor.floor import Floor
    from floorctl.models.assessment import Fact
    from floorctl.rules.assessment.month import Item


def head(score: ScoreView) -> list[str]:
    """The lines above the items: base, bonus and total, and notes and forecast."""
    key = "cli.assess.final" if score.final else "cli.assess.running"
    figures = {"base": points_text(score.base), "bonus": points_text(score.bonus), "total": points_text(score.total)}
    lines = [t(key, month=str(score.month), **figures)]
    if score.termination_right:
        lines.append(t("cli.assess.termination"))
    if score.no_orders_known:
        lines.append(t("cli.assess.first_sync"))
    if (ahead := score.forecast) is not None:
        lines.append(
            t(
                "cli.assess.forecast",
                low=points_text(ahead.low),
                expected=points_text(ahead.expected),
                high=points_text(ahead.high),
                method=t("assess.forecast.method"),
            )
        )
    return lines


def item_columns() -> list[Column]:
    """The columns of a month's items."""
    return columns(
        ("item", "keep"),
        ("score", "right keep"),
        ("points", "right keep 3"),
        ("lost", "right keep"),
        ("counts", "keep 4"),
        ("next_loss", "1"),
        ("next_gain", "2"),
    )


def item_row(item: Item) -> list[str | Cell]:
    """The row of one item."""
    style = "bold red" if item.score == 0 else "yellow" if item.lost else ""
    due = t("cli.assess.due_at_end", n=item.due_at_end) if item.due_at_end else ""
    return [
        term("metric", item.id),
        Cell(points_text(item.score), style),
        str(item.points),
        Cell("" if not item.lost else f"▼ {points_text(item.lost)}", style),
        counts(item),
        next_loss(item),
        due or next_gain(item),
    ]


def counts(item: Item) -> str:
    """The item's counts, with the rate if it has one: ``35 / 1000 = 3.5%``."""
    if (rate := RATES.get(item.id)) is not None:
        share = rate.value(item.counts)
        if share is None:
            return t("cli.assess.no_data")
        return f"{item.counts[rate.part]} / {item.counts[rate.whole]} {equals(share)}"
    if "done" in item.counts:
        return str(item.counts["done"])
    (value,) = item.counts.values()
    return str(len(value) if isinstance(value, list) else value)


def year_columns() -> list[Column]:
    """The columns of a year's months."""
    return columns(
        ("month", "keep"), ("base", "right keep"), ("bonus", "right keep"), ("total", "right keep"), ("state", "")
    )


def year_row(brief: MonthBrief) -> list[str | Cell]:
    """The row of one month."""
    state = "cli.assess.is_final" if brief.final else "cli.assess.is_running"
    return [str(brief.month), points_text(brief.base), points_text(brief.bonus), points_text(brief.total), t(state)]


def year_line(score: ScoreView) -> str:
    """The year's score so far, and the deduction from the payment."""
    year = score.year
    if year.score is None or year.payment_lost_percent is None:
        return t("cli.assess.no_year")
    figures = {"n": year.months, "score": points_text(year.score), "percent": points_text(year.payment_lost_percent)}
    if year.payment_lost is None:
        return t("cli.assess.year_line", **figures)
    return t("cli.assess.year_line_money", **figures, money=money_text(year.payment_lost))


def explained(score: ScoreView, item_id: str, explanation: ExplainView) -> list[str]:
    """An item's formula, the same with its numbers, the reading, and the next steps."""
    item = score.item(item_id)
    lines = [
        f"{term('metric', item_id)} · {score.month} · {points_text(item.score)} / {item.points}",
        explanation.formula,
    ]
    lines += [f"  {step}" for step in explanation.steps]
    if explanation.reading:
        lines.append(t("cli.assess.reading", text=explanation.reading))
    lines += [line for line in (next_loss(item), next_gain(item)) if line]
    return lines


def cost_columns() -> list[Column]:
    """The columns of what cost points."""
    return columns(("kind", "keep 2"), ("what", "keep"), ("at", "keep"), ("lost", "right keep"), ("detail", ""))


def cost_row(cost: CostView, now: datetime) -> list[str | Cell]:
    """The row of one order, person or fact that cost points."""
    lost = cost_text(cost.lost)
    return [term("kind", cost.kind), cost.title, day_or_moment(cost.at, now), lost, cost.detail]


def day_or_moment(at: datetime | date | None, now: datetime) -> str:
    """A day as ISO date, a moment in the floor's time zone."""
    if at is None or isinstance(at, datetime):
        return moment(at, now)
    return at.isoformat()


def fact_columns() -> list[Column]:
    """The columns of the facts."""
    return columns(
        ("id", "right keep"),
        ("day", "keep"),
        ("kind", "keep"),
        ("numbers", "keep"),
        ("person", "keep 2"),
        ("title", ""),
        ("matter", "2"),
        ("evidence", "3"),
        ("pending", "keep 2"),
    )


def fact_row(numbers: Mapping[str, str], floor: Floor, shapes: Shapes, view: FactView) -> list[str | Cell]:
    """The row of one fact; ``numbers``: id → the fact's short number."""
    fact = shapes.seen(view)
    return [
        numbers.get(view.id, ""),
        fact.day.isoformat(),
        term("fact", fact.kind),
        fact_numbers(fact),
        floor.names.person(fact.person_id),
        fact.title or "",
        fact.matter or "",
        fact.evidence or "",
        t("cli.pending_mark") if view.pending else "",
    ]


def fact_numbers(fact: Fact) -> str:
    """The numbers that a fact contributes, as text."""
    if fact.kind == "onboarding_exam":
        return t("assess.exam", passed=fact.passed or 0, sat=fact.sat or 0)
    times = f" × {fact.count}" if fact.count > 1 else ""
    if fact.kind == "onboarding_training":
        return t("assess.course", n=fact.days or 0) + times
    return times.strip()


def counted_fact(fact: Fact | Mapping[str, Any]) -> dict[str, Any]:
    """A fact in the form of the contract's worked examples."""
    if isinstance(fact, Mapping):
        return dict(fact)
    document = {"kind": fact.kind, "day": fact.day.isoformat(), "count": fact.count}
    return document | ({"matter": fact.matter} if fact.matter else {})
