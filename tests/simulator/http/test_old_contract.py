"""Served as version 1.0 of the contract, the platform is one that knows nothing of what version 1.1 added."""

import json
import re
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from floorctl.rules.commands import registry
from floorctl.simulator.http.contract import CONTRACTS
from floorctl.simulator.store.feed_page import FeedPage, Sent
from tests.simulator.running import Running, problem, read_all

OLD = CONTRACTS["1.0"]


@pytest.fixture(scope="module")
def old(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("old") / "platform.db"
    shutil.copy(small_data, data)
    running = Running(data, contract="1.0")
    yield running
    running.stop()


def _page(*changes: dict[str, Any]) -> FeedPage:
    return FeedPage(json.dumps(changes).encode(), len(changes), 7, False, len(changes), 7, 0)


def test_a_page_has_none_of_the_new_fields_and_all_of_the_others() -> None:
    new = dict.fromkeys(OLD.fields["order"], "x")
    held = {"number": "2026030200001", "state": "returned", "returns": 1}
    gone = {"kind": "order", "id": "o-2", "version": 2, "deleted": True}
    change = {"kind": "order", "id": "o-1", "version": 3, "deleted": False, "data": held | new}
    queue = {"kind": "queue", "id": "q-1", "version": 1, "deleted": False, "data": {"name": "12345"}}
    page = OLD.page(_page(change, gone, queue))
    assert json.loads(page.changes) == [change | {"data": held}, gone, queue]
    assert page.size == 3
    assert CONTRACTS["1.1"].page(_page(change)) == _page(change)


def test_a_change_that_it_conflicts_with_has_none_of_them_either() -> None:
    assert OLD.change(Sent("order", "o-1", 2, deleted=True)) == Sent("order", "o-1", 2, deleted=True)


@pytest.mark.parametrize("kind", [each.name for each in registry.kinds() if each.since != "1"])
def test_a_new_command_is_one_that_it_does_not_know(old: Running, kind: str) -> None:
    refused = problem(old.send(old.good(kind)), 422)
    assert [each["field"] for each in refused["errors"]] == ["kind"]


def test_an_alert_of_a_new_kind_is_not_known_either(old: Running) -> None:
    raised = old.good("alert.raise")
    raised["data"] |= {"kind": "hot_spot"}
    assert [each["field"] for each in problem(old.send(raised), 422)["errors"]] == ["kind"]


def test_what_it_always_knew_it_still_does(old: Running) -> None:
    assert old.send(old.good("order.urge")).status_code == 200
    with old.client() as client:
        changes, _ = read_all(client)
    sent = {each["kind"] for each in changes}
    assert sent.isdisjoint(OLD.kinds)
    assert {"order", "seat", "queue"} <= sent


def test_a_new_kind_can_be_asked_for_and_has_nothing(old: Running) -> None:
    with old.client() as client:
        changes, _ = read_all(client, kinds="missed_call")
    assert changes == []


def test_what_it_leaves_out_is_what_the_contract_marks_as_new() -> None:
    document = yaml.safe_load(files("floorctl.data").joinpath("openapi.yaml").read_text("utf-8"))
    schemas = document["components"]["schemas"]
    names = {kind: "".join(word.title() for word in kind.split("_")) for kind in schemas["Kind"]["enum"]}
    new = {kind for kind, name in names.items() if str(schemas[name].get("description", "")).startswith("1.1:")}
    assert new == OLD.kinds
    for kind in names.keys() - new:
        fields = schemas[names[kind]]["properties"]
        added = {name for name, each in fields.items() if re.match(r"1\.1$|1\.1:", str(each.get("description", "")))}
        # What stands under a reference has its mark nowhere or in a part of it.
        assert OLD.fields.get(kind, frozenset()) >= added - {"article_id"}, kind
        assert OLD.fields.get(kind, frozenset()) <= set(fields), kind
