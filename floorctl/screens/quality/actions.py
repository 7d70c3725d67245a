"""What is done about quality: submit is the form's own; here skip, play, appeal, decide, and what the form asks for."""

from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.rules.quality import form as forms
from floorctl.screens.shell import acting
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.numbers import NOTHING, points_text, score_text
from floorctl.text.safe import cut, visible
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import DoubleScore, InspectionView, SampleView
    from floorctl.rules.quality.form import RubricChange
    from floorctl.screens.quality.form import ScoringScreen

#: Most differences of a rubric that a question lists.
_DIFFERENCES = 8


# -- the form ---------------------------------------------------------------------------------------------------------


def all_done(left: "Sequence[tuple[str, int]]") -> str:
    """That the person's samples of today are done, and what others have ``left`` to score (name and number)."""
    if not left:
        return t("quality.said.all_done")
    others = t("quality.and").join(
        t("quality.left", name=visible(name) or t("quality.nobody"), n=n) for name, n in left
    )
    return t("quality.said.mine_done", others=others)


async def choose_fatal(screen: "ScoringScreen") -> None:
    """Choose the fatal errors; any one makes the total zero."""
    errors = screen.form.rubric.fatal
    if not errors:
        screen.say(t("quality.form.none_fatal"))
        return
    options = [
        Option(error.id, error.title, t("quality.form.chosen") if error.id in screen.form.fatal else "")
        for error in errors
    ]
    question = Pick(t("quality.ask.fatal"), options, several=True, need_one=False, explain=t("quality.ask.fatal_how"))
    chosen = await screen.ask(question)
    form = screen.form
    for error_id in chosen or ():
        form = forms.toggle_fatal(form, error_id)
    screen.change(form)


async def tell_rubric(screen: "ScoringScreen", *, asked: bool = False) -> None:
    """Say how the rubric in force differs from the form's, and carry the form over to it if that is wanted."""
    changes = screen.opened.changes
    if not changes:
        if asked:
            screen.say(t("quality.rubric.same", title=visible(screen.form.rubric.title)))
        return
    lines = [_difference(change) for change in changes[:_DIFFERENCES]]
    if len(changes) > _DIFFERENCES:
        lines.append(t("quality.rubric.more", n=len(changes) - _DIFFERENCES))
    if not await screen.confirm(t("quality.rubric.renew", changes="\n".join(lines))):
        return
    form = await screen.read(screen.floor.scoring.renew_form, screen.form)
    screen.change(form)
    screen.look_again()
    screen.say(t("quality.rubric.renewed"))


def _difference(change: "RubricChange") -> str:
    return t("quality.rubric.difference", what=_what(change), was=_value(change.was), now=_value(change.now))


def _value(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return t("rules.form.yes" if value else "rules.form.no")
    if isinstance(value, str):
        return cut(visible(value), 24) if value else NOTHING
    return NOTHING if value is None else points_text(value)


def _what(change: "RubricChange") -> str:
    words = t(f"quality.rubric.{change.what}")
    return f"{cut(visible(change.title), 24)} {words}".strip()


async def begin_anew(screen: "ScoringScreen") -> None:
    """Throw the half-done form away, once that is confirmed."""
    if not await screen.confirm(t("quality.ask.discard")):
        return
    sample_id = screen.opened.view.id
    await screen.let_written()
    await screen.read(screen.floor.scoring.discard_form, sample_id)
    await screen.open(sample_id)


# -- the sample -------------------------------------------------------------------------------------------------------


async def skip(screen: CockpitScreen, view: "SampleView") -> bool:
    """跳过: asks why."""
    if not screen.may("sample.skip"):
        return False
    if not await screen.read(screen.floor.scoring.can_skip, view.id):
        screen.say(t("quality.skip_scored"), severity="warning")
        return False
    title = t("quality.ask.skip", agent=cut(visible(view.agent_name), 20))
    reason = await screen.ask_text(title, purpose="sample.skip", subject=view.id, wants="reason")
    if reason is None:
        return False
    return bool(
        await acting.run(screen, screen.floor.scoring.skip_sample, view.id, reason, said=t("quality.said.skipped"))
    )


async def play(screen: CockpitScreen, view: "SampleView") -> None:
    """Play the recording in the configured player."""
    if await acting.run(screen, screen.floor.scoring.play, view.id):
        screen.say(t("quality.said.playing"))


# -- appeals ----------------------------------------------------------------------------------------------------------


def can_decide(floor: "Floor", view: "InspectionView | None") -> bool:
    """Whether the decision on this appeal is offered: to a supervisor who did not score it."""
    person = floor.session.person
    return (
        view is not None
        and person is not None
        and floor.desk.may("inspection.decide")
        and view.inspection.state == "appealed"
        and view.inspection.inspector_id != person.person_id
    )


async def appeal(screen: CockpitScreen, view: "InspectionView | None") -> bool:
    """申诉: asks why."""
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
    """复核: uphold the score, or open the form to revise it."""
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


# -- two scores of one sample -----------------------------------------------------------------------------------------


async def settle(screen: CockpitScreen, double: "DoubleScore") -> bool:
    """Which of two scores of one sample stands; a supervisor says."""
    if not screen.may("inspection.decide"):
        return False
    first, second = double.first, double.second
    options = [
        Option("first", t("quality.contest.keep", name=first.inspector_name, total=score_text(first.inspection.total))),
        Option("second", t("quality.contest.take", name=double.second_name, total=score_text(second.total))),
    ]
    person = screen.floor.session.person
    own = person is not None and first.inspection.inspector_id == person.person_id
    why_not = double.why_not or ("error.contest_own" if own else "")  # said before a reason is typed for nothing
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
