"""The documented JSON and the table rows of ``inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from floorctl.cli.documents import Shapes
from floorctl.cli.output import Cell
from floorctl.cli.rows import columns
from floorctl.cli.words import moment
from floorctl.i18n import t, term
from floorctl.text.numbers import NOTHING, change_text, json_rate, json_score, percent, points_text, score_text

if TYPE_CHECKING:
    from floorctl.cli.output import Column
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import CalibrationView, DoubleScore, InspectionView, ResultRow, SampleView
    from floorctl.models.base import Ref
    from floorctl.models.quality import Inspection, ItemScore
    from floorctl.rules.quality.results import Result

_STATE_STYLE = {"open": "yellow", "appealed": "bold yellow", "revised": "yellow"}


# -- JSON


def sample(shapes: Shapes, view: SampleView) -> dict[str, Any]:
    """An item of ``inspect list``."""
    return shapes.entity(view, shapes.seen(view)) | {
        "agent_name": view.agent_name,
        "inspector_name": view.inspector_name,
        "drafted": view.drafted,
        "submitted_here": view.submitted_here,
        "asked": view.asked,
        "inspections": [inspection(shapes, each) for each in view.inspections],
    }


def inspection(shapes: Shapes, view: InspectionView) -> dict[str, Any]:
    """An item of ``inspect scores``."""
    return shapes.entity(view, shapes.seen(view)) | {
        "total": json_score(view.inspection.total),
        "agent_name": view.agent_name,
        "inspector_name": view.inspector_name,
        "passed": view.passed,
        "appeal_open": view.appeal_open,
        "appeal_until": shapes.time(view.appeal_until),
    }


def unsent(shapes: Shapes, score: Inspection) -> dict[str, Any]:
    """A score that is not yet an entity of the platform, as JSON."""
    document: dict[str, Any] = shapes.plain(score)
    return document | {"total": json_score(score.total)}


def double_score(shapes: Shapes, double: DoubleScore) -> dict[str, Any]:
    """An item of ``inspect contested``."""
    return {
        "command_id": double.command_id,
        "sample_id": double.sample.id,
        "first": inspection(shapes, double.first),
        "second": unsent(shapes, shapes.seen(double)) | {"inspector_name": double.second_name},
        "takeable": double.takeable,
    }


def calibration(shapes: Shapes, view: CalibrationView) -> dict[str, Any]:
    """An item of ``inspect calibration``."""
    return {
        "sample_id": view.sample_id,
        "day": view.sample.day.isoformat(),
        "agent_id": view.sample.agent_id,
        "agent_name": view.agent_name,
        "unlocked": view.unlocked,
        "waiting_for": list(view.waiting_for),
        "agreed": None if view.agreed is None else {
            "same": view.agreed.same, "items": view.agreed.items, "widest": view.agreed.widest,
        },
        "kappa": json_rate(view.kappa),
        "spreads": [
            {
                "item_id": each.spread.item_id, "title": each.title, "lowest": each.spread.lowest,
                "highest": each.spread.highest, "mean": json_score(each.spread.mean),
            }
            for each in view.spreads
        ],
        "inspections": [inspection(shapes, each) for each in view.inspections],
    }  # fmt: skip


def result(figures: Result | None) -> dict[str, Any] | None:
    """The figures of a result as JSON."""
    if figures is None:
        return None
    return {
        "count": figures.count,
        "mean": json_score(figures.mean),
        "pass_rate": json_rate(figures.pass_rate),
        "commonest_lost": figures.commonest_lost,
    }


def result_row(row: ResultRow) -> dict[str, Any]:
    """An item of ``inspect results``."""
    return {
        "key": row.key,
        "name": row.name,
        **(result(row.result) or {}),
        "trend": None if row.trend is None else score_text(row.trend),
        "history": [{"at": at, "mean": json_score(mean)} for at, mean in row.history],
        "reasons": list(row.reasons),
    }


# -- tables


def sample_columns() -> list[Column]:
    """The columns of ``inspect list``."""
    return columns(
        ("entry", "right keep"),
        ("reason", "keep 1"),
        ("state", "keep"),
        ("agent", "keep"),
        ("inspector", "keep 2"),
        ("target_of", "3"),
        ("total", "right keep"),
        ("pending", "keep 4"),
    )


def sample_row(floor: Floor, _shapes: Shapes, view: SampleView) -> list[str | Cell]:
    """The row of one sample."""
    target = view.sample.target
    state = t("inspect.drafted") if view.drafted else term("sample_state", view.sample.state)
    return [
        str(view.number),
        term("sample_reason", view.sample.reason),
        Cell(state, _STATE_STYLE.get(view.sample.state, "")),
        view.agent_name,
        view.inspector_name or t("inspect.nobodys"),
        target_words(floor, target),
        Cell(" ".join(_total(each) for each in view.inspections), _failing(view.inspections)),
        t("cli.pending_mark") if view.pending else "",
    ]


def inspection_columns() -> list[Column]:
    """The columns of ``inspect scores``."""
    return columns(
        ("submitted", "right keep"),
        ("agent", "keep"),
        ("total", "right keep"),
        ("state", "keep"),
        ("inspector", "keep 2"),
        ("appeal_until", "right keep 3"),
        ("sample", "keep"),
        ("pending", "keep 5"),
    )


def inspection_row(floor: Floor, _shapes: Shapes, view: InspectionView) -> list[str | Cell]:
    """The row of one score."""
    now = floor.now()
    return [
        moment(view.inspection.submitted_at, now),
        view.agent_name,
        Cell(_total(view), _failing([view])),
        Cell(term("inspection_state", view.inspection.state), _STATE_STYLE.get(view.inspection.state, "")),
        view.inspector_name,
        moment(view.appeal_until, now) if view.appeal_open else "",
        view.sample_name or floor.names.of("sample", view.inspection.sample_id),
        t("cli.pending_mark") if view.pending else "",
    ]


def target_words(floor: Floor, target: Ref) -> str:
    """The target of a sample: an order with its number, or a recording."""
    return f"{term('sample_target', target.kind)} {floor.names.of(target.kind, target.id)}".strip()


def points_of(score: ItemScore | None) -> str:
    """The points of an item's score as text; empty where there is none."""
    return "" if score is None else points_words(score.points)


