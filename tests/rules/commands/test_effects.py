"""What holds for every command kind."""

from typing import Any

import msgspec
import pytest

from floorctl.models.base import Entity
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry, roles
from floorctl.rules.commands.apply import check
from floorctl.rules.commands.refusal import Refused
from tests.rules import small_floor
from tests.rules.applied import ALERT, FULL, HANDOVER, SHIFT, SUBMIT, Floor
from tests.rules.small_floor import HOUR, MINUTE, NOW

#: One command of each kind that a floor takes, with what it needs beforehand.
EVERY: dict[str, tuple[tuple[str, str], dict[str, Any], dict[str, Entity]]] = {
    "seat.state": (("seat", "s-01"), {"state": "not_ready"}, {}),
    "seat.skills": (("seat", "s-01"), {"skills": ["q-12333", "q-12345"]}, {}),
    "seat.listen": (("seat", "s-01"), {"mode": "release"}, {"seat": small_floor.talking()}),
    "pause.cancel": (("seat", "s-01"), {"shift_id": "sh-1", "pause": 0}, {}),
    "order.review": (("order", "o-1"), {"errors": ["归口错误"]}, {}),
    "order.dispatch": (
        ("order", "o-1"),
        {"department_ids": ["d-1", "d-2"], "lead_department_id": "d-1"},
        {"order": small_floor.order(state="ready", reviewed_at=NOW - HOUR)},
    ),
    "order.urge": (("order", "o-1"), {"level": 2, "note": "请尽快"}, {}),
    "order.callback": (
        ("order", "o-1"),
        {"outcome": "reached", "satisfaction": 5},
        {"order": small_floor.order(state="handled", handled_at=NOW - HOUR, callback_required=True)},
    ),
    "order.problem": (("order", "o-1"), {"problem": "地址不全"}, {}),
    "order.return": (("order", "o-1"), {"upheld": True, "note": "归口有误"}, {"order": small_floor.returned()}),
    "order.extend": (("order", "o-1"), {"granted": True}, {"order": small_floor.asking_for_time()}),
    "order.confer": (
        ("order", "o-1"),
        {"department_ids": ["d-1", "d-2"], "lead_department_id": "d-2", "minutes": "由城管局牵头"},
        {},
    ),
    "order.redo": (
        ("order", "o-1"),
        {"reason": "未解决"},
        {"order": small_floor.order(state="closed", handled_at=NOW - HOUR, satisfaction=1, closed_at=NOW)},
    ),
    "order.link": (("order", "o-1"), {"parent_id": "o-2"}, {}),
    "order.unlink": (("order", "o-1"), {}, {"order": small_floor.order(parent_id="o-2")}),
    "missed_call.done": (("missed_call", "m-1"), {"outcome": "no_answer"}, {}),
    "alert.raise": (("alert", "a-new"), ALERT, {}),
    "alert.acknowledge": (("alert", "a-1"), {}, {}),
    "alert.step": (("alert", "a-1"), {"step": "phone_department", "note": "已通知"}, {}),
    "alert.close": (("alert", "a-1"), {"note": "处理完毕"}, {"alert": small_floor.alert(steps=())}),
    "inspection.submit": (("inspection", "i-new"), SUBMIT, {}),
    "inspection.appeal": (("inspection", "i-1"), {"reason": "已告知"}, {}),
    "inspection.decide": (
        ("inspection", "i-1"),
        {"decision": "revised", "scores": FULL},
        {"inspection": small_floor.inspection(state="appealed")},
    ),
    "sample.skip": (("sample", "sa-1"), {"reason": "无录音"}, {}),
    "handover.note": (HANDOVER, {"item_id": "x", "text": "跟进供水"}, {}),
    "handover.item": (
        HANDOVER,
        {"item_id": "x", "done": True},
        {"handover": small_floor.handover(state="taken", items=({"id": "x", "text": "跟进", "done": False},))},
    ),
    "handover.give": (HANDOVER, {"summary": "平稳"}, {}),
    "handover.take": (
        HANDOVER,
        {},
        {"handover": small_floor.handover(state="given", given_by="p-2")},
    ),
    "fact.record": (("fact", "f-new"), {"kind": "training", "day": "2026-03-02"}, {}),
    "fact.remove": (("fact", "f-1"), {"reason": "重复"}, {}),
    "surge.start": (("surge", "su-new"), {"reason": "暴雨", "queue_id": "q-12345"}, {}),
    "surge.act": (("surge", "su-1"), {"kind": "call_in", "person_id": "p-1"}, {}),
    "surge.end": (("surge", "su-1"), {"note": "恢复"}, {}),
    "shift.assign": (("shift", "sh-new"), SHIFT, {}),
    "shift.remove": (("shift", "sh-1"), {}, {}),
    "article.state": (("article", "k-1"), {"state": "published"}, {}),
    "correction.raise": (("correction", "co-new"), {"article_id": "k-1", "text": "电话变更"}, {}),
    "correction.decide": (("correction", "co-1"), {"state": "fixed"}, {}),
    "floor.message": (("seat", "s-01"), {"text": "注意", "seat_ids": ["s-01"]}, {}),
}
SILENT = {"floor.message"}


