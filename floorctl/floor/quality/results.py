"""A month's results from the quality book: by agent, team, line, item and month, with the best and the failing agents.

The computation of a result is in ``floorctl.rules.quality.results``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from floorctl.floor.quality.book import QualityBook
from floorctl.floor.quality.views import QualityResults, ResultRow
from floorctl.i18n import t
from floorctl.models.orders import Order
from floorctl.models.quality import Inspection, Rubric
from floorctl.rules.quality import results as rules
from floorctl.rules.quality import scoring
from floorctl.rules.quality.results import Agreed, Result
from floorctl.text.numbers import points_text
from floorctl.text.unknown import unknown

#: Months of history in a trend, the current one included.
MONTHS = 6
#: The most agents in the list of the best.
_TOP = 5
#: The fewest scores for an agent to be among the best; a mean of fewer says little.
_ENOUGH = 3


def results(book: QualityBook, month: str) -> QualityResults:
    """Return a month's results (see ``QualityResults``)."""
    counted = [
        (inspection_id, held.value)
        for inspection_id, held in book.inspections.items()
        if (sample := book.samples.get(held.value.sample_id)) is None or sample.value.reason != "calibration"
    ]
    months = _months_until(month)
    by_month: dict[str, list[Inspection]] = {each: [] for each in months}
    for _, inspection in sorted(counted, key=lambda pair: (pair[1].submitted_at, pair[0])):
        of = book.month_of(inspection)
        if of in by_month:
            by_month[of].append(inspection)
    rubrics = book.entities()
    lines = _lines(book, (inspection for scores in by_month.values() for inspection in scores))
    name = book.read_model.person_name
    agents = _rows(by_month, lambda each: each.agent_id, name, rubrics)
    agents = [
        _with_reasons(
            row, rules.coaching([each for each in by_month[month] if each.agent_id == row.key], row.trend, rubrics)
        )
        for row in agents
    ]
    agents.sort(key=lambda row: (-row.result.mean, row.key))
    failed = [row for row in agents if "below_pass" in row.reasons]
    best = [row for row in agents if not row.reasons and row.result.count >= _ENOUGH and row.result.pass_rate == 1]
    return QualityResults(
        month=month,
        overall=rules.result(by_month[month], rubrics),
        by_agent=tuple(agents),
        by_team=tuple(_rows(by_month, lambda each: book.read_model.team(each.agent_id), str, rubrics)),
        by_line=tuple(_rows(by_month, lambda each: lines.get(each.sample_id, ""), str, rubrics)),
        by_item=tuple(_item_rows(by_month, rubrics)),
        by_month=tuple(_month_rows(book, by_month, rubrics)),
        top=tuple(best[:_TOP]),
        below_pass=tuple(reversed(failed)),
        for_coaching=tuple(row for row in reversed(agents) if row.reasons),
    )


def _lines(book: QualityBook, inspections: Iterable[Inspection]) -> dict[str, str]:
    """The line of each sample: its call's, else its order's."""
    found, orders = {}, {}
    for inspection in inspections:
        held = book.samples.get(inspection.sample_id)
        if held is None:
            continue
        sample = held.value
        if sample.call is not None and sample.call.line:
            found[inspection.sample_id] = sample.call.line
        elif order_id := sample.order_id or (sample.target.id if sample.target.kind == "order" else None):
            orders[inspection.sample_id] = order_id
    held_orders = book.read_model.many(Order, orders.values())
    return found | {
        sample_id: held_orders[order_id].value.line for sample_id, order_id in orders.items() if order_id in held_orders
    }


def _rows(
    by_month: Mapping[str, list[Inspection]],
    key: Callable[[Inspection], str],
    name: Callable[[str], str],
    rubrics: Mapping[str, Rubric],
) -> list[ResultRow]:
    grouped: dict[str, dict[str, list[Inspection]]] = defaultdict(lambda: defaultdict(list))
    for month, scores in by_month.items():
        for each in scores:
            if of := key(each):
                grouped[of][month].append(each)
    rows = []
    months = list(by_month)
    for of in sorted(grouped):
        found = {month: rules.result(scores, rubrics) for month, scores in grouped[of].items()}
        if (now := found.get(months[-1])) is not None:
            rows.append(
                ResultRow(
                    key=of,
                    name=name(of),
                    result=now,
                    trend=rules.trend(now, found.get(months[-2])),
                    history=_history(months, found),
                )
            )
    return rows


def _month_rows(
    book: QualityBook, by_month: Mapping[str, list[Inspection]], rubrics: Mapping[str, Rubric]
) -> list[ResultRow]:
    rows: list[ResultRow] = []
    before: Result | None = None
    for month, scores in by_month.items():
        found = rules.result(scores, rubrics)
        if found is not None:
            by_day: dict[str, list[Inspection]] = defaultdict(list)
            for each in scores:
                by_day[f"{each.submitted_at.astimezone(book.calendar.zone):%Y-%m-%d}"].append(each)
            days = {day: rules.result(of_day, rubrics) for day, of_day in by_day.items()}
            trend = rules.trend(found, before)
            rows.append(ResultRow(month, month, found, trend, _history(sorted(days), days)))
        before = found
    return rows


def _history(labels: Iterable[str], found: Mapping[str, Result | None]) -> tuple[tuple[str, Fraction], ...]:
    return tuple((label, each.mean) for label in labels if (each := found.get(label)) is not None)


def _with_reasons(row: ResultRow, reasons: tuple[str, ...]) -> ResultRow:
    return ResultRow(row.key, row.name, row.result, row.trend, row.history, reasons)


def _item_rows(by_month: Mapping[str, list[Inspection]], rubrics: Mapping[str, Rubric]) -> list[ResultRow]:
    months = list(by_month)
    found = {month: rules.by_item(scores, rubrics) for month, scores in by_month.items()}
    titles = {item.id: item.title for rubric in rubrics.values() for item in scoring.items(rubric)}
    order = {item_id: at for at, item_id in enumerate(titles)}
    rows = []
    for item_id in sorted(found[months[-1]], key=lambda each: (order.get(each, len(order)), each)):
        now = found[months[-1]][item_id]
        of_each = {month: items.get(item_id) for month, items in found.items()}
        trend = rules.trend(now, of_each[months[-2]])
        rows.append(ResultRow(item_id, titles.get(item_id, unknown("item")), now, trend, _history(months, of_each)))
    return rows


def _months_until(month: str) -> list[str]:
    first = date.fromisoformat(f"{month}-01")
    months = [month]
    for _ in range(MONTHS - 1):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(f"{first:%Y-%m}")
    return months[::-1]


def agreed_words(found: Agreed) -> str:
    """``一致 11/13，最大差 3 分``: the agreement in words, to be read before the coefficient."""
    if found.same == found.items:
        return t("quality.agreed_wholly", same=found.same, items=found.items)
    return t("quality.agreed", same=found.same, items=found.items, widest=points_text(found.widest))
