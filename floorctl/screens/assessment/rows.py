"""考核: rows and columns of the assessment screen's lists, and the lines beside them."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.style import Style

from floorctl.floor.assessment.explanation import next_gain, next_loss
from floorctl.i18n import t, term
from floorctl.rules.assessment.month import QUARTERLY
from floorctl.rules.assessment.scoring import (
    BONUSES,
    FULL_COURSE_DAYS,
    RATES,
    SHORT_COURSE_DAYS,
    TRAININGS_A_MONTH,
    quarterly_due,
)
from floorctl.text.numbers import cost_text, percent, percent_in_full, points_text, whole
from floorctl.text.safe import cut, visible
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import heading, labelled, paragraph
from floorctl.widgets.rows import Column, Row

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import CostView, ExplainView, FactView, Item, ScoreView
    from floorctl.rules.assessment.steps import NextStep

#: Id of the bonus row beneath the items.
BONUS = "bonus"
#: Least width (cells) of the list for next steps in words.
WORDS_FROM = 112
_LAST = 10**9
#: Most costs shown beside the list; Enter shows all.
_COSTS_BESIDE = 20


# -- the items


def in_order(view: "ScoreView") -> "list[Item]":
    """Return the items, those with points that can still be won first.

    First items whose lost points can be won back, most points first; then items that will lose points by the month's
    end unless something is done; then points lost for good; then items with full marks, the nearest to the next loss
    first. In a month that is over, the items that lost most come first.
    """

    def rank(item: "Item") -> tuple[int, Fraction, int]:
        loss = item.next_loss.count if item.next_loss is not None and not item.no_data else _LAST
        if view.final:
            return 0, -item.lost, loss
        if item.lost and item.next_gain is not None:
            return 0, -item.lost, item.next_gain.count
        if item.due_at_end:
            return 1, -item.lost, -item.due_at_end
        return (2, -item.lost, loss) if item.lost else (3, Fraction(0), loss)

    return sorted(view.items, key=rank)


def item_columns(width: int, view: "ScoreView | None" = None) -> tuple[Column, ...]:
    """Return the columns of the items for ``width`` cells; columns of next steps fit the words of ``view``."""
    words = width >= WORDS_FROM
    english = t("assessment.layout") == "wide"
    loss, gain = 8, 8
    if words and view is not None:
        loss = 1 + max(cell_len(_step(item.next_loss, "▼", view, words=True)) for item in view.items)
        gain = max(cell_len(_gain(item, view, words=True)[0]) for item in view.items)
    columns = (
        Column(t("assessment.column.item"), 19 if english else 14),
        Column(t("assessment.column.score"), 7, right=True),
        Column("", _bar_cells(width), rank=2),
        Column(t("assessment.column.lost"), 5, right=True),
        Column(t("assessment.column.counts"), _counts_cells(words=words), right=True),
        Column(t("assessment.column.before"), 4 if english and not words else 5, right=True, rank=1),
    )
    tight = sum(column.width + 1 for column in columns) + loss + gain + 5 > width
    # If both columns of next steps fit, they have fixed widths side by side; else both shrink.
    return (
        *columns,
        Column(t("assessment.column.next_loss"), max(loss, 8), grow=int(words and tight)),
        Column(
            t("assessment.column.next_gain") if words else t("assessment.column.next_gain_short"),
            max(gain, 8),
            int(words),
        ),
    )


def _counts_cells(*, words: bool) -> int:
    """Return the cells of the column of counts; ``words``: next steps have words."""
    return 19 if words else 15 if t("assessment.layout") == "wide" else 16


def _bar_cells(width: int) -> int:
    english = t("assessment.layout") == "wide"
    return (6 if english else 10) if width >= WORDS_FROM else (3 if english else 6)


def item_row(item: "Item", view: "ScoreView", before: "ScoreView | None", width: int) -> Row:
    """Return the row of one item: name, points, bar, points lost, counts, month before, next steps."""
    words = width >= WORDS_FROM
    cells = _bar_cells(width)
    # A bar is never full if points are lost, even if rounding would fill it.
    full = cells if not item.lost else min(cells - 1, whole(item.score / item.points * cells))
    style = _style(item)
    last = before.item(item.id).score if before is not None else None
    warning = " ▲" if item.id == "onboarding_period" and view.short_courses else ""
    return Row(
        item.id,
        (
            (term("metric", item.id), looks.STRONG if item.lost else looks.TEXT),
            (f"{points_text(item.score)}/{item.points}", style),
            ("▄" * full + "▁" * (cells - full), style),
            (f"−{points_text(item.lost)}" if item.lost else "", looks.RED if item.lost else looks.TEXT),
            (counts(item, _counts_cells(words=words)) + warning, looks.QUIET if item.no_data else looks.TEXT),
            (points_text(last) if last is not None else "—", looks.QUIET),
            (_step(item.next_loss, "▼", view, words=words), looks.AMBER if _near(item) else looks.QUIET),
            _gain(item, view, words=words),
        ),
    )


def bonus_row(view: "ScoreView", facts: "Sequence[FactView]", before: "ScoreView | None") -> Row:
    """Return the row of the bonus, beneath the items."""
    return Row(
        BONUS,
        (
            (term("metric", BONUS), looks.SKY),
            (f"+{points_text(view.bonus)}", looks.SKY),
            "",
            "",
            t("assessment.count.facts", n=len(facts)),
            (f"+{points_text(before.bonus)}" if before is not None else "—", looks.QUIET),
            "",
            "",
        ),
    )


def counts(item: "Item", room: int) -> str:
    """Return the item's counts in short for ``room`` cells: ``8/200 4%``, ``3 件超时``.

    A rate is written in full, as by command and in the explanation; in less room with two decimals, or with one.
    """
    if item.no_data:
        return t("assessment.no_data")
    values = item.counts
    if (rate := RATES.get(item.id)) is not None:
        value = rate.value(values) or Fraction(0)
        ways = [f"{values[rate.part]}/{values[rate.whole]} {words}" for words in _rate_words(value)]
        return next((words for words in ways if cell_len(words) <= room), ways[-1])
    if item.id in QUARTERLY:
        due = values.get("due", quarterly_due(values["contract_month"]))
        return t("assessment.count.quarterly", done=values["done"], due=due)
    if item.id == "training":
        return t("assessment.count.training", n=values["sessions"], wanted=TRAININGS_A_MONTH)
    if item.id == "onboarding_period":
        short = sum(days < SHORT_COURSE_DAYS for days in values["days"])
        key = "assessment.count.courses_short" if short else "assessment.count.courses"
        return t(key, n=len(values["days"]), short=short)
    if item.id == "major_incidents":
        return t("assessment.count.facts", n=len(values["facts"]))
    if item.id == "education":
        return t("assessment.count.education", n=values["below"])
    return t("assessment.count.late", n=values["late"])


def _rate_words(rate: Fraction) -> tuple[str, ...]:
    return percent_in_full(rate), percent(rate, 2), percent(rate)


def _style(item: "Item") -> Style:
    if not item.lost:
        return looks.GREEN
    return looks.AMBER if item.score * 2 >= item.points else looks.RED


def _near(item: "Item") -> bool:
    return item.next_loss is not None and item.next_loss.count <= 3 and not item.no_data


def _step(step: "NextStep | None", sign: str, view: "ScoreView", *, words: bool) -> str:
    if step is None or view.final:
        return ""
    points = f"{sign}{points_text(step.points)}"
    if not words:
        return f"{step.count} {points}"
    return f"{points:<6} {step.count} {t(f'term.next_step.{step.of}', n=step.count)}"


def _gain(item: "Item", view: "ScoreView", *, words: bool) -> tuple[str, Style]:
    if item.due_at_end and not view.final and item.next_gain is None:
        key = "assessment.due_words" if words else "assessment.due"
        return t(key, n=item.due_at_end), looks.WARNING
    return _step(item.next_gain, "▲", view, words=words), looks.GREEN


def next_words(item: "Item", view: "ScoreView") -> list[tuple[str, Style]]:
    """Return sentences with colours for the next gain, what is due by the month's end, and the next loss."""
    if view.final:
        return [(t("assessment.over"), looks.QUIET)]
    sentences = []
    if words := next_gain(item):
        sentences.append((f"▲ {words}", looks.GREEN))
    elif item.lost and not item.due_at_end:
        sentences.append((t("assessment.for_good"), looks.QUIET))
    if item.due_at_end:
        sentences.append((f"▲ {t('assessment.due_sentence', n=item.due_at_end)}", looks.WARNING))
    if words := next_loss(item):
        sentences.append((f"▼ {words}", looks.AMBER))
    return sentences or [(t("assessment.nothing_more"), looks.QUIET)]


