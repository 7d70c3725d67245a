"""Nothing that people write reaches a terminal as anything but text, and JSON keeps all of it."""

import json
from contextlib import closing
from pathlib import Path
from unicodedata import category

import pytest

from floorctl import config
from floorctl.floor.terminal import open_terminal
from tests.cli.shell import Shell

HOSTILE: list[str] = json.loads((Path(__file__).parents[1] / "data" / "hostile.json").read_text("utf-8"))
WRITTEN = [text for text in HOSTILE if text.strip() and len(text) <= 200]
#: What joins emoji stays where it joins them; everything else that does not show is spelled out.
ALLOWED = {"\n", "\u200d"}


@pytest.fixture(scope="module")
def written(synced: Shell) -> str:
    """The number of an order that every hostile text was written about."""
    number = str(synced.json("orders", "--state", "accepted", "--limit", "1")["items"][0]["number"])
    with closing(open_terminal(config.load(synced.config))) as floor:
        for text in WRITTEN:
            floor.orders.urge(number, 1, text, confirmed=True)
            floor.orders.mark_problem(number, text)
    return number


def _unseen(text: str) -> set[str]:
    return {char for char in text if category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")} - ALLOWED


def test_markup_is_shown_as_it_was_written(synced: Shell, written: str) -> None:
    shown = synced("order", written).stdout
    assert "[bold red]x[/]" in shown
    assert "{0.__class__}" in shown


def test_json_is_harmless_on_a_terminal_and_keeps_every_character(synced: Shell, written: str) -> None:
    ended = synced("order", written, "--json", "--reveal")
    assert not _unseen(ended.stdout)
    notes = {urge["note"] for urge in json.loads(ended.stdout)["urges"]}
    assert set(WRITTEN) <= notes
