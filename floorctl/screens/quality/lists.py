"""The lists of the quality screen: what each view reads, and its rows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from floorctl.i18n import t, term
from floorctl.models.quality import INSPECTION_STATES, SAMPLE_REASONS, SAMPLE_STATES
from floorctl.screens.quality.sample import can_score
from floorctl.text.numbers import NOTHING, half_up, percent, points_text, score_text
from floorctl.text.safe import visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.painted import brief
from floorctl.widgets.rows import Cell, Column, Row, widest
from floorctl.widgets.spark import bar, spark

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import CalibrationView, DoubleScore, InspectionView, ResultRow, SampleView
    from floorctl.models.quality import Rubric

VIEWS = ("plan", "progress", "scores", "contests", "calibration", "results")
#: The groupings of the results, then the lists of a month's results.
GROUPS = ("by_agent", "by_team", "by_line", "by_item", "by_month", "top", "below_pass", "for_coaching")
_BAR = 12
_SPARK = 12


@dataclass(frozen=True)
class Request:
    """A request for a list: view, period, grouping."""

    view: str = "plan"
    day: date | None = None
    month: str = ""
    group: str = "by_agent"
    mine: bool = False


@dataclass(frozen=True)
class Listing:
    """What was read for a ``Request``: the object of each row by the row's id, in order, and a summary of all."""

    entries: Mapping[str, Any] = field(default_factory=dict)
    summary: Any = None
    rubric: "Rubric | None" = None
    titles: Mapping[str, str] = field(default_factory=dict)
    #: The id of the row where the cursor starts.
    first: str | None = None


def read(floor: "Floor", request: Request) -> Listing:
    """Read a view. Reads the disk."""
    view = floor.quality.rubric()
    rubric = view.rubric if view else None
    titles = {item.id: item.title for section in rubric.sections for item in section.items} if rubric else {}
    entries, summary, first = _READ[request.view](floor, request)
    return Listing(entries, summary, rubric, titles, first)


def _plan(floor: "Floor", request: Request) -> tuple[dict[str, Any], Any, str | None]:
    me = floor.session.person.person_id if floor.session.person else None
    views = floor.quality.samples(request.day, inspector_id=me if request.mine else None)
    following = floor.quality.next_sample() if request.day is None and floor.desk.may("inspection.submit") else None
    first = following.id if following else None
    ranked = sorted(views, key=lambda view: (view.id != first, *_rank(view)))
    return {view.id: view for view in ranked}, None, first


def _rank(view: "SampleView") -> tuple[bool, bool, bool]:
    """Sort key: my half-done forms, my other samples, all other open ones (nobody's too), then the rest."""
    return not can_score(view), not view.asked, not view.drafted


def _progress(floor: "Floor", request: Request) -> tuple[dict[str, Any], Any, str | None]:
    progress = floor.quality.progress(request.day)
    entries: dict[str, Any] = {f"i:{each.person_id}": each for each in progress.by_inspector}
    return entries | {f"a:{each.person_id}": each for each in progress.by_agent}, progress, None


def _scores(floor: "Floor", request: Request) -> tuple[dict[str, Any], Any, str | None]:
    views = floor.quality.inspections(month=request.month)
    # scores under appeal first
    ranked = sorted(views, key=lambda view: view.inspection.state != "appealed")
    return {view.id: view for view in ranked}, None, None


def _double_scores(floor: "Floor", request: Request) -> tuple[dict[str, Any], Any, str | None]:
    return {each.command_id: each for each in floor.quality.double_scores()}, None, None


def _calibration(floor: "Floor", request: Request) -> tuple[dict[str, Any], Any, str | None]:
    return {each.sample_id: each for each in floor.quality.calibrations(request.month)}, None, None


def _results(floor: "Floor", request: Request) -> tuple[dict[str, Any], Any, str | None]:
    results = floor.quality.results(request.month)
    return {row.key: row for row in getattr(results, request.group)}, results, None


_READ: dict[str, Callable[["Floor", Request], tuple[dict[str, Any], Any, str | None]]] = {
    "plan": _plan, "progress": _progress, "scores": _scores, "contests": _double_scores, "calibration": _calibration,
    "results": _results,
}  # fmt: skip


# -- columns ----------------------------------------------------------------------------------------------------------


def columns(view: str, group: str = "") -> tuple[Column, ...]:
    """Return the columns of a view; each is at least as wide as the longest word that it can show."""
    named = _COLUMNS[view]
    if view == "results" and group == "for_coaching":
        named = (*named[:4], _Named("reasons", 14, grow=1))
    if view == "results" and group == "by_item":  # each row is an item, so the most commonly lost item says nothing
        named = tuple(each for each in named if each.name != "commonest")
    return tuple(
        Column(
            t(f"quality.column.{each.name}"),
            max(each.width, _widest_word(view, each.name)),
            each.grow,
            each.right,
            rank=each.rank,
            most=each.most,
        )
        for each in named
    )


