"""Acts of quality inspection: submit a score, appeal, decide, skip a sample."""

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from floorctl.models.base import Entity, Str20k
from floorctl.models.quality import Appeal, Inspection, ItemScore, Rubric, Sample
from floorctl.rules.commands.act import Act, Effects, existing, require_state
from floorctl.rules.commands.payload import Id, Payload, Reason, Words
from floorctl.rules.commands.refusal import Refused, refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SI, SL, S
from floorctl.rules.quality import scoring


class InspectionSubmit(Payload, frozen=True, kw_only=True):
    """A scored sample without its total, which the platform computes itself."""

    sample_id: Id
    rubric_id: Id
    rubric_version: Annotated[int, Meta(ge=0)]
    scores: tuple[ItemScore, ...]
    fatal: tuple[Id, ...]
    comment: Str20k | None = None


@command("inspection.submit", data=InspectionSubmit, roles=SI, creates=True)
def submit(act: Act, target: Entity | None, data: InspectionSubmit) -> Effects:
    """Create a score: check the form's rules, compute the total and mark the sample as scored.

    A calibration sample is scored once by each of several inspectors, any other sample by one. Submitting the same
    score again changes nothing; a different one under the same id is refused.
    """
    if target is not None:
        if not isinstance(target, Inspection) or (target.sample_id, target.inspector_id) != (data.sample_id, act.by):
            raise refused("target", "id_taken")
        if (target.scores, target.fatal, target.comment) != (data.scores, data.fatal, data.comment):
            raise refused("target", "scored_already")
        return {}
    sample = act.find("sample", data.sample_id, Sample, "sample_id")
    rubric = act.find("rubric", data.rubric_id, Rubric, "rubric_id")
    if sample.reason != "calibration" or sample.state == "skipped":
        require_state(sample.state, ("open",), "sample_state")
    if errors := scoring.check(rubric, data.scores, data.fatal):
        raise Refused(errors)
    scored = Inspection(
        sample_id=data.sample_id,
        rubric_id=data.rubric_id,
        rubric_version=data.rubric_version,
        agent_id=sample.agent_id,
        inspector_id=act.by,
        scores=data.scores,
        fatal=data.fatal,
        total=float(scoring.total(rubric, data.scores, data.fatal)),
        comment=data.comment,
        state="submitted",
        submitted_at=act.at,
    )
    done = replace(sample, state="scored", inspector_id=sample.inspector_id or act.by)
    return {**act.becomes(scored), ("sample", data.sample_id): done}


class InspectionAppeal(Payload, frozen=True, kw_only=True):
    """申诉: the reason."""

    reason: Words


@command("inspection.appeal", data=InspectionAppeal, roles=SL, base=True)
def appeal(act: Act, target: Entity | None, data: InspectionAppeal) -> Effects:
    """申诉: appeal a score that has not been appealed before."""
    inspection = existing(target, Inspection)
    require_state(inspection.state, ("submitted",), "inspection_state")
    return act.becomes(replace(inspection, state="appealed", appeal=Appeal(by=act.by, at=act.at, reason=data.reason)))


class InspectionDecide(Payload, frozen=True, kw_only=True):
    """复核. ``decision`` is upheld, or revised with new scores."""

    decision: Literal["upheld", "revised"]
    scores: tuple[ItemScore, ...] | None = None


@command("inspection.decide", data=InspectionDecide, roles=S, base=True, terms={"decision": "decision"})
def decide(act: Act, target: Entity | None, data: InspectionDecide) -> Effects:
    """复核: decide an appeal, by a supervisor who did not score it: uphold, or revise with new scores and total."""
    inspection = existing(target, Inspection)
    require_state(inspection.state, ("appealed",), "inspection_state")
    if act.by == inspection.inspector_id:
        raise refused("target", "scored_it_himself")
    decided = replace(
        inspection,
        state=data.decision,
        appeal=replace(inspection.appeal or Appeal(), decided_by=act.by, decided_at=act.at, decision=data.decision),
    )
    if data.decision == "upheld":
        if data.scores is not None:
            raise refused("scores", "scores_with_upheld")
        return act.becomes(decided)
    if data.scores is None:
        raise refused("scores", "scores_needed")
    rubric = act.find("rubric", inspection.rubric_id, Rubric, "rubric_id")
    if errors := scoring.check(rubric, data.scores, inspection.fatal):
        raise Refused(errors)
    total = float(scoring.total(rubric, data.scores, inspection.fatal))
    return act.becomes(replace(decided, scores=data.scores, total=total))


@command("sample.skip", data=Reason, roles=SI, base=True)
def skip(act: Act, target: Entity | None, data: Reason) -> Effects:
    """Skip a sample: it will not be scored."""
    sample = existing(target, Sample)
    if sample.state == "skipped":
        return {}
    require_state(sample.state, ("open",), "sample_state")
    return act.becomes(replace(sample, state="skipped"))
