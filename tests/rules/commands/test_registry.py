"""A command kind is declared in one place, and everything else follows from that declaration."""

import gettext
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import pytest
from msgspec.structs import replace

from floorctl import i18n
from floorctl.errors import NotAllowedError, RefusedError
from floorctl.floor.command_words import data_words
from floorctl.floor.undo_words import act_words
from floorctl.i18n import term
from floorctl.models.base import Entity, Str20k
from floorctl.models.orders import Order
from floorctl.rules.commands import registry
from floorctl.rules.commands.act import Act, Effects, existing, require_state
from floorctl.rules.commands.payload import Payload
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import REVEAL, SL
from floorctl.screens.registry import SCREENS
from floorctl.screens.sync.conflict import read_parked, side_by_side
from floorctl.screens.sync.questions import QUESTIONS
from tests.contract_table import CONTRACT, LATER
from tests.simulator import running
from tests.simulator.running import Running, problem
from tests.stage import Stage

# -- the kinds of the contract


def test_every_kind_of_the_contract_is_declared_with_its_roles_and_its_base_version() -> None:
    declared = {kind.name: (kind.roles, kind.base) for kind in registry.kinds()}
    assert declared == {kind: (row.roles, row.base == "yes") for kind, row in CONTRACT.items()}
    assert LATER.isdisjoint(declared)


@pytest.mark.parametrize("kind", registry.kinds(), ids=lambda kind: kind.name)
def test_the_data_of_a_kind_has_the_fields_of_the_contract(kind: registry.CommandKind) -> None:
    said = re.sub(r"\([^)]*\)|:.*? or \w+", "", CONTRACT[kind.name].data).strip()
    if said.startswith("a"):  # "an Alert without state and steps", "a Fact"
        return
    fields = {each.name: each.required for each in msgspec.structs.fields(kind.data)}
    told = [each.strip() for each in said.split(",") if each.strip()]
    assert fields == {each.rstrip("?"): not each.endswith("?") for each in told}


@pytest.mark.parametrize("kind", registry.kinds(), ids=lambda kind: kind.name)
def test_what_a_kind_says_of_its_fields_is_about_fields_that_it_has(kind: registry.CommandKind) -> None:
    fields = set(kind.data.__struct_fields__)
    assert {*kind.terms, *kind.names, *filter(None, (kind.listed,))} <= fields
    assert not kind.listed or kind.listed in kind.terms or kind.listed in kind.names
    assert kind.undo is None or kind.undo.part == "" or kind.undo.part in fields


#: Row of the table in docs/inspection.md → the kinds that it is about.
INSPECTION = (
    ("inspection.submit", "sample.skip"),
    ("inspection.appeal",),
    ("inspection.decide",),
)
COLUMNS = ("inspector", "shift_lead", "supervisor", "viewer")


