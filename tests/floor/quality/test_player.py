"""Recordings are handed to the configured program as one argument, and nothing else is ever started."""

import sys
from pathlib import Path

import pytest

from floorctl.errors import FloorctlError, UsageError
from floorctl.floor.quality.player import play
from tests.waiting import wait_until

URL = "https://recordings.invalid/a;b?c=$(touch${IFS}x)&d='e'"


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A program that writes down what it is given."""
    path = tmp_path / "my player.py"
    path.write_text(
        f"#!{sys.executable}\nimport json, pathlib, sys\n"
        "out = pathlib.Path(sys.argv[0]).with_suffix('.part')\n"
        "out.write_text(json.dumps(sys.argv[1:]))\nout.rename(out.with_suffix('.json'))\n",
        "utf-8",
    )
    path.chmod(0o755)
    return path


def test_the_address_is_one_argument_behind_the_players_own(recorder: Path) -> None:
    play(f"'{recorder}' --volume 80", URL)
    heard = recorder.with_suffix(".json")
    wait_until(heard.exists)
    import json

    assert json.loads(heard.read_text()) == ["--volume", "80", URL]
    assert not (recorder.parent / "x").exists()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "-config=x",
        "ftp://a/b",
        "",
        "https://",
        "http://a/b c",
        "http://[",
        "javascript:x",
        "a\nb",
    ],
)
def test_only_web_addresses_are_played(url: str, recorder: Path) -> None:
    with pytest.raises(UsageError, match="recording_address"):
        play(str(recorder), url)


@pytest.mark.parametrize(
    ("player", "key"),
    [("", "no_player"), ("'half", "no_player"), ("/none/player", "player_failed")],
)
def test_a_player_that_is_none_is_said(player: str, key: str) -> None:
    with pytest.raises(FloorctlError, match=key):
        play(player, URL)