def test_the_table_is_complete() -> None:
    assert {kind: target[0] for kind, (target, _, _) in EVERY.items()} == {
        kind.name: kind.target for kind in registry.kinds()
    }


@pytest.mark.parametrize("kind", EVERY)
def test_each_command_changes_something_once(kind: str) -> None:
    target, data, changed = EVERY[kind]
    here = Floor(**changed)
    effects = here.do(kind, target, **data)
    assert bool(effects) is (kind not in SILENT)
    after = dict(here.entities)
    try:
        again = here.do(kind, target, at=NOW + MINUTE, **data)
    except Refused:
        again = {}
    assert again == {} or kind == "order.callback"
    assert here.entities == after


@pytest.mark.parametrize("kind", EVERY)
def test_what_comes_out_is_what_the_contract_can_carry(kind: str) -> None:
    target, data, changed = EVERY[kind]
    for (entity_kind, _), entity in Floor(**changed).do(kind, target, **data).items():
        if entity is not None:
            assert msgspec.json.decode(msgspec.json.encode(entity), type=ENTITIES[entity_kind]) == entity


@pytest.mark.parametrize("kind", [kind.name for kind in registry.kinds() if not kind.creates])
def test_a_target_that_is_gone_is_refused(kind: str) -> None:
    target, data, _ = EVERY[kind]
    with pytest.raises(Refused):
        Floor().do(kind, (target[0], "gone"), **data)


@pytest.mark.parametrize("kind", EVERY)
def test_a_target_of_another_kind_is_refused(kind: str) -> None:
    _, data, _ = EVERY[kind]
    Floor().refuses(kind, ("category", "c-1"), "target.kind", **data)


def test_an_unknown_kind_is_refused() -> None:
    Floor().refuses("seat.explode", ("seat", "s-01"), "kind")


def test_data_of_the_wrong_form_names_the_field() -> None:
    assert check("order.urge", {"level": 2}) == []
    assert check("order.urge", {"level": 2, "from a later release": []}) == []
    for data, field in (
        ({}, "level"),
        ({"level": 4}, "level"),
        ({"level": "2"}, "level"),
        ({"level": None}, "level"),
        ({"level": 1, "note": 7}, "note"),
    ):
        assert [error.field for error in check("order.urge", data)] == [field], data
    assert [error.field for error in check("order.problem", {"problem": " \n"})] == ["problem"]


class TestRoles:
    def test_roles_are_those_of_the_contract(self) -> None:
        assert not any(roles.allowed(kind, ["viewer"]) for kind in EVERY)
        assert all(roles.allowed(kind, ["supervisor"]) for kind in EVERY)
        assert roles.allowed("inspection.submit", ["viewer", "inspector"])
        assert not roles.allowed("inspection.submit", ["shift_lead"])
        assert not roles.allowed("seat.explode", ["supervisor"])

    def test_a_viewer_reads_nobodys_scores(self) -> None:
        assert "inspection" not in roles.readable(["viewer"])
        assert "inspection" in roles.readable(["viewer", "inspector"])
        assert "order" in roles.readable(["viewer"])
        assert roles.readable([]) == frozenset()