@pytest.mark.parametrize(("guide", "yes"), [("inspection.md", "yes"), ("inspection.zh-CN.md", "能")])
def test_the_guide_to_inspections_says_who_may_do_what(guide: str, yes: str) -> None:
    document = (Path(__file__).parents[3] / "docs" / guide).read_text("utf-8")
    table = [line for line in document.splitlines() if line.startswith("|")][-len(INSPECTION) :]
    for line, names in zip(table, INSPECTION, strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")[1:]]
        said = {role for role, cell in zip(COLUMNS, cells, strict=True) if cell.startswith(yes)}
        assert [registry.kind(name).roles for name in names] == [said] * len(names)


def test_every_act_of_a_screen_is_of_a_kind_that_is_declared() -> None:
    asked = {kind for screen in SCREENS.values() for kind in screen.load().NEEDS.values()}
    assert asked - {REVEAL} <= {kind.name for kind in registry.kinds()}


def test_the_sync_screen_asks_every_question_that_a_kind_can_declare() -> None:
    assert set(QUESTIONS) == set(get_args(registry.Question))
    assert {kind.question for kind in registry.kinds()} == set(QUESTIONS)


# -- a kind that no release knows


class OrderWithdraw(Payload, frozen=True, kw_only=True):
    """撤单."""

    reason: Literal["citizen", "duplicate"]
    note: Str20k | None = None


WORDS = {"term.command.order.withdraw": "撤单", "term.withdrawal.citizen": "市民要求"}


class _Catalogue(gettext.NullTranslations):
    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        super().__init__()
        self.add_fallback(catalogue)

    def gettext(self, message: str) -> str:
        return WORDS.get(message) or super().gettext(message)


@pytest.fixture
def withdraw(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind ``order.withdraw``: its declaration, and its words in the catalogue."""
    registry.kinds()
    monkeypatch.setattr(registry, "_declared", dict(registry._declared))

    @command(
        "order.withdraw",
        data=OrderWithdraw,
        roles=SL,
        base=True,
        terms={"reason": "withdrawal"},
        listed="reason",
        leaves=lambda data: {"state": "closed", **data},
    )
    def withdraw(act: Act, target: Entity | None, data: OrderWithdraw) -> Effects:
        order = existing(target, Order)
        require_state(order.state, ("received", "review", "ready", "dispatched"), "order_state")
        return act.becomes(replace(order, state="closed", closed_at=act.at, result=data.note or ""))

    catalogue = _Catalogue(i18n._catalogue("zh-CN"))
    monkeypatch.setattr(i18n, "_catalogue", lambda _language: catalogue)


@pytest.fixture
def stage_of(tmp_path: Path) -> Iterator[Callable[[str], Stage]]:
    opened: list[Stage] = []

    def stage_of(role: str) -> Stage:
        opened.append(Stage(tmp_path / role, role))
        return opened[-1]

    yield stage_of
    for stage in opened:
        stage.floor.close()


@pytest.mark.usefixtures("withdraw")
def test_a_terminal_checks_applies_shows_and_tells_a_new_kind(stage_of: Callable[[str], Stage]) -> None:
    stage = stage_of("supervisor")
    floor = stage.floor
    assert floor.desk.may("order.withdraw")
    for data, field in (({}, "reason"), ({"reason": "rain"}, "reason"), ({"reason": "citizen", "note": 7}, "note")):
        with pytest.raises(RefusedError) as wrong:
            floor.desk.submit("order.withdraw", "o-1", data)
        fields: Any = wrong.value.params["fields"]
        assert [each.field for each in fields] == [field]
    with pytest.raises(RefusedError):
        floor.desk.submit("order.withdraw", "o-4", {"reason": "citizen"})  # handled

    item = floor.desk.submit("order.withdraw", "o-1", {"reason": "citizen", "note": "已自行解决"})
    assert item.base_version == stage.platform["order", "o-1"][0]
    assert floor.orders.get("o-1").order.state == "closed"  # laid over what is held
    assert term("command", item.kind) == "撤单"
    assert data_words(floor, "order", item.data)[0][1] == "市民要求"
    assert act_words(floor, floor.undo.act_of(item.id)).endswith("市民要求")

    stage.change(("order", "o-1"), problem="地址不全")
    stage.answer()
    parked = read_parked(floor, floor.outbox.item(item.id))
    sheet = "".join(segment.text for line in side_by_side(floor, parked, 100) for segment in line)
    assert parked.item.state == "conflict"
    assert "已归档" in sheet
    assert "市民要求" in sheet


@pytest.mark.usefixtures("withdraw")
def test_a_role_that_a_new_kind_does_not_name_may_not_do_it(stage_of: Callable[[str], Stage]) -> None:
    floor = stage_of("inspector").floor
    assert not floor.desk.may("order.withdraw")
    with pytest.raises(NotAllowedError):
        floor.desk.submit("order.withdraw", "o-1", {"reason": "citizen"})
    assert not stage_of("viewer").floor.desk.may("order.withdraw")


@pytest.mark.usefixtures("withdraw")
def test_the_embedded_platform_takes_a_new_kind(small_data: Path, tmp_path: Path) -> None:
    platform = Running(shutil.copy(small_data, tmp_path))
    try:
        version = platform.version("order", "o-open")
        body: dict[str, Any] = running.command("order.withdraw", ("order", "o-open"), {"reason": "duplicate"}, version)
        problem(platform.send(body, "inspector"), 403)
        problem(platform.send({**body, "base_version": None}), 422)
        assert problem(platform.send({**body, "data": {}}), 422)["errors"][0]["field"] == "reason"
        assert platform.send(body).status_code == 200
        row = platform.store.get("order", "o-open")
        assert row is not None and isinstance(row.data, Order) and row.data.state == "closed"
        other = running.command("order.withdraw", ("order", "o-open"), {"reason": "duplicate"}, version)
        problem(platform.send(other), 409)
    finally:
        platform.stop()
