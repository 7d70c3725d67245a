"""Acts on given scores: appeal, decide on an appeal, settle a double score."""

from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.screens.shell import acting
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.numbers import score_text
from floorctl.text.safe import cut, visible
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import DoubleScore, InspectionView


# -- appeals ----------------------------------------------------------------------------------------------------------


def can_decide(floor: "Floor", view: "InspectionView | None") -> bool:
    """Return whether this person may decide on the appeal: a supervisor who did not give the score."""
    person = floor.session.person
    return (
        view is not None
        and person is not None
        and floor.desk.may("inspection.decide")
        and view.inspection.state == "appealed"
        and view.inspection.inspector_id != person.person_id
    )


async def appeal(screen: CockpitScreen, view: "InspectionView | None") -> bool:
    """申诉: appeal against the score, after asking for the reason; return whether it was done."""
    if view is None or not screen.may("inspection.appeal"):
        return False
    if not view.appeal_open:
        screen.say(t("quality.appeal_over"), severity="warning")
        return False
    title = t("quality.ask.appeal", agent=cut(visible(view.agent_name), 20), total=score_text(view.inspection.total))
    reason = await screen.ask_text(title, purpose="inspection.appeal", subject=view.id, wants="reason")
    if reason is None:
        return False
    return bool(await acting.run(screen, screen.floor.scoring.appeal, view.id, reason, said=t("quality.said.appealed")))


async def decide(screen: CockpitScreen, view: "InspectionView | None") -> bool:
    """复核: uphold the score, or open the form to revise it; return whether it was decided here."""
    if view is None or not screen.may("inspection.decide"):
        return False
    if not can_decide(screen.floor, view):
        own = (
            screen.floor.session.person is not None
            and view.inspection.inspector_id == screen.floor.session.person.person_id
        )
        key = "quality.decide_own" if own and view.inspection.state == "appealed" else "quality.decide_nothing"
        screen.say(t(key), severity="warning")
        return False
    appealed = view.inspection.appeal
    why = t("quality.decide.why", reason=visible(appealed.reason or "")) if appealed and appealed.reason else ""
    options = [Option("upheld", t("quality.decide.upheld")), Option("revised", t("quality.decide.revised"))]
    agent, inspector = (cut(visible(each), 20) for each in (view.agent_name, view.inspector_name))
    title = t("quality.ask.decide", agent=agent, total=score_text(view.inspection.total), inspector=inspector)
    chosen = await screen.ask(Pick(title, options, deliberate=True, explain=cut(why, 400)))
    if not chosen:
        return False
    if chosen[0] == "revised":
        from floorctl.screens.quality.revise import revise

        return await revise(screen, view)
    return bool(await acting.run(screen, screen.floor.scoring.decide, view.id, "upheld", said=t("quality.said.upheld")))


# -- double scores ----------------------------------------------------------------------------------------------------


async def settle(screen: CockpitScreen, double: "DoubleScore") -> bool:
    """Decide which of two scores of one sample is valid; return whether it was done. For supervisors."""
    if not screen.may("inspection.decide"):
        return False
    first, second = double.first, double.second
    options = [
        Option("first", t("quality.contest.keep", name=first.inspector_name, total=score_text(first.inspection.total))),
        Option("second", t("quality.contest.take", name=double.second_name, total=score_text(second.total))),
    ]
    person = screen.floor.session.person
    own = person is not None and first.inspection.inspector_id == person.person_id
    why_not = double.why_not or ("error.contest_own" if own else "")  # shown before a reason is typed in vain
    explain = t(why_not) if why_not else ""
    title = t("quality.ask.contest", agent=cut(visible(double.sample.agent_name), 20))
    offered = options[:1] if why_not else options
    chosen = await screen.ask(Pick(title, offered, deliberate=True, explain=explain))
    if not chosen:
        return False
    asked = t("quality.ask.contest_reason")
    reason = await screen.ask_text(asked, purpose="inspection.settle", subject=double.command_id, wants="reason")
    if reason is None:
        return False
    return bool(
        await acting.run(
            screen,
            screen.floor.scoring.resolve_double_score,
            double.command_id,
            chosen[0],
            reason,
            said=t("quality.said.settled"),
        )
    )
