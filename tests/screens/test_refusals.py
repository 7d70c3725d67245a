"""Refusals on every screen and dialog that acts are in words, without ids, codes or names of fields."""

from typing import Any

import pytest

from floorctl.errors import FloorctlError, NotAllowedError, NotFoundError
from floorctl.rules.commands.refusal import FieldError, Refused, refused
from tests.internal_words import internal_words
from tests.screens.floor_stage import FloorStage
from tests.screens.looking import at_rest, cockpit, lines, press

#: Where a person acts → the keys from the floor screen on.
_ACTS: dict[str, list[str]] = {
    "floor, state of a seat": ["e", "3", "y"],
    "floor, listening": ["l", "4", "y"],
    "floor, skills": ["k", "1", "2", "enter"],
    "floor, message": ["m", *"hello", "enter"],
    "floor, step of an alert": ["a", "1", *"told", "enter"],
    "orders, urge": ["3", "u", "y"],
    "orders, problem": ["3", "b", *"wrong", "enter"],
    "alerts, step of an alert": ["4", "t", *"told", "enter"],
    "handover, note": ["n", *"keys", "enter"],
    "handover, give": ["7", "g", *"early", "enter", "y"],
}
#: A refusal, and what is said of it.
_REFUSALS: list[tuple[Exception, str]] = [
    (
        Refused([FieldError("skills[0]", "id_taken"), FieldError("base_of_something", "no_call")]),
        "已被使用；该坐席没有通话",
    ),
    (refused("target", "already_handled"), "不能再催办"),
    (NotFoundError("error.no_such_seat", id="s-1f2e"), "已不在本机的数据中"),
    (NotAllowedError("error.role_may_not", command="seat.skills"), "技能调整"),
    (FloorctlError("error.disk_full", path="/data/journal.db"), "磁盘已满"),
]

#: Names of types and fields, and how Python writes a list.
_OF_THE_PROGRAM = ("FieldError", "Refused", "base_of", "skills", "field=", "[0]")


@pytest.mark.parametrize("where", _ACTS)
async def test_a_refusal_is_said_in_words(
    floor_stage: FloorStage, monkeypatch: pytest.MonkeyPatch, where: str, subtests: pytest.Subtests
) -> None:
    why: list[Exception] = []

    def refuse(*_: Any, **__: Any) -> None:
        raise why[-1]

    monkeypatch.setattr("floorctl.rules.commands.apply.apply", refuse)
    async with cockpit(floor_stage.floor, (140, 40)) as pilot:
        for refusal, words in _REFUSALS:
            why.append(refusal)
            with subtests.test(str(refusal)):
                pilot.app.clear_notifications()
                await press(pilot, _ACTS[where])
                await at_rest(pilot)
                shown = [each.message for each in pilot.app._notifications] + [lines(pilot.app)[-1]]
                assert any(words in each for each in shown), shown
                for each in shown:
                    assert not internal_words(each, "zh-CN", {"s-1f2e", "s-01", "a-1", "o-1"}), each
                    assert not any(mark in each for mark in _OF_THE_PROGRAM), each
            await press(pilot, ["escape", "escape", "1"])
            await at_rest(pilot)
