"""Two inspectors scored one sample while neither heard of the other: both scores are kept, a supervisor decides."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from floorctl.errors import NotAllowedError, NotFoundError, RefusedError
from tests.floor_access import watch_of
from tests.quality_stage import CHIEF, OTHER, QualityStage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[QualityStage]:
    stage = QualityStage(tmp_path)
    yield stage
    stage.floor.close()


def test_the_second_is_told_and_both_scores_stand_beside_each_other(stage: QualityStage) -> None:
    item = stage.double_score()
    assert stage.floor.status.connection().refused == 1
    (found,) = stage.floor.quality.double_scores()
    assert (found.command_id, found.sample.id, found.first.inspector_name, found.second_name) == (
        item.id, "sm-1", "周检", "李检",
    )  # fmt: skip
    assert (found.first.inspection.total, found.second.total, found.takeable) == (100, 90.91, True)
    stage.reopen()
    assert [each.command_id for each in stage.floor.quality.double_scores()] == [item.id]


def test_only_a_supervisor_decides(stage: QualityStage) -> None:
    item = stage.double_score()
    with pytest.raises(NotAllowedError):
        stage.floor.scoring.resolve_double_score(item.id, "first", "先评为准")
    stage.sign_in("supervisor", CHIEF)
    with pytest.raises(NotFoundError):
        stage.floor.scoring.resolve_double_score("none", "first", "先评为准")


def test_the_first_stays(stage: QualityStage) -> None:
    item = stage.double_score()
    stage.sign_in("supervisor", CHIEF)
    assert stage.floor.scoring.resolve_double_score(item.id, "first", "先评为准") == []  # nothing to send
    assert stage.floor.quality.double_scores() == []
    assert stage.floor.outbox.item(item.id).reason == "先评为准"
    (view,) = stage.floor.quality.sample("sm-1").inspections
    assert (view.inspection.state, view.inspection.total) == ("submitted", 100)


def test_the_second_is_taken_as_an_appeal_revised_to_its_points(stage: QualityStage) -> None:
    item = stage.double_score()
    stage.sign_in("supervisor", CHIEF)
    made = stage.floor.scoring.resolve_double_score(item.id, "second", "后评更准")
    assert [each.kind for each in made] == ["inspection.appeal", "inspection.decide"]
    stage.send_everything()
    (view,) = stage.floor.quality.sample("sm-1").inspections
    score = view.inspection
    assert (score.state, score.total, score.inspector_id) == ("revised", 90.91, OTHER)
    assert score.appeal is not None and (score.appeal.reason, score.appeal.decided_by) == ("后评更准", CHIEF)
    assert stage.floor.quality.double_scores() == []
    assert stage.floor.status.connection().refused == 0


def test_what_cannot_be_taken_any_more_says_so(stage: QualityStage) -> None:
    item = stage.double_score(fatal=True)
    stage.sign_in("supervisor", CHIEF)
    with pytest.raises(RefusedError, match="contest_fatal"):
        stage.floor.scoring.resolve_double_score(item.id, "second", "x")
    stage.change(("inspection", "in-theirs"), state="upheld")
    stage.feed()
    with pytest.raises(RefusedError, match="contest_decided"):
        stage.floor.scoring.resolve_double_score(item.id, "second", "x")
    stage.floor.scoring.resolve_double_score(item.id, "first", "x")
    assert stage.floor.quality.double_scores() == []


def test_every_terminal_is_told_that_a_supervisor_is_wanted_and_nobodys_points_are(stage: QualityStage) -> None:
    item = stage.double_score()
    watch = watch_of(stage.floor)
    for _ in range(2):
        watch.look()
    told = [view for view in stage.floor.alerts.all() if view.id.startswith("contested_score")]
    assert [(view.alert.subject.id, view.alert.severity) for view in told] == [("sm-1", "notice")]
    assert "90" not in f"{told[0].alert.title} {told[0].alert.detail}"
    stage.send_everything()
    stage.reopen()
    watch_of(stage.floor).look()
    assert len([each for each in stage.journal.items() if each.target.id == told[0].id]) == 1
    stage.sign_in("supervisor", CHIEF)
    stage.floor.scoring.resolve_double_score(item.id, "first", "先评为准")
    stage.send_everything()
    assert not [view for view in stage.floor.alerts.all() if view.id == told[0].id]


def test_whoever_gave_the_first_does_not_take_the_second_and_no_appeal_is_left_behind(stage: QualityStage) -> None:
    item = stage.double_score()
    stage.sign_in("supervisor", OTHER)
    with pytest.raises(RefusedError, match="contest_own"):
        stage.floor.scoring.resolve_double_score(item.id, "second", "我再想想")
    assert [each.kind for each in stage.journal.items()] == ["inspection.submit"]
    assert stage.floor.quality.double_scores()