def _widest_word(view: str, name: str) -> int:
    """Return the cells of the longest word of a column; 0 where it shows no words of the catalogue."""
    match name:
        case "state" if view == "plan":
            words = [t("quality.state.submitted"), t("quality.state.drafted")]
            return 1 + widest([*words, *(term("sample_state", each) for each in SAMPLE_STATES)])
        case "state":
            return 1 + widest(term("inspection_state", each) for each in INSPECTION_STATES)
        case "reason":
            return widest(term("sample_reason", each) for each in SAMPLE_REASONS)
        case "target":
            return widest(term("sample_target", each) for each in ("call", "order"))
    return 0


@dataclass(frozen=True)
class _Named:
    """A column by name; the other fields as in ``Column``."""

    name: str
    width: int
    grow: int = 0
    right: bool = False
    rank: int = 0
    most: int = 0


_COLUMNS: dict[str, tuple[_Named, ...]] = {
    "plan": (
        _Named("state", 8), _Named("agent", 8, grow=1, most=24), _Named("reason", 8), _Named("target", 4, rank=2),
        _Named("line", 5, rank=1), _Named("inspector", 8, grow=1, most=24), _Named("total", 7, right=True),
    ),
    "progress": (
        _Named("person", 12, grow=2, most=40), _Named("planned", 4, right=True), _Named("scored", 4, right=True),
        _Named("done", 18), _Named("owed", 8, right=True),
    ),
    "scores": (
        _Named("state", 8), _Named("agent", 8, grow=1, most=24), _Named("total", 8, right=True),
        _Named("inspector", 8, grow=1, most=24, rank=3), _Named("submitted", 11, rank=2),
        _Named("appeal_until", 11, rank=1),
    ),
    "contests": (
        _Named("agent", 8, grow=1, most=24), _Named("stands", 16, grow=1), _Named("ours", 16, grow=1),
        _Named("apart", 6, right=True),
    ),
    "calibration": (
        _Named("day", 5), _Named("agent", 8, grow=1, most=24), _Named("inspectors", 6, right=True),
        _Named("agreed", 6, right=True), _Named("widest", 14, grow=1), _Named("kappa", 6, right=True, rank=1),
    ),
    "results": (
        _Named("name", 12, grow=2, most=30), _Named("count", 4, right=True), _Named("mean", 6, right=True),
        _Named("trend", 7, right=True, rank=1), _Named("pass_rate", 7, right=True), _Named("commonest", 16, grow=2),
        _Named("history", _SPARK, rank=2),
    ),
}  # fmt: skip


# -- rows -------------------------------------------------------------------------------------------------------------


def rows(request: Request, listing: Listing, now: datetime, me: str | None) -> list[Row]:
    """Return the rows of a view, in order."""
    match request.view:
        case "plan":
            return [_plan_row(view, me) for view in listing.entries.values()]
        case "progress":
            return list(_progress_rows(listing.entries))
        case "scores":
            return [_score_row(view, now) for view in listing.entries.values()]
        case "contests":
            return [_double_score_row(each) for each in listing.entries.values()]
        case "calibration":
            return [_calibration_row(each) for each in listing.entries.values()]
    return [_result_row(row, listing.titles, request.group) for row in listing.entries.values()]


def sample_state(view: "SampleView") -> tuple[str, Any]:
    """Return a sample's state in words with its glyph, and the style."""
    if view.submitted_here and view.pending:
        return "↑" + t("quality.state.submitted"), looks.SKY
    if view.submitted_here:
        return "✓" + visible(term("sample_state", "scored")), looks.GREEN
    if view.pending:
        return "↑" + visible(term("sample_state", view.sample.state)), looks.SKY
    if view.drafted and can_score(view):
        return "✎" + t("quality.state.drafted"), looks.AMBER
    if can_score(view):
        return "○" + visible(term("sample_state", "open")), looks.STRONG
    glyph = {"scored": "✓", "skipped": "–"}.get(view.sample.state, "·")
    return glyph + visible(term("sample_state", view.sample.state)), looks.QUIET


def _plan_row(view: "SampleView", me: str | None) -> Row:
    sample = view.sample
    done = not can_score(view)
    text = looks.QUIET if done else looks.TEXT
    reason = looks.QUIET if done or sample.reason == "random" else looks.AMBER
    shown = [each for each in view.inspections if each.passed is not None]
    total: Cell = total_cell(shown[-1]) if shown else ""
    mine = sample.inspector_id == me or (view.asked and sample.reason == "calibration")
    who = t("quality.me") if mine else brief(view.inspector_name) or t("quality.nobody")
    line = sample.call.line if sample.call is not None else ""
    return Row(
        view.id,
        (
            sample_state(view),
            (brief(view.agent_name), text),
            (visible(term("sample_reason", sample.reason)), reason),
            (visible(term("sample_target", sample.target.kind)), text),
            (visible(line or ""), text),
            (who, looks.SKY if mine and not done else text),
            total,
        ),
    )


def total_cell(view: "InspectionView") -> Cell:
    """Return a total, with a mark where it is below the pass mark."""
    words = score_text(view.inspection.total)
    return (words, looks.TEXT) if view.passed else (words + "✗", looks.RED)


