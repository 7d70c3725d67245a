"""未接来电 on a floor: read with what waits to be sent, noted for all calls of a caller, and counted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.errors import NotAllowedError, NotFoundError, RefusedError
from floorctl.floor.missed_calls import SHOWN_FOR, MissedCallCounts
from tests.build import HOUR, MINUTE, Entities
from tests.stage import Stage
from tests.sync.storage import NOW

_made = Entities(NOW)


def missed(stage: Stage, id_: str, hours: float, caller: str, **given: Any) -> None:
    stage.put(("missed_call", id_), _made.missed_call(at=NOW - hours * HOUR, caller=caller, **given))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.floor.close()


def ids(stage: Stage, **how: bool) -> list[str]:
    return [view.id for view in stage.floor.missed_calls.all(**how)]


def test_calling_back_is_noted_for_all_calls_of_the_caller_and_shown_before_it_is_sent(stage: Stage) -> None:
    missed(stage, "m-1", 1.5, "13812345678")
    missed(stage, "m-2", 1, "+8613812345678")
    missed(stage, "m-3", 0.5, "13900000000")
    stage.feed()
    assert ids(stage) == ["m-1", "m-3"]
    assert stage.floor.missed_calls.counts() == MissedCallCounts(2, 0)
    items = stage.floor.missed_calls.done("m-2", "no_answer", "振铃一分钟")
    assert [item.target.id for item in items] == ["m-1", "m-2"]
    (first, second) = stage.floor.missed_calls.all()
    assert (first.id, second.id, second.tries, second.pending) == ("m-3", "m-1", 1, tuple(item.id for item in items))
    assert second.again_at is not None
    assert abs(second.again_at - NOW - 30 * MINUTE) < MINUTE
    stage.floor.missed_calls.done("m-3", "reached")
    assert ids(stage) == ["m-1"]
    assert ids(stage, settled=True) == ["m-1", "m-3"]
    assert stage.floor.missed_calls.counts() == MissedCallCounts(1, 0)


def test_it_arrives_once_also_after_the_platform_has_it(stage: Stage) -> None:
    missed(stage, "m-1", 1, "13812345678")
    stage.feed()
    stage.floor.missed_calls.done("m-1", "no_answer")
    stage.answer()
    assert stage.floor.missed_calls.all()[0].tries == 1
    stage.feed()
    assert (stage.floor.missed_calls.all()[0].tries, stage.floor.missed_calls.all()[0].pending) == (1, ())


def test_who_calls_again_meanwhile_disappears_and_can_not_be_called_back(stage: Stage) -> None:
    missed(stage, "m-1", 1, "13812345678")
    stage.feed()
    assert stage.floor.missed_calls.counts().waiting == 1
    stage.change(("missed_call", "m-1"), state="called_again")
    stage.feed()
    assert ids(stage) == []
    assert stage.floor.missed_calls.counts().waiting == 0
    with pytest.raises(RefusedError):
        stage.floor.missed_calls.done("m-1", "reached")


def test_the_caller_is_masked_until_revealed(stage: Stage) -> None:
    missed(stage, "m-1", 1, "13812345678")
    stage.feed()
    view = stage.floor.missed_calls.get("m-1")
    assert view.call.caller == "138****5678"
    assert view.record.seen(stage.floor.audit.reveal("missed_call", "m-1")).caller == "13812345678"


def test_what_was_missed_days_ago_is_not_listed(stage: Stage) -> None:
    missed(stage, "old", SHOWN_FOR / HOUR + 1, "13812345678")
    stage.feed()
    assert ids(stage, settled=True) == []
    assert stage.floor.missed_calls.get("old").id == "old"
    with pytest.raises(NotFoundError):
        stage.floor.missed_calls.get("nothing")


def test_a_viewer_may_not_note_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "viewer")
    missed(stage, "m-1", 1, "13812345678")
    stage.feed()
    with pytest.raises(NotAllowedError):
        stage.floor.missed_calls.done("m-1", "reached")
    stage.floor.close()


def test_a_platform_that_has_sent_none_is_told_from_one_whose_callers_are_all_settled(stage: Stage) -> None:
    assert not stage.floor.missed_calls.offered()
    missed(stage, "m-1", 1, "13812345678", state="reached")
    stage.feed()
    assert stage.floor.missed_calls.offered()
    assert ids(stage) == []
