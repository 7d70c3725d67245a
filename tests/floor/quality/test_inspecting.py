"""Quality inspection through Floor: forms survive, scores are sent once, calibration is blind, two scorers are told."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from msgspec.structs import replace

from floorctl.errors import NotAllowedError, NotFoundError, RefusedError
from floorctl.models.quality import ItemScore
from floorctl.rules.quality import form as forms
from floorctl.rules.quality.results import Agreed
from tests.quality_stage import CHIEF, ME, OTHER, TODAY, QualityStage, inspection, sample
from tests.rules import small_floor as small


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[QualityStage]:
    stage = QualityStage(tmp_path)
    yield stage
    stage.floor.close()


def names(stage: QualityStage) -> list[str]:
    return [view.id for view in stage.floor.quality.samples()]


# -- reads


def test_the_days_samples_are_in_the_plans_order_with_their_names(stage: QualityStage) -> None:
    assert names(stage) == ["sm-1", "sm-2", "sm-3", "sm-4", "sm-5"]
    view = stage.floor.quality.sample("sm-1")
    assert (view.agent_name, view.inspector_name, view.drafted, view.submitted_here) == ("钱二", "李检", False, False)
    assert [each.id for each in stage.floor.quality.samples(inspector_id=OTHER)] == ["sm-4", "sm-5"]  # all calibrate
    assert [each.id for each in stage.floor.quality.samples(TODAY - timedelta(days=1), states=["scored"])] == ["sm-0"]
    with pytest.raises(NotFoundError, match="no_such_sample"):
        stage.floor.quality.sample("sm-9")


def test_the_rubric_in_force_is_the_one_that_began_last(stage: QualityStage) -> None:
    later = replace(small.rubric(), title="later", effective_from=TODAY + timedelta(days=1))
    now = replace(small.rubric(), title="now", effective_from=TODAY)
    stage.put(("rubric", "r-2"), later)
    stage.put(("rubric", "r-0"), now)
    stage.feed()
    view = stage.floor.quality.rubric()
    assert view is not None and view.rubric.title == "now"


def test_counts_are_in_memory_and_follow_what_is_done_here_and_elsewhere(stage: QualityStage) -> None:
    assert stage.floor.quality.counts() == (5, 0)
    stage.floor.scoring.submit(forms.full(stage.floor.scoring.form("sm-1")))
    assert stage.floor.quality.counts() == (5, 1)
    stage.change(("sample", "sm-2"), state="skipped")
    stage.feed()
    assert stage.floor.quality.counts() == (4, 1)


# -- the form


def test_a_half_done_form_is_back_after_a_restart_and_comes_first(stage: QualityStage) -> None:
    form = forms.with_comment(forms.with_points(stage.floor.scoring.form("sm-2"), "open", 2), "open", "没有报工号")
    saved = stage.floor.scoring.save_form(form)
    stage.reopen()
    assert stage.floor.scoring.form("sm-2") == saved
    assert stage.floor.quality.sample("sm-2").drafted
    following = stage.floor.quality.next_sample()
    assert following is not None and following.id == "sm-2"
    stage.floor.scoring.discard_form("sm-2")
    assert not stage.floor.scoring.form("sm-2").begun


def test_each_person_at_this_terminal_has_their_own_form(stage: QualityStage) -> None:
    stage.floor.scoring.save_form(forms.full(stage.floor.scoring.form("sm-1")))
    stage.sign_in("inspector", OTHER)
    assert not stage.floor.scoring.form("sm-1").begun
    assert not stage.floor.quality.sample("sm-1").drafted


def test_a_form_needs_somebody_signed_in(stage: QualityStage) -> None:
    stage.journal.forget_session()
    stage.reread_session()
    with pytest.raises(NotAllowedError):
        stage.floor.scoring.form("sm-1")


def test_a_submitted_form_goes_with_its_draft_and_the_total_is_the_platforms(stage: QualityStage) -> None:
    form = forms.full(forms.with_points(stage.floor.scoring.form("sm-1"), "listen", 6.5))
    with pytest.raises(RefusedError) as refused:
        stage.floor.scoring.submit(form)
    assert [field.field for field in refused.value.params["fields"]] == ["listen"]  # type: ignore[attr-defined]
    form = stage.floor.scoring.save_form(forms.with_comment(form, "listen", "打断两次"))
    item = stage.floor.scoring.submit(form)
    assert not stage.floor.quality.sample("sm-1").drafted
    (here,) = stage.floor.quality.sample("sm-1").inspections
    stage.send_everything()
    (there,) = stage.floor.quality.sample("sm-1").inspections
    assert Decimal(str(there.inspection.total)) == forms.total(form) == Decimal(str(here.inspection.total))
    assert (here.pending, there.pending) == ((item.id,), ())
    assert stage.floor.quality.sample("sm-1").submitted_here


def test_the_next_sample_is_mine_or_nobodys_and_goes_round(stage: QualityStage) -> None:
    stage.put(("sample", "sm-6"), sample(6, inspector_id=None))
    stage.feed()
    order = []
    after = None
    while (view := stage.floor.quality.next_sample(after)) is not None:
        order.append(view.id)
        after = view.id
        if len(order) == 2:
            assert stage.floor.quality.next_sample("sm-6") is not None
        stage.floor.scoring.submit(forms.full(stage.floor.scoring.form(view.id)))
    assert order == ["sm-1", "sm-2", "sm-3", "sm-5", "sm-6"]


def test_a_rubric_that_changed_meanwhile_is_told_and_the_form_carried_over(stage: QualityStage) -> None:
    form = stage.floor.scoring.save_form(forms.full(stage.floor.scoring.form("sm-1")))
    assert stage.floor.scoring.rubric_changes(form) == []
    rubric = small.rubric()
    section = rubric.sections[0]
    heavier = replace(section, items=(replace(section.items[0], points=6), section.items[1]))
    stage.put(("rubric", "r-1"), replace(rubric, sections=(heavier, *rubric.sections[1:])))
    stage.feed()
    assert [(each.aspect, each.title, each.was, each.now) for each in stage.floor.scoring.rubric_changes(form)] == [
        ("points", "开头语", 4, 6)
    ]
    with pytest.raises(RefusedError, match="rubric_changed"):
        stage.floor.scoring.submit(form)
    assert stage.floor.quality.sample("sm-1").drafted
    renewed = stage.floor.scoring.renew_form(form)
    assert renewed.points == {"open": 6, "listen": 8, "once": 10}
    stage.floor.scoring.submit(renewed)
    stage.send_everything()
    (view,) = stage.floor.quality.sample("sm-1").inspections
    assert (view.inspection.total, view.inspection.rubric_version) == (100, 2)


def test_a_score_that_the_platforms_new_rubric_refused_is_the_form_again_and_goes_in_its_place(
    stage: QualityStage,
) -> None:
    form = forms.with_comment(
        forms.full(forms.with_points(stage.floor.scoring.form("sm-1"), "open", 3)), "open", "没报工号"
    )
    first = stage.floor.scoring.submit(form)
    rubric = small.rubric()
    section = rubric.sections[0]
    lighter = replace(section, items=(section.items[0], replace(section.items[1], points=6)))
    stage.put(("rubric", "r-1"), replace(rubric, sections=(lighter, *rubric.sections[1:])))
    stage.answer()
    stage.feed()
    assert stage.floor.outbox.item(first.id).state == "refused"
    assert stage.floor.quality.double_scores() == []
    following = stage.floor.quality.next_sample()
    assert following is not None and following.id == "sm-1"
    again = stage.floor.scoring.form("sm-1")
    assert (again.points, again.comments, again.rubric_version) == ({"open": 3, "once": 10}, {"open": "没报工号"}, 2)
    second = stage.floor.scoring.submit(stage.floor.scoring.save_form(forms.full(again)))
    assert (second.replaces, stage.floor.quality.sample("sm-1").drafted) == (first.id, False)
    stage.send_everything()
    (view,) = stage.floor.quality.sample("sm-1").inspections
    assert view.inspection.total == 95


# -- appeals, decisions


def test_an_appeal_is_taken_within_its_time_and_decided_by_another(stage: QualityStage) -> None:
    stage.sign_in("supervisor", CHIEF)
    stage.floor.scoring.appeal("in-0", "已经复述过")
    stage.send_everything()
    new = [ItemScore(item_id=item, points=points) for item, points in (("open", 4), ("listen", 8))]
    with pytest.raises(RefusedError):
        stage.floor.scoring.decide("in-0", "revised", new)
    stage.floor.scoring.decide("in-0", "revised", [*new, ItemScore(item_id="once", points=5, comment="漏了材料")])
    stage.send_everything()
    view = stage.floor.quality.inspection("in-0")
    assert (view.inspection.state, view.inspection.total, view.passed) == ("revised", 77.27, False)


def test_a_revision_keeps_the_comments_that_it_leaves_as_they_are_shown(stage: QualityStage) -> None:
    written = ItemScore(item_id="listen", points=8, comment="未回拨13812345678")
    scores = (ItemScore(item_id="open", points=4), written, ItemScore(item_id="once", points=10))
    stage.change(("inspection", "in-0"), state="appealed", scores=scores)
    stage.feed()
    stage.sign_in("supervisor", CHIEF)
    seen = stage.floor.quality.inspection("in-0").inspection.scores
    assert seen[1].comment == "未回拨138****5678"
    item = stage.floor.scoring.decide("in-0", "revised", [replace(seen[0], points=3, comment="没报工号"), *seen[1:]])
    assert item.data["scores"][1]["comment"] == written.comment


def test_an_appeal_after_three_working_days_is_too_late(stage: QualityStage) -> None:
    stage.sign_in("supervisor", CHIEF)
    stage.change(("inspection", "in-0"), submitted_at=stage.floor.now() - timedelta(days=9))
    stage.feed()
    with pytest.raises(RefusedError, match="appeal_too_late"):
        stage.floor.scoring.appeal("in-0", "晚了")


# -- calibration


def scored(stage: QualityStage, by: str, **points: float) -> None:
    scores = [
        {"item_id": item, "points": points.get(item, most), "comment": "c"}
        for item, most in (("open", 4), ("listen", 8), ("once", 10))
    ]
    stage.put(("inspection", f"in-5-{by}"), inspection("sm-5", inspector_id=by, scores=scores))
    stage.change(("sample", "sm-5"), state="scored")
    stage.feed()


def test_calibration_is_blind_until_everybody_asked_has_scored(stage: QualityStage) -> None:
    scored(stage, OTHER, open=2)
    (view,) = stage.floor.quality.calibrations()
    assert (view.unlocked, view.inspections, view.kappa, view.waiting_for) == (False, (), None, ("李检",))
    assert stage.floor.quality.sample("sm-5").inspections == ()
    assert [each.id for each in stage.floor.quality.inspections()] == ["in-0"]
    with pytest.raises(NotFoundError):
        stage.floor.quality.inspection(f"in-5-{OTHER}")
    stage.floor.scoring.submit(forms.full(stage.floor.scoring.form("sm-5")))
    (view,) = stage.floor.quality.calibrations()
    assert view.unlocked and len(view.inspections) == 2
    first = view.spreads[0]
    assert (first.title, first.spread.lowest, first.spread.highest) == ("开头语", 2, 4)
    assert view.kappa is not None and view.kappa < 1


def test_every_inspector_of_the_day_is_offered_a_calibration_until_each_has_scored_it(stage: QualityStage) -> None:
    stage.floor.scoring.submit(forms.full(stage.floor.scoring.form("sm-5")))
    stage.send_everything()
    stage.sign_in("inspector", OTHER)
    assert stage.floor.quality.others_left() == (("李检", 3),)
    offered = []
    while (view := stage.floor.quality.next_sample()) is not None:
        offered.append(view.id)
        stage.floor.scoring.submit(forms.full(stage.floor.scoring.form(view.id)))
        stage.send_everything()
    assert offered == ["sm-4", "sm-5"]
    (found,) = stage.floor.quality.calibrations()
    assert found.unlocked and len(found.inspections) == 2 and not found.waiting_for


def test_neither_state_nor_counts_nor_points_tell_that_another_has_scored_a_calibration(stage: QualityStage) -> None:
    scored(stage, OTHER, open=2)
    stage.put(("sample", "sm-6"), sample(6, inspector_id=CHIEF))
    stage.feed()
    for role, person in (("inspector", ME), ("shift_lead", "p-1003"), ("supervisor", CHIEF), ("supervisor", "p-1003")):
        stage.sign_in(role, person)
        view = stage.floor.quality.sample("sm-5")
        assert (view.sample.state, view.inspections) == ("open", ()), role
        assert stage.floor.quality.samples(states=["scored"]) == []
        assert [each.id for each in stage.floor.quality.inspections()] == ["in-0"]
        progress = stage.floor.quality.progress()
        assert (progress.scored, stage.floor.quality.count()[1]) == (0, 0)
        assert sum(each.scored for each in progress.by_agent) == 0
        (found,) = stage.floor.quality.calibrations()
        assert (found.unlocked, found.inspections, found.kappa, found.agreed) == (False, (), None, None)


def test_a_supervisor_who_is_not_asked_may_look_once_the_day_is_over(stage: QualityStage) -> None:
    scored(stage, OTHER, open=2)
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    stage.put(("sample", "sm-5"), sample(5, day=yesterday, reason="calibration", state="scored"))
    stage.feed()
    stage.sign_in("supervisor", CHIEF)
    (view,) = stage.floor.quality.calibrations()
    assert view.unlocked and len(view.inspections) == 1
    stage.sign_in("shift_lead", "p-1003")
    (view,) = stage.floor.quality.calibrations()
    assert not view.unlocked and not view.inspections


def test_a_blind_score_that_another_gave_here_is_not_told_by_the_outbox(stage: QualityStage) -> None:
    item = stage.floor.scoring.submit(forms.full(stage.floor.scoring.form("sm-5")))
    assert stage.floor.outbox.item(item.id).data["scores"]
    stage.sign_in("inspector", OTHER)
    shown = [*stage.floor.outbox.items(), stage.floor.outbox.item(item.id)]
    assert [each.data for each in shown] == [{"sample_id": "sm-5"}] * 2
    stage.send_everything()
    stage.floor.scoring.submit(forms.full(stage.floor.scoring.form("sm-5")))
    assert stage.floor.outbox.item(item.id).data["scores"], "everybody has scored"


def test_agreement_is_told_by_items_before_kappa(stage: QualityStage) -> None:
    scored(stage, OTHER, open=2, listen=5)
    stage.floor.scoring.submit(forms.full(stage.floor.scoring.form("sm-5")))
    (view,) = stage.floor.quality.calibrations()
    assert view.agreed == Agreed(same=1, items=3, widest=3)


def test_a_revision_that_changes_no_points_is_refused_and_says_what_to_do(stage: QualityStage) -> None:
    stage.sign_in("supervisor", CHIEF)
    stage.floor.scoring.appeal("in-0", "已经复述过")
    stage.send_everything()
    same = [
        ItemScore(item_id=item, points=points, comment="再听了一遍")
        for item, points in (("open", 4), ("listen", 8), ("once", 10))
    ]
    with pytest.raises(RefusedError, match="revision_unchanged"):
        stage.floor.scoring.decide("in-0", "revised", same)
    assert [item.kind for item in stage.journal.items()] == ["inspection.appeal"]


def test_a_calibration_does_not_count_for_the_agent(stage: QualityStage) -> None:
    scored(stage, OTHER, open=0)
    found = stage.floor.quality.results("2026-11")
    assert found.overall is not None and (found.overall.count, found.overall.mean) == (1, 100)


# -- progress and results


def test_progress_counts_inspectors_and_agents_and_what_is_owed(stage: QualityStage) -> None:
    stage.floor.scoring.submit(forms.full(stage.floor.scoring.form("sm-1")))
    stage.change(("sample", "sm-3"), state="skipped")
    stage.feed()
    progress = stage.floor.quality.progress()
    assert (progress.planned, progress.scored) == (4, 1)
    assert [(each.name, each.planned, each.scored) for each in progress.by_inspector] == [
        ("李检", 3, 1),
        ("周检", 2, 0),  # the calibration is for both
    ]
    assert [(each.name, each.planned, each.scored, each.owed_this_month) for each in progress.by_agent] == [
        ("赵一", 0, 0, 8),
        ("钱二", 2, 1, 6),
        ("孙三", 2, 0, 8),
    ]


def test_results_say_who_is_best_who_failed_and_who_needs_coaching(stage: QualityStage) -> None:
    now = stage.floor.now()
    marks = {"p-2000": [100, 96, 92], "p-2001": [100], "p-2002": [80, 70]}
    for agent, totals in marks.items():
        for at, total in enumerate(totals):
            name = f"{agent}-{at}"
            stage.put(("sample", f"sx-{name}"), sample(1, day="2026-11-10", state="scored", agent_id=agent))
            stage.put(("inspection", f"ix-{name}"), inspection(f"sx-{name}", agent_id=agent, total=total))
    stage.put(("sample", "sy"), sample(1, day="2026-10-10", state="scored", agent_id="p-2000"))
    stage.put(
        ("inspection", "iy"),
        inspection("sy", agent_id="p-2000", total=86, submitted_at=(now - timedelta(days=40)).isoformat()),
    )
    stage.feed()
    found = stage.floor.quality.results("2026-11")
    assert [(row.name, row.result.mean) for row in found.by_agent] == [("钱二", 100), ("赵一", 96), ("孙三", 75)]
    assert [row.name for row in found.top] == ["赵一"]
    assert [(row.name, row.reasons) for row in found.for_coaching] == [("孙三", ("below_pass",))]
    assert [row.name for row in found.below_pass] == ["孙三"]
    first = next(row for row in found.by_agent if row.name == "赵一")
    assert (first.trend, first.history) == (Fraction(10), (("2026-10", Fraction(86)), ("2026-11", Fraction(96))))
    assert [row.name for row in found.by_team] == ["1组", "2组"]
    assert [row.key for row in found.by_line] == ["12345"]
    assert [row.name for row in found.by_item] == ["开头语", "倾听", "一次性告知"]
    assert [row.key for row in found.by_month] == ["2026-10", "2026-11"]
