"""A handover between two leads: by keys in 80 × 24 and by commands, live and on both sides of an outage."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.simulator.http.accounts import accounts
from tests.e2e.floor_terminal import FloorTerminal
from tests.platforms import SEED, PlatformProcess, Platforms
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

PASSWORDS = {each.employee_no: each.password for each in accounts(SEED)}
#: The two shift leads.
LEAVES, COMES = "1002", "1003"


@pytest.fixture
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms("--at", "15:50") as process:
        yield process


def terminal(folder: Path, platform: PlatformProcess, *people: str) -> FloorTerminal:
    """A terminal at which these have signed in, the last of them is."""
    here = FloorTerminal(folder, platform)
    for number in people:
        result = here.run("login", "--employee-no", number, "--password-stdin", stdin=PASSWORDS[number])
        assert result.returncode == 0, result.stderr
    return here


def handovers(platform: PlatformProcess) -> list[dict[str, Any]]:
    """The newest morning's handovers that the platform holds."""
    held = [
        change["data"]
        for (kind, _), change in platform.snapshot("handover")[0].items()
        if kind == "handover" and change["data"]["from_shift"] == "morning"
    ]
    newest = max(each["day"] for each in held)
    return [each for each in held if each["day"] == newest]


def signatures(platform: PlatformProcess) -> list[tuple[str, str | None, str | None]]:
    return [(each["state"], each.get("given_by"), each.get("taken_by")) for each in handovers(platform)]


BOTH = [("taken", "p-1002", "p-1003")]


def test_live_by_keys(platform: PlatformProcess, tmp_path: Path) -> None:
    here = terminal(tmp_path / "t", platform, LEAVES)
    with here.cockpit(columns=80, rows=24) as cockpit:
        cockpit.wait_for("● 实时", seconds=20)
        cockpit.press("7")
        cockpit.wait_for("待交班")
        cockpit.wait_for("呼入")
        cockpit.press("n")
        cockpit.wait_for("交接事项")
        cockpit.press(*"call the water works", "enter")
        cockpit.wait_for(lambda _: any("water" in item["text"] for item in handovers(platform)[0]["items"]))
        cockpit.press("g")
        cockpit.wait_for("确定签字？")
        cockpit.press("y")
        cockpit.wait_for(lambda _: signatures(platform) == [("given", "p-1002", None)], seconds=20)
        cockpit.wait_for("交班时签字的小结")

        cockpit.press("t")
        cockpit.wait_for("保持登录")
        cockpit.press(*LEAVES, "enter", *PASSWORDS[LEAVES], "enter")
        cockpit.wait_for("不能是同一人")
        cockpit.press("escape")
        cockpit.wait_for(lambda text: "保持登录" not in text)
        cockpit.press("t")
        cockpit.wait_for("保持登录")
        cockpit.press(*COMES, "enter", *PASSWORDS[COMES], "enter")
        cockpit.wait_for(lambda _: signatures(platform) == BOTH, seconds=20)
        cockpit.wait_for("已接班")
    assert here.json("whoami")["person_id"] == "p-1002"
    assert all(PASSWORDS[number].encode() not in bytes(cockpit.raw) for number in (LEAVES, COMES))


def test_live_by_commands_at_two_terminals(platform: PlatformProcess, tmp_path: Path) -> None:
    here = terminal(tmp_path / "1", platform, LEAVES)
    there = terminal(tmp_path / "2", platform, COMES)
    assert here.run("sync", "--once").returncode == 0
    note = here.run("handover", "note", "跟进停水")
    assert note.returncode == 0, note.stderr
    assert here.run("sync", "--once").returncode == 0
    given = here.run("handover", "give")
    assert given.returncode == 0, given.stderr
    assert here.run("sync", "--once").returncode == 0
    again = here.run("handover", "take")
    assert again.returncode == 4, "the same person signs twice"
    assert "同一人" in again.stderr
    assert there.run("sync", "--once").returncode == 0
    taken = there.run("handover", "take")
    assert taken.returncode == 0, taken.stderr
    assert signatures(platform) == BOTH
    (held,) = handovers(platform)
    assert any(item["text"] == "跟进停水" for item in held["items"])
    assert held["summary"].startswith("### ")


def test_given_by_keys_and_taken_by_command_in_an_outage_both_stand_after_it(
    platform: PlatformProcess, tmp_path: Path
) -> None:
    here = terminal(tmp_path / "t", platform, COMES, LEAVES)
    with here.cockpit(columns=80, rows=24) as cockpit:
        cockpit.wait_for("● 实时", seconds=20)
        cockpit.press("7")
        cockpit.wait_for("待交班")
        platform.stop()
        cockpit.wait_for("○ 离线", seconds=10)
        cockpit.press("g")
        cockpit.wait_for("确定签字？")
        cockpit.press("y")
        cockpit.wait_for("↑已交班")

        def take(number: str, password: str) -> Any:
            return here.run("handover", "take", "--employee-no", number, "--password-stdin", stdin=password)

        assert take(LEAVES, PASSWORDS[LEAVES]).returncode == 4
        assert take(COMES, "wrong").returncode == 5
        taken = take(COMES, PASSWORDS[COMES])
        assert taken.returncode == 3, taken.stderr
        assert "floorctl handover sign" in taken.stderr
        cockpit.wait_for("↑已接班")

        platform.start()
        cockpit.wait_for("● 实时", seconds=30)
        wait_until(lambda: signatures(platform) == [("given", "p-1002", None)], seconds=30, why="for the first")
        signed = here.run("handover", "sign", "--employee-no", COMES, "--password-stdin", stdin=PASSWORDS[COMES])
        assert signed.returncode == 0, signed.stderr
        assert signatures(platform) == BOTH
        cockpit.wait_for(lambda _: here.json("outbox", "--state", "waiting,refused,conflict")["total"] == 0)
    assert here.json("whoami")["person_id"] == "p-1002"
