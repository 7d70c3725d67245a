"""Deciding from the shell what orders wait for, as scripts see it."""

from pathlib import Path
from typing import Any

import pytest

from floorctl.rules.orders.stuck import WAITS_FOR
from tests.cli.shell import Shell
from tests.platforms import PlatformProcess


def _stands(platform: PlatformProcess, item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = platform.snapshot("order")[0]["order", str(item["id"])]["data"]
    return found


def test_what_waits_is_listed_with_its_clock_and_a_return_is_decided_once(
    synced: Shell, platform: PlatformProcess
) -> None:
    waits = synced.json("orders", "--stuck", "--limit", "0")
    kinds = [item["stuck"]["kind"] for item in waits["items"]]
    assert waits["total"] == len(kinds) == synced.json("status")["orders"]["stuck"]
    assert set(kinds) <= set(WAITS_FOR)
    assert kinds.index("extension") < min(kinds.index(each) for each in kinds if each in ("return", "dispute"))
    assert all((item["stuck"]["due_at"] is None) == (item["stuck"]["lamp"] == "none") for item in waits["items"])
    sent_back = next(item for item in waits["items"] if item["stuck"]["kind"] == "return")
    shown = synced("order", sent_back["number"])
    assert sent_back["return_log"][-1]["reason"] in shown.stdout
    done = synced("order", sent_back["number"], "return", "--uphold", "--note", "应派他处")
    assert done.returncode == 0
    assert "%" in done.stderr, "what it costs"
    decided = _stands(platform, sent_back)
    assert (decided["dispatch_correct"], decided["return_log"][-1]["upheld"]) == (False, True)
    assert synced("order", sent_back["number"], "return", "--send-back").returncode == 4
    again = synced("order", sent_back["number"], "return", "--uphold")
    assert (again.returncode, "%" in again.stderr) == (4, False), "what is refused costs nothing"
    assert sent_back["number"] not in synced("orders", "--stuck", "--limit", "0").stdout


def test_an_extension_is_granted_until_another_time(synced: Shell, platform: PlatformProcess) -> None:
    item = next(each for each in synced.json("orders", "--stuck")["items"] if each["stuck"]["kind"] == "extension")
    past = synced("order", item["number"], "extend", "--grant", "--until", "2020-03-05")
    assert past.returncode == 4, "nobody could take it back"
    assert synced("order", item["number"], "extend", "--grant", "--until", "2030-03-05 17:00").returncode == 0
    assert _stands(platform, item)["due_at"].startswith("2030-03-05T17:00")
    history = synced.json("order", item["number"])["history"]
    assert {"extension_asked", "extension_granted"} <= {step["what"] for step in history}


def test_a_handled_order_is_redone_and_a_conference_is_recorded_from_a_file(
    synced: Shell, platform: PlatformProcess, tmp_path: Path
) -> None:
    item = synced.json("orders", "--state", "closed", "--limit", "1")["items"][0]
    assert synced("order", item["number"], "redo", "--reason", "市民不满意").returncode == 0
    assert _stands(platform, item)["state"] == "dispatched"
    minutes = tmp_path / "minutes.txt"
    minutes.write_bytes("第一行\r\n第二行\r\n".encode("gb18030"))
    first, second = (each["name"] for each in synced.json("departments")["items"][:2])
    told = synced(
        "order", item["number"], "confer", "--department", first, "--department", second, "--lead", second,
        "--minutes-file", str(minutes),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert _stands(platform, item)["conferences"][-1]["minutes"] == "第一行\n第二行"


@pytest.mark.parametrize(
    "arguments",
    [
        ["return"],
        ["return", "--uphold", "--send-back"],
        ["extend", "--refuse", "--until", "2030-01-01"],
        ["extend", "--grant", "--until", "soon"],
        ["confer", "--department", "x"],
        ["redo"],
        ["nothing"],
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(shell: Shell, arguments: list[str]) -> None:
    ended = shell("order", "20260305", *arguments)
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
