"""A sample that is open for scoring: reading its data, and its lines beside the form."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError, NotFoundError
from floorctl.i18n import t, term
from floorctl.models.masked import MASKED, Sight
from floorctl.rules.quality.form import Form
from floorctl.screens.quality.transcript import call_lines
from floorctl.text.numbers import score_text
from floorctl.text.safe import visible
from floorctl.widgets import looks
from floorctl.widgets.order_detail import OrderDetail, detail_of, order_lines
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import heading, paragraph

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import InspectionView, SampleView
    from floorctl.rules.quality.form import RubricChange


@dataclass(frozen=True)
class Opened:
    """A sample with its form, the order behind it if there is one, and the changes of the rubric since the form's."""

    view: "SampleView"
    form: "Form"
    order: OrderDetail | None
    changes: "list[RubricChange]"


def read_opened(floor: "Floor", sample_id: str) -> Opened:
    """Read what is needed to score a sample. Reads the disk.

    Raises:
        NotFoundError: the sample is not in the data, or no rubric is in force.

    """
    return read_around(floor, floor.scoring.form(sample_id))


def read_around(floor: "Floor", form: "Form") -> Opened:
    """Read what belongs to a form: its sample, and the changes of the rubric. Reads the disk.

    Raises:
        NotFoundError: the sample is not in the data, or no rubric is in force.

    """
    view = floor.quality.sample(form.sample_id)
    return Opened(view, form, _order(floor, view), floor.scoring.rubric_changes(form))


def read_scored(floor: "Floor", view: "InspectionView") -> Opened:
    """Read a given score as a filled-in form, for its revision. Reads the disk.

    Raises:
        NotFoundError: the sample is not in the data, or the rubric that it was scored by is no longer in force.

    """
    inspection, rubric = view.inspection, floor.quality.rubric()
    sample = floor.quality.sample(inspection.sample_id)
    if rubric is None or rubric.id != inspection.rubric_id:
        raise NotFoundError("error.no_rubric")
    form = Form(
        sample_id=sample.id,
        rubric_id=rubric.id,
        rubric_version=rubric.version,
        rubric=rubric.rubric,
        points={score.item_id: score.points for score in inspection.scores},
        comments={score.item_id: score.comment for score in inspection.scores if score.comment},
        fatal=inspection.fatal,
        comment=inspection.comment or "",
    )
    return Opened(sample, form, _order(floor, sample), [])


def _order(floor: "Floor", view: "SampleView") -> OrderDetail | None:
    order = floor.orders.of_sample(view.id)
    return None if order is None else detail_of(floor, order)


def neighbour(floor: "Floor", view: "SampleView", step: int) -> str | None:
    """Return the id of the open sample before or after ``view`` of the day's that the person must score.

    Reads the disk.
    """
    day = [
        each.id
        for each in floor.quality.samples(view.sample.day)
        if each.id == view.id or (can_score(each) and each.asked)
    ]
    at = day.index(view.id) + step if view.id in day else 0
    return day[at] if 0 <= at < len(day) and day[at] != view.id else None


def can_score(view: "SampleView") -> bool:
    """Return whether a score would be accepted: it is open, and no score of it was submitted at this terminal.

    A calibration sample is open until all inspectors have scored.
    """
    late = view.sample.reason == "calibration" and view.sample.state == "scored"  # by somebody who was not asked
    return (view.sample.state == "open" or late) and not view.submitted_here


def sample_lines(
    opened: Opened, floor: "Floor", width: int, *, sight: Sight = MASKED, about: list[Line] | None = None
) -> list[Line]:
    """Return the sample in ``width`` cells: agent and reason, others' scores, then the call or the order.

    ``about`` replaces others' scores where a given score is revised.
    """
    view, now = opened.view, floor.now()
    sample = view.record.seen(sight.grant)
    number = opened.order.view.order.number if opened.order is not None and sample.target.kind == "order" else ""
    lines: list[Line] = [
        [
            seg(visible(view.agent_name) + "  ", looks.STRONG),
            seg(visible(term("sample_reason", sample.reason)), looks.AMBER),
            seg("  " + visible(term("sample_target", sample.target.kind)), looks.TEXT),
            seg("  " + visible(number), looks.QUIET),
        ]
    ]
    if sight.grant is not None:
        lines.append([seg(t("orders.revealed", seconds=int(sight.seconds)), looks.WARNING)])
    lines += _others_scores(opened, width) if about is None else about
    if opened.changes:
        lines += paragraph("▲ " + t("quality.rubric.differs", n=len(opened.changes)), width, looks.AMBER)
    if sample.call is not None:
        lines += call_lines(sample.call, now, width)
    if opened.order is not None:
        lines.append(heading(t("quality.sample.order"), width))
        lines += order_lines(opened.order, now, width, sight=sight)
    elif sample.order_id or sample.target.kind == "order":
        lines += paragraph(t("quality.sample.order_gone"), width, looks.QUIET)
    return lines


def _others_scores(opened: Opened, width: int) -> list[Line]:
    """Return a notice that somebody else has scored the sample, unless several inspectors are meant to."""
    view = opened.view
    lines: list[Line] = []
    if view.sample.state == "skipped":
        lines += paragraph("▲ " + t("quality.sample.skipped"), width, looks.AMBER)
    if view.sample.reason == "calibration":
        return lines + paragraph(t("quality.sample.blind"), width, looks.LILAC)
    for each in view.inspections:
        words = t(
            "quality.sample.scored_by", name=visible(each.inspector_name), total=score_text(each.inspection.total)
        )
        lines += paragraph("▲ " + words, width, looks.AMBER)
    return lines


def read_order_of(floor: "Floor", sample_id: str) -> OrderDetail | None:
    """Return the order behind a sample, to show it without a form; None where there is none. Reads the disk."""
    try:
        return _order(floor, floor.quality.sample(sample_id))
    except FloorctlError:
        return None
