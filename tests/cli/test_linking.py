"""并单 by command: what is linked is linked once, acts on it go to its main order, and each outcome is told."""

import json
import re

import pytest

from tests.cli.shell import Shell
from tests.platforms import PlatformProcess


@pytest.fixture
def numbers(synced: Shell) -> list[str]:
    """Numbers of four open orders that are linked to none, the first of which was never urged."""
    items = synced.json("orders", "--state", "dispatched,accepted", "--limit", "0")["items"]
    found = [str(each["number"]) for each in items if each["parent_id"] is None]
    return sorted(found, key=lambda number: next(bool(each["urges"]) for each in items if each["number"] == number))[:4]


def _parents(platform: PlatformProcess, numbers: list[str]) -> list[str | None]:
    orders, _ = platform.snapshot("order")
    return [orders["order", f"o-{each}"]["data"].get("parent_id") for each in numbers]


def test_orders_are_linked_acted_on_and_unlinked(synced: Shell, platform: PlatformProcess, numbers: list[str]) -> None:
    main, *others = numbers
    before = {each["number"] for each in synced.json("orders", "--overdue", "--limit", "0")["items"]}
    ended = synced("order", ",".join(others), "link", main)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 3
    assert _parents(platform, numbers) == [None, *[f"o-{main}"] * 3]
    synced("sync", "--once")
    late = {each["number"] for each in synced.json("orders", "--overdue", "--limit", "0")["items"]}
    assert late == before - {*others}
    assert synced.json("status")["orders"]["overdue"] == len(late)
    assert len(synced.json("order", main)["repetitions"]) == 3
    shown = synced("order", others[0]).stdout
    assert main in shown and "Main order" in shown
    listed = synced("orders", "--search", others[0]).stdout
    assert f"↳ {main}" in listed
    again = synced("order", others[0], "link", main)
    assert again.returncode == 4 and "linked already" in again.stderr
    urged = synced("urge", others[0], others[1], "--json")
    assert urged.returncode == 0 and main in urged.stderr
    document = json.loads(urged.stdout)
    assert [item["target"]["id"] for item in document["items"]] == [f"o-{main}"]
    taken = synced("order", ",".join([*others, "no-such-order"]), "unlink", "--json")
    assert taken.returncode == 6
    assert [each["outcome"] for each in json.loads(taken.stdout)["results"]] == ["applied"] * 3 + ["not_found"]
    assert _parents(platform, numbers) == [None] * 4
    assert synced("order", others[0], "unlink").returncode == 4
    assert synced("order", others[0], "link", "no-such-order").returncode == 6
    assert synced("order", others[0], "link").returncode == 2


def test_a_link_waits_offline_and_is_taken_back(synced: Shell, numbers: list[str]) -> None:
    synced.config.write_text(re.sub(r'url = "[^"]*"', 'url = "http://127.0.0.1:9"', synced.config.read_text("utf-8")))
    assert synced("order", numbers[1], "link", numbers[0]).returncode == 3
    assert synced.json("order", numbers[1])["parent_id"] == f"o-{numbers[0]}"
    (act, *_) = synced.json("undo")["items"]
    assert synced("undo", act["id"]).returncode == 0
    assert synced.json("order", numbers[1])["parent_id"] is None


def test_likely_repetitions_are_listed_with_score_and_reasons(synced: Shell) -> None:
    items = synced.json("orders", "--sort", "received", "--limit", "4")["items"]
    documents = [(each["number"], synced.json("orders", "--twins", str(each["number"]))) for each in items]
    for number, document in documents:
        assert document["total"] == len(document["items"])
        scores = [float(each["score"]) for each in document["items"]]
        assert scores == sorted(scores, reverse=True) and all(0 <= score <= 1 for score in scores)
        assert number not in {each["number"] for each in document["items"]}
        assert all(each["reasons"] and each["reasons"][0]["code"] for each in document["items"])
    number = next((number for number, document in documents if document["items"]), documents[0][0])
    listed = synced("orders", "--twins", str(number))
    assert listed.returncode == 0
    assert synced("orders", "--twins", "no-such-order").returncode == 6
    assert synced("orders", "--twins", str(number), "--overdue").returncode == 2
