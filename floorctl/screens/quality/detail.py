"""The detail beside the lists of the quality screen: a sample, a score by items, a double score, a trend."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.style import Style

from floorctl.floor.quality.results import agreed_words
from floorctl.i18n import t, term
from floorctl.rules.quality import scoring
from floorctl.rules.quality.results import applies_to_some
from floorctl.screens.quality.lists import Listing, Request, kappa_words
from floorctl.screens.quality.transcript import call_lines
from floorctl.screens.quality.trend_plot import trend_lines
from floorctl.text.numbers import percent, points_text, score_text
from floorctl.text.safe import cut, fit, visible
from floorctl.text.times import when
from floorctl.text.unknown import unknown
from floorctl.widgets import looks
from floorctl.widgets.order_detail import OrderDetail, order_lines
from floorctl.widgets.painted import Line, brief, seg
from floorctl.widgets.pane import compared, heading, labelled, paragraph

if TYPE_CHECKING:
    from floorctl.floor.quality.views import CalibrationView, DoubleScore, InspectionView, ResultRow, SampleView
    from floorctl.models.quality import Inspection, ItemScore, Rubric

_PLOT_LINES = 11
#: Entries of the 奖惩 (reward and penalty) lists that a row shows beside the plot.
_LISTED = 6


def lines_of(
    request: Request,
    listing: Listing,
    row_id: str,
    order: OrderDetail | None,
    now: datetime,
    width: int,
    height: int,
    name_of: Callable[[str | None], str],
) -> list[Line]:
    """Return the lines about the row under the cursor; empty where there is none."""
    entry: Any = listing.entries.get(row_id)
    if entry is None:
        return []
    match request.view:
        case "plan":
            return sample_detail(entry, listing.rubric, order, now, width, name_of)
        case "scores":
            return inspection_lines(entry, listing.rubric, now, width, name_of)
        case "contests":
            return double_score_lines(entry, listing.rubric, now, width)
        case "calibration":
            return calibration_lines(entry, listing.rubric, width)
        case "results":
            return result_lines(entry, listing, width, height)
    return []


def sample_detail(
    view: "SampleView",
    rubric: "Rubric | None",
    order: OrderDetail | None,
    now: datetime,
    width: int,
    name_of: Callable[[str | None], str],
) -> list[Line]:
    """Return a sample with its scores and the call or order that it is about."""
    sample = view.sample
    number = order.view.order.number if order is not None and sample.target.kind == "order" else ""
    facts = " · ".join(
        word
        for word in (term("sample_reason", sample.reason), term("sample_target", sample.target.kind), number)
        if word
    )
    lines: list[Line] = [
        [seg(brief(view.agent_name) + "  ", looks.STRONG), seg(cut(visible(facts), width), looks.TEXT)]
    ]
    lines += labelled(t("quality.field.inspector"), view.inspector_name or t("quality.nobody"), width)
    for each in view.inspections:
        lines += inspection_lines(each, rubric, now, width, name_of)
    if sample.call is not None:
        lines += call_lines(sample.call, now, width)
    if order is not None:
        lines.append(heading(t("quality.sample.order"), width))
        lines += order_lines(order, now, width)
    return lines


def inspection_lines(
    view: "InspectionView", rubric: "Rubric | None", now: datetime, width: int, name_of: Callable[[str | None], str]
) -> list[Line]:
    """Return a score: its total, the items that lost points with the reasons, and its appeal."""
    inspection = view.inspection
    good = ("✓ " + t("quality.passed"), looks.GREEN) if view.passed else ("✗ " + t("quality.failed"), looks.RED)
    lines: list[Line] = [
        heading(t("quality.section.score"), width),
        [
            seg(brief(view.agent_name) + "  ", looks.STRONG),
            seg(score_text(inspection.total) + " ", looks.STRONG),
            seg(good[0] + "  ", good[1]),
            seg(visible(term("inspection_state", inspection.state)), looks.TEXT),
        ],
    ]
    by = t("quality.scored_by", name=visible(view.inspector_name), at=when(inspection.submitted_at, now))
    lines += paragraph(by, width, looks.QUIET)
    lines += _fatal_lines(inspection, rubric, width)
    lines += _lost_lines(inspection, rubric, width)
    if inspection.comment:
        lines += labelled(t("quality.field.comment"), inspection.comment, width)
    return lines + appeal_lines(view, now, width, name_of)


def _fatal_lines(inspection: "Inspection", rubric: "Rubric | None", width: int) -> list[Line]:
    titles = {error.id: error.title for error in rubric.fatal} if rubric else {}
    return [
        line
        for each in inspection.fatal
        for line in paragraph("‼ " + titles.get(each, unknown("item")), width, looks.RED)
    ]


def _lost_lines(inspection: "Inspection", rubric: "Rubric | None", width: int) -> list[Line]:
    known = {item.id: item for item in scoring.items(rubric)} if rubric else {}
    lines: list[Line] = []
    full = 0
    for score in inspection.scores:
        item = known.get(score.item_id)
        if item is not None and score.points is not None and score.points >= item.points:
            full += 1
            continue
        most = f"/{points_text(item.points)}" if item else ""
        points = f"{_points(score)}{most if score.points is not None else ''}"
        title = item.title if item else score.item_id
        lines.append(
            [
                seg(fit(brief(title), min(24, width // 2)) + " ", looks.TEXT),
                seg(points, looks.LILAC if score.points is None else looks.AMBER),
            ]
        )
        if score.comment:
            lines += paragraph(score.comment, width, looks.QUIET, indent="   ")
    lines.append([seg(t("quality.full_items", n=full), looks.QUIET)])
    return lines


def _points(score: "ItemScore | None") -> str:
    if score is None:
        return "—"
    return "×" + t("quality.form.not_applicable") if score.points is None else points_text(score.points)


def appeal_lines(view: "InspectionView", now: datetime, width: int, name_of: Callable[[str | None], str]) -> list[Line]:
    """Return who appealed against a score, when, why and the outcome; without an appeal, until when one is possible."""
    appeal = view.inspection.appeal
    if appeal is None:
        if not view.appeal_open:
            return []
        return [[seg(t("quality.appeal_until", at=when(view.appeal_until, now)), looks.QUIET)]]
    lines = [heading(t("quality.section.appeal"), width)]
    at = when(appeal.at, now) if appeal.at else ""
    lines += labelled(t("quality.field.appealed"), f"{at} {name_of(appeal.by)}".strip(), width)
    lines += labelled(t("quality.field.reason"), appeal.reason or "—", width)
    if appeal.decided_at is not None:
        words = f"{when(appeal.decided_at, now)} {name_of(appeal.decided_by)}"
        lines += labelled(t("quality.field.decided"), words, width)
        decision = appeal.decision or ""
        lines += labelled(t("quality.field.decision"), term("inspection_state", decision), width, style=looks.LILAC)
    elif view.inspection.state == "appealed":
        lines.append([seg("▲ " + t("quality.appeal_waits"), looks.AMBER)])
    return lines


# -- double scores ----------------------------------------------------------------------------------------------------


def double_score_lines(double: "DoubleScore", rubric: "Rubric | None", now: datetime, width: int) -> list[Line]:
    """Return the valid score on the left and this terminal's on the right; ≠ where they differ."""
    first, second = double.first.inspection, double.second
    label = max(10, min(20, width // 3))
    half = max(6, (width - label - 3) // 2)
    lines = _both("", t("quality.contest.stands"), t("quality.contest.ours"), (label, half), looks.HEADER)
    lines += _both("", double.first.inspector_name, double.second_name, (label, half), looks.TEXT)
    times = (when(first.submitted_at, now), when(second.submitted_at, now))
    lines += _both("", *times, (label, half), looks.QUIET)
    lines += _both(
        t("quality.form.total"), score_text(first.total), score_text(second.total), (label, half), looks.STRONG
    )
    titles = {error.id: error.title for error in rubric.fatal} if rubric else {}
    mine, theirs = (
        t("quality.and").join(titles.get(each, unknown("item")) for each in one.fatal) for one in (first, second)
    )
    if mine or theirs:
        lines += _both(t("quality.form.fatal"), mine or "—", theirs or "—", (label, half), looks.TEXT)
    one, other = ({score.item_id: score for score in each.scores} for each in (first, second))
    names = {item.id: item.title for item in scoring.items(rubric)} if rubric else {}
    for item_id in [*names, *(each for each in {**one, **other} if each not in names)]:
        both = (_with_comment(one.get(item_id)), _with_comment(other.get(item_id)))
        lines += _both(names.get(item_id, unknown("item")), *both, (label, half), looks.TEXT)
    lines.append([seg("")])
    lines += paragraph(t("quality.contest.decide") if double.takeable else t(double.why_not), width, looks.AMBER)
    return lines


def _with_comment(score: "ItemScore | None") -> str:
    return " ".join(part for part in (_points(score), (score.comment or "") if score else "") if part)


def _both(name: str, left: str, right: str, widths: tuple[int, int], style: Style) -> list[Line]:
    """Return a row of both scores; amber with ≠ where they differ in a named row that is neither quiet nor a header."""
    differs = left != right and style is not looks.QUIET and style is not looks.HEADER and bool(name)
    shown = looks.AMBER if differs else style
    return compared(name, left, right, widths, (shown, shown), mark="≠" if differs else " ")


# -- calibration ------------------------------------------------------------------------------------------------------


def calibration_lines(view: "CalibrationView", rubric: "Rubric | None", width: int) -> list[Line]:
    """Return the inspectors' points side by side, the spread of each item, and the agreement."""
    lines: list[Line] = [[seg(brief(view.agent_name), looks.STRONG), seg(f"  {view.sample.day:%Y-%m-%d}", looks.QUIET)]]
    if view.waiting_for:
        names = t("quality.and").join(visible(each) for each in view.waiting_for)
        lines += labelled(t("quality.calibration.waits"), names, width, style=looks.AMBER)
    if view.mine:
        lines += paragraph(t("quality.calibration.yours"), width, looks.STRONG)
    if not view.unlocked:
        lines += paragraph(t("quality.calibration.blind_until"), width, looks.LILAC)
    elif view.agreed is not None:
        lines += paragraph(agreed_words(view.agreed), width, looks.STRONG)
        kappa = t("quality.calibration.kappa_means", kappa=kappa_words(view.kappa))
        lines += labelled(t("quality.calibration.kappa"), kappa, width, style=looks.QUIET)
    return lines + _points_table(view, rubric, width) if view.inspections else lines


def _points_table(view: "CalibrationView", rubric: "Rubric | None", width: int) -> list[Line]:
    spreads = {each.spread.item_id: each.spread for each in view.spreads}
    label = min(20, max(12, width // 4))
    shown = view.inspections[: max(2, (width - label - 7) // 8)]
    head: Line = [seg(" " * (label + 1))]
    head += [seg(fit(brief(each.inspector_name), 7) + " ", looks.HEADER) for each in shown]
    head.append(seg(t("quality.calibration.spread") if view.unlocked else "", looks.HEADER))
    lines = [heading(t("quality.section.points"), width), head]
    totals: Line = [seg(fit(t("quality.form.total"), label) + " ", looks.QUIET)]
    totals += [seg(fit(score_text(each.inspection.total), 7) + " ", looks.STRONG) for each in shown]
    lines.append(totals)
    given = [{score.item_id: score for score in each.inspection.scores} for each in shown]
    for item in scoring.items(rubric) if rubric else ():
        line: Line = [seg(fit(brief(item.title), label) + " ", looks.TEXT)]
        line += [seg(fit(_points(each.get(item.id)), 7) + " ", looks.TEXT) for each in given]
        if view.unlocked and applies_to_some(item.id, (each.inspection for each in view.inspections)):
            line.append(seg(t("quality.calibration.applies"), looks.AMBER))
        elif (spread := spreads.get(item.id)) is not None:
            apart = spread.highest - spread.lowest
            mean = points_text(spread.mean)
            words = f"{points_text(apart)}  {t('quality.calibration.mean')} {mean}" if apart else "="
            line.append(seg(words, looks.AMBER if apart else looks.QUIET))
        lines.append(line)
    return lines


# -- results ----------------------------------------------------------------------------------------------------------


def result_lines(row: "ResultRow", listing: Listing, width: int, height: int) -> list[Line]:
    """Return one result: its figures, the item that is lost most often, its trend and the month's lists."""
    result = row.result
    lines: list[Line] = [[
        seg(brief(row.name) + "  ", looks.STRONG), seg(score_text(result.mean) + "  ", looks.STRONG),
        seg(t("quality.result.count", n=result.count) + "  ", looks.TEXT),
        seg(t("quality.result.passed", rate=percent(result.pass_rate)), looks.TEXT),
    ]]  # fmt: skip
    if result.commonest_lost:
        lost = listing.titles.get(result.commonest_lost, result.commonest_lost)
        lines += labelled(t("quality.column.commonest"), lost, width)
    if row.reasons:
        words = t("quality.and").join(t(f"quality.coaching.{reason}") for reason in row.reasons)
        lines += labelled(t("quality.column.reasons"), words, width, style=looks.AMBER)
    plot = trend_lines(
        [(_short(label), mean) for label, mean in row.history],
        width,
        max(7, min(_PLOT_LINES, height - 2)),
        pass_mark=listing.rubric.pass_mark if listing.rubric else None,
    )
    lines.append(heading(t("quality.section.trend"), width))
    lines += plot or _history_lines(row, width)
    for group in ("top", "below_pass", "for_coaching"):
        lines.append(heading(t(f"quality.group.{group}"), width))
        lines += _listed(getattr(listing.summary, group), width)
    return lines


def _short(label: str) -> str:
    """Return a month or a day without the year, for the axis."""
    return label[5:] if len(label) > 5 else label


def _history_lines(row: "ResultRow", width: int) -> list[Line]:
    if not row.history:
        return [[seg(t("quality.result.no_history"), looks.QUIET)]]
    words = "  ".join(f"{visible(label)} {score_text(mean)}" for label, mean in row.history)
    return paragraph(words, width, looks.TEXT)


def _listed(listed: "Sequence[ResultRow]", width: int) -> list[Line]:
    if not listed:
        return [[seg(t("quality.result.nobody"), looks.QUIET)]]
    names = [f"{brief(row.name)} {score_text(row.result.mean)}" for row in listed[:_LISTED]]
    more = f"  +{len(listed) - _LISTED}" if len(listed) > _LISTED else ""
    return paragraph("  ".join(names) + more, width, looks.TEXT)