def points_words(points: float | None) -> str:
    """An item's points as text; None: it did not apply."""
    return t("inspect.not_applicable") if points is None else points_text(points)


def _total(view: InspectionView) -> str:
    return score_text(view.inspection.total) + ("" if view.passed else " ▼")


def _failing(views: Any) -> str:
    return "bold red" if any(not view.passed for view in views) else ""


def result_columns(by: str) -> list[Column]:
    """The columns of ``inspect results``; ``by`` is the view, which heads the first."""
    return columns(
        (f"by_{by}", "keep"),
        ("count", "right keep"),
        ("mean", "right keep"),
        ("trend", "right keep 1"),
        ("full_rate" if by == "item" else "pass_rate", "right keep"),
        ("lost_item", "2"),
        ("coaching", "3"),
    )


def result_cells(row: ResultRow, titles: dict[str, str]) -> list[str | Cell]:
    """The row of one result; ``titles``: item → its title."""
    trend = NOTHING if row.trend is None else change_text(row.trend)
    lost = row.result.commonest_lost
    return [
        row.name,
        str(row.result.count),
        Cell(score_text(row.result.mean), "bold red" if "below_pass" in row.reasons else ""),
        Cell(trend + (" ▼" if "falling" in row.reasons else ""), "red" if "falling" in row.reasons else ""),
        percent(row.result.pass_rate),
        titles.get(lost, lost) if lost else "",
        t("cli.list_comma").join(term("coaching", reason) for reason in row.reasons),
    ]