def item_lines(
    item: "Item", view: "ScoreView", explained: "ExplainView | None", costs: "Sequence[CostView]", width: int
) -> list[Line]:
    """Return the lines of one item: points, next steps, explanation, costs."""
    lines: list[Line] = [
        [
            seg(term("metric", item.id) + "  ", looks.STRONG),
            seg(t("assessment.of_points", score=points_text(item.score), points=item.points), _style(item)),
        ]
    ]
    if item.no_data:
        lines += paragraph(t("assessment.no_data_sentence"), width, looks.QUIET)
    for words, style in next_words(item, view):
        lines += paragraph(words, width, style)
    if item.id == "onboarding_period" and view.short_courses:
        words = t("assessment.short_courses", n=len(view.short_courses), low=SHORT_COURSE_DAYS, full=FULL_COURSE_DAYS)
        lines += paragraph(f"▲ {words}", width, looks.WARNING)
    if explained is not None:
        lines.append(heading(t("assessment.section.explain"), width))
        lines += explain_lines(explained, width)
    if costs:
        lines.append(heading(t("assessment.section.costs", n=len(costs)), width))
        for cost in costs[:_COSTS_BESIDE]:
            words = visible(f"{cost.title}  {cost.detail}")
            lines.append([seg(f"{_lost(cost.lost):<8}", looks.RED), seg(cut(words, width - 8), looks.TEXT)])
        if len(costs) > _COSTS_BESIDE:
            lines.append([seg(t("assessment.more_costs"), looks.QUIET)])
    return lines