def _progress_rows(entries: Mapping[str, Any]) -> Iterator[Row]:
    before = ""
    for row_id, each in entries.items():
        kind = row_id[0]
        if kind != before:
            before = kind
            yield Row(f"-{kind}", (t(f"quality.progress.{kind}"), "", "", "", ""), looks.HEADER)
        share = Fraction(each.scored, each.planned) if each.planned else None
        full, empty = bar(share, _BAR)
        owed = getattr(each, "owed_this_month", None)
        style = looks.GREEN if share == 1 else looks.SKY
        yield Row(
            row_id,
            (
                "  " + (brief(each.name) or t("quality.nobody")),
                f"{each.planned}" if each.planned else "—",
                f"{each.scored}" if each.planned else "—",
                (f"{full}{empty} {percent(share, 0):>4}", style if share is not None else looks.QUIET),
                ("", looks.TEXT) if owed is None else (f"{owed}", looks.AMBER if owed else looks.QUIET),
            ),
        )


_INSPECTION_STYLES = {"appealed": looks.AMBER, "revised": looks.LILAC}


def _score_row(view: "InspectionView", now: datetime) -> Row:
    inspection = view.inspection
    mark = "↑" if view.pending else "▲" if inspection.state == "appealed" else ""
    style = looks.SKY if view.pending else _INSPECTION_STYLES.get(inspection.state, looks.TEXT)
    until = when(view.appeal_until, now) if view.appeal_open else ""
    return Row(
        view.id,
        (
            (mark + visible(term("inspection_state", inspection.state)), style),
            brief(view.agent_name),
            total_cell(view),
            brief(view.inspector_name),
            (when(inspection.submitted_at, now), looks.QUIET),
            (until, looks.QUIET),
        ),
    )


def _double_score_row(double: "DoubleScore") -> Row:
    first, second = double.first.inspection.total, double.second.total
    return Row(
        double.command_id,
        (
            brief(double.sample.agent_name),
            f"{score_text(first)} {brief(double.first.inspector_name)}",
            f"{score_text(second)} {brief(double.second_name)}",
            (score_text(abs(first - second)), looks.AMBER if first != second else looks.QUIET),
        ),
    )


def _calibration_row(view: "CalibrationView") -> Row:
    widest = max(view.spreads, key=lambda each: each.spread.highest - each.spread.lowest, default=None)
    apart = widest.spread.highest - widest.spread.lowest if widest else 0
    words = f"{brief(widest.title)} {points_text(apart)}" if widest and apart else ""
    blind = not view.unlocked
    agreed = view.agreed
    return Row(
        view.sample_id,
        (
            f"{view.sample.day:%m-%d}",
            brief(view.agent_name),
            ("—", looks.QUIET) if blind else f"{len(view.inspections)}",
            ("—", looks.QUIET) if agreed is None else (f"{agreed.same}/{agreed.items}", looks.STRONG),
            _calibration_cell(view, words),
            (kappa_words(view.kappa), looks.QUIET),
        ),
    )


def _calibration_cell(view: "CalibrationView", words: str) -> Cell:
    """Return whose turn it is while the calibration is blind; afterwards ``words``: where the points differ most."""
    if view.mine:
        return t("quality.calibration.mine"), looks.STRONG
    return (words, looks.AMBER) if view.unlocked else (t("quality.calibration.blind"), looks.QUIET)


def kappa_words(kappa: Fraction | None) -> str:
    """Return the weighted agreement (kappa) with two decimals; — where there is none."""
    return NOTHING if kappa is None else score_text(kappa)


def _result_row(row: "ResultRow", titles: Mapping[str, str], group: str) -> Row:
    result = row.result
    cells: list[Cell] = [
        brief(row.name),
        f"{result.count}",
        (score_text(result.mean), looks.STRONG),
        _trend_cell(row),
    ]
    if group == "for_coaching":
        cells.append((t("quality.and").join(t(f"quality.coaching.{reason}") for reason in row.reasons), looks.AMBER))
    else:
        lost = result.commonest_lost or ""
        means = [float(mean) for _, mean in row.history]
        low = min(means, default=0.0) - 1
        cells.append(percent(result.pass_rate))
        if group != "by_item":
            cells.append((brief(titles.get(lost, lost)), looks.QUIET))
        cells.append((spark([mean - low for mean in means], _SPARK), looks.SKY))
    return Row(row.key, tuple(cells))


def _trend_cell(row: "ResultRow") -> Cell:
    if row.trend is None:
        return NOTHING, looks.QUIET
    moved = half_up(row.trend, 2)
    if not moved:
        return "=", looks.QUIET
    rising = moved > 0
    return f"{'▲' if rising else '▼'}{abs(moved)}", looks.GREEN if rising else looks.RED


def month_after(month: str, step: int) -> str:
    """Return the month ``step`` months after ``month`` (``2026-11``)."""
    year, at = (int(part) for part in month.split("-"))
    months = year * 12 + at - 1 + step
    return f"{date(max(1, months // 12), months % 12 + 1, 1):%Y-%m}" if datetime.min.year * 12 <= months else month
