"""What commands print for people: names and numbers in words, no ids of the platform, no codes of the contract."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.shell import Shell

CONTRACT = Path(__file__).parents[2] / "floorctl" / "data" / "openapi.yaml"
ID = re.compile(r"(?<![\w.-])(?:q|s|p|o|d|c|in|sm|r|rub|h|sh)-[0-9a-f][0-9a-z-]*")


def _codes(node: Any) -> set[str]:
    """The values of every enum of the contract that look like code."""
    if isinstance(node, dict):
        own = {each for each in node.get("enum", ()) if isinstance(each, str)}
        return own.union(*(_codes(each) for each in node.values()))
    return set().union(*(_codes(each) for each in node)) if isinstance(node, list) else set()


CODES = {each for each in _codes(yaml.safe_load(CONTRACT.read_text("utf-8"))) if re.fullmatch("[a-z]+(_[a-z]+)*", each)}


def said(shell: Shell, commands: list[list[str]]) -> dict[str, str]:
    """Command line → what it printed, on either stream, in Chinese."""
    found = {}
    for arguments in commands:
        ended = shell(*arguments, "--lang", "zh-CN", env={"COLUMNS": "240"})
        found[" ".join(arguments)] = f"{ended.stdout}\n{ended.stderr}"
    return found


def strange(text: str) -> set[str]:
    """The ids and codes in a text."""
    words = set(re.findall(r"(?<![\w/.=<-])[a-z]+(?:_[a-z]+)*(?![\w/.=>-])", text))
    return {*ID.findall(text), *(words & CODES)}


def test_no_list_and_no_page_shows_an_id_or_a_code(synced: Shell) -> None:
    number = synced.json("orders", "--limit", "1")["items"][0]["number"]
    assert synced("export", "orders", str(synced.folder / "words.csv"), "--line", "12345").returncode == 0
    found = said(synced, [
        ["status"], ["seats"], ["queues"], ["orders", "--limit", "50"], ["order", number], ["outbox"],
        ["audit", "--all"],
        ["inspect"], ["inspect", "show", "1"], ["inspect", "scores", "--limit", "50"], ["inspect", "calibration"],
        ["inspect", "progress"], ["inspect", "plan"], ["inspect", "results"], ["inspect", "contested"], ["assess"],
        ["assess", "year"], ["handover"], ["whoami"],
    ])  # fmt: skip
    assert {command: strange(text) for command, text in found.items() if strange(text)} == {}


def test_no_usage_error_lists_codes(synced: Shell) -> None:
    found = said(synced, [
        [*command, "nonsense"] for command in (
            ["orders", "--state"], ["orders", "--line"], ["orders", "--urgency"], ["orders", "--sort"],
            ["seats", "--state"], ["seats", "--sort"], ["alerts", "--state"], ["alerts", "--severity"],
            ["alerts", "--sort"], ["outbox", "--state"], ["inspect", "list", "--state"],
            ["inspect", "scores", "--state"],
            ["inspect", "results", "--by"], ["inspect", "decide", "1"], ["assess", "--explain"], ["assess", "record"],
            ["step", "1"], ["orders", "--due-within"], ["inspect", "show"], ["order"], ["export", "orders"],
        )
    ])  # fmt: skip
    assert {command: strange(text) for command, text in found.items() if strange(text)} == {}
    assert "已派单" in found["orders --state nonsense"] and "dispatched" not in found["orders --state nonsense"]


@pytest.mark.parametrize("named", ["{n}", "{day}/{n}"])
def test_a_sample_is_named_by_its_number_in_the_list(synced: Shell, named: str) -> None:
    for at, each in ((1, 0), (3, 2)):
        sample = synced.json("inspect")["items"][each]
        name = named.format(n=at, day=sample["day"][5:])
        assert synced.json("inspect", "show", name)["id"] == sample["id"]
    assert synced("inspect", "show", "999").returncode == 6
    assert synced("inspect", "appeal", "999", "--reason", "x").returncode == 6