def explain_lines(explained: "ExplainView", width: int) -> list[Line]:
    """Return the formula, its steps with the month's numbers, and the reading taken of the contract."""
    lines = labelled(t("assessment.formula"), explained.formula, width)
    for at, step in enumerate(explained.steps):
        lines += labelled(t("assessment.numbers") if at == 0 else "", step, width, style=looks.STRONG)
    if explained.reading:
        lines += labelled(t("assessment.reading"), explained.reading, width, style=looks.QUIET)
    return lines


def bonus_lines(view: "ScoreView", facts: "Sequence[FactView]", width: int) -> list[Line]:
    """Return the bonus, its rule, and each kind of fact that earns one with its points and count."""
    lines: list[Line] = [
        [seg(term("metric", BONUS) + "  ", looks.STRONG), seg(f"+{points_text(view.bonus)}", looks.SKY)],
    ]
    lines += paragraph(t("assessment.bonus_rule"), width, looks.QUIET)
    for kind, worth in BONUSES.items():
        n = sum(each.fact.count for each in facts if each.fact.kind == kind)
        lines += labelled(f"+{points_text(worth)}", f"{term('fact', kind)}  {n or ''}", width, at=6)
    return lines


# -- what cost the points


def cost_columns() -> tuple[Column, ...]:
    """Return the columns of the list of an item's costs."""
    return (
        Column(t("assessment.cost.at"), 11),
        Column(t("assessment.cost.what"), 16, grow=1),
        Column(t("assessment.cost.detail"), 24, grow=4),
        Column(t("assessment.cost.lost"), 8, right=True),
    )


def cost_row(cost: "CostView", zone: tzinfo) -> Row:
    """Return the row of one order, person or fact, with the points that it cost."""
    at = cost.at
    when = "" if at is None else f"{at.astimezone(zone):%m-%d %H:%M}" if isinstance(at, datetime) else f"{at:%Y-%m-%d}"
    return Row(
        f"{cost.kind}:{cost.id}",
        (
            (when, looks.QUIET),
            (visible(cost.title), looks.STRONG),
            visible(cost.detail),
            (_lost(cost.lost), looks.RED if cost.lost else looks.QUIET),
        ),
    )


def cost_head(item: "Item", view: "ScoreView", explained: "ExplainView | None", n: int, width: int) -> list[Line]:
    """Return the lines above the costs: item, number of costs, next steps, formula with the month's numbers."""
    lines: list[Line] = [
        [
            seg(term("metric", item.id) + "  ", looks.STRONG),
            seg(t("assessment.of_points", score=points_text(item.score), points=item.points) + "  ", _style(item)),
            seg(t("assessment.costs_of", n=n, points=points_text(item.lost)), looks.RED if item.lost else looks.TEXT),
        ],
        [seg(words + "   ", style) for words, style in next_words(item, view)],
    ]
    if explained is not None:
        lines += paragraph(explained.with_numbers, width, looks.QUIET)[:1]
    return [*lines, heading("", width)]


def _lost(points: Fraction) -> str:
    return f"−{cost_text(points)}" if points else "0"


# -- the facts


def fact_columns() -> tuple[Column, ...]:
    """Return the columns of the list of facts."""
    return (
        Column(t("assessment.fact.day"), 10),
        Column(t("assessment.fact.kind"), 14, grow=1),
        Column(t("assessment.fact.counts"), 9),
        Column(t("assessment.fact.title"), 16, grow=3),
        Column(t("assessment.fact.matter"), 8, grow=1),
        Column(t("assessment.fact.evidence"), 8, grow=2),
    )


def fact_row(view: "FactView", person_name: str) -> Row:
    """Return the row of one fact; ↑ while it is pending."""
    fact = view.fact
    mark = "↑" if view.pending else ""
    title = " ".join(part for part in (fact.title or "", person_name) if part)
    return Row(
        view.id,
        (
            (f"{fact.day:%Y-%m-%d}", looks.QUIET),
            (mark + visible(term("fact", fact.kind)), looks.SKY if view.pending else looks.STRONG),
            fact_counts(view),
            visible(title),
            visible(fact.matter or ""),
            (visible(fact.evidence or ""), looks.QUIET),
        ),
    )


def fact_counts(view: "FactView") -> str:
    """Return the fact's numbers: passed of sat, or days (▲ short course, ▼ too short), or the count unless 1."""
    fact = view.fact
    if fact.sat is not None:
        return t("assessment.fact.exam", passed=fact.passed or 0, sat=fact.sat)
    if fact.days is not None:
        days = t("assessment.fact.days", n=fact.days)
        short = SHORT_COURSE_DAYS <= fact.days < FULL_COURSE_DAYS
        return f"{days} ▲" if short else f"{days} ▼" if fact.days < SHORT_COURSE_DAYS else days
    return f"×{fact.count}" if fact.count != 1 else ""
