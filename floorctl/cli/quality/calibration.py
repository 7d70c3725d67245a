"""``inspect calibration``: the samples that several inspectors scored, and how far they agree."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from floorctl.cli.age import say_age
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import shapes_for
from floorctl.cli.output import Cell, Column
from floorctl.cli.quality import documents as shaped
from floorctl.cli.quality.arguments import MonthOption, month_of, need_scores
from floorctl.cli.rows import columns
from floorctl.errors import Exit
from floorctl.i18n import t
from floorctl.text.numbers import NOTHING, points_text, score_text

if TYPE_CHECKING:
    from floorctl.floor.quality.views import CalibrationView
    from floorctl.models.quality import Rubric


def calibration(run: Invocation, month: MonthOption = None) -> Exit | None:
    """The calibration samples, and the agreement of their inspectors."""
    wanted = month_of(month)
    with closing(run.floor()) as floor:
        views = need_scores(floor).quality.calibrations(wanted)
        shapes = shapes_for(run, floor, "sample", ids=[view.sample_id for view in views])
        if run.output.json:
            items = [shaped.calibration(shapes, view) for view in views]
            run.output.document(shapes.listing(floor, items, len(items)))
        elif not views:
            run.output.note(t("cli.nothing_found"))
        else:
            rubric = floor.quality.rubric()
            for view in views:
                _print_calibration(run, view, rubric.rubric if rubric else None)
        say_age(run.output, floor)
    return None


def _print_calibration(run: Invocation, view: CalibrationView, rubric: Rubric | None) -> None:
    """Print the inspectors' agreement in words, then their points side by side."""
    from floorctl.floor.quality.results import agreed_words

    head = t("inspect.calibration", sample=view.name, agent=view.agent_name)
    if not view.unlocked:
        agreement = t("inspect.blind")
    elif view.agreed is None:
        agreement = t("inspect.scores", n=len(view.inspections))
    else:
        kappa = NOTHING if view.kappa is None else score_text(view.kappa)
        agreement = t("inspect.agreement", agreed=agreed_words(view.agreed), kappa=kappa)
    run.output.answer(head + agreement)
    if view.waiting_for:
        names = t("cli.list_comma").join(view.waiting_for)
        run.output.answer("  " + t("inspect.waiting_for", names=names))
    if view.spreads and rubric is not None:
        _print_points(run, view, rubric)


def _print_points(run: Invocation, view: CalibrationView, rubric: Rubric) -> None:
    """Print each inspector's points side by side: a row for each item, and one for the totals."""
    from floorctl.rules.quality.results import applies_to_some
    from floorctl.rules.quality.scoring import items

    table_columns = columns(("by_item", "keep"))
    table_columns += [Column(each.inspector_name, "right", keep=True) for each in view.inspections]
    table_columns += columns(("difference", "right keep"))
    inspections = [each.inspection for each in view.inspections]
    scores = [{score.item_id: score for score in inspection.scores} for inspection in inspections]
    differences = {each.spread.item_id: each.spread.highest - each.spread.lowest for each in view.spreads}

    def difference(item_id: str) -> str:
        if applies_to_some(item_id, inspections):
            return t("quality.calibration.applies")
        return points_text(differences[item_id]) if item_id in differences else ""

    rows: list[list[str | Cell]] = [
        [item.title, *(shaped.points_of(by_item.get(item.id)) for by_item in scores), difference(item.id)]
        for item in items(rubric)
    ]
    totals = [inspection.total for inspection in inspections]
    rows.append([t("cli.column.total"), *map(score_text, totals), score_text(max(totals) - min(totals))])
    run.output.table(table_columns, rows)
