"""An outage in mid-shift: what is done meanwhile by keys and by commands reaches the platform exactly once."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from floorctl.sync.outbox_item import new_command_id
from tests import loopback
from tests.e2e.floor_terminal import FloorTerminal
from tests.platforms import PlatformProcess, Platforms
from tests.scope import FULL
from tests.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("e2e")]

#: How long the platform stays away at least, in seconds: as long as forty actions take; 180 for the full trial.
OUTAGE = float(os.environ.get("FLOORCTL_OUTAGE_SECONDS", "0"))


@pytest.fixture
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms() as process:
        yield process


def ask(
    platform: PlatformProcess, kind: str, target: tuple[str, str], data: dict[str, Any], base: int | None
) -> httpx.Response:
    """Somebody else at another terminal does something, or is refused."""
    token = platform.token("shift_lead")
    command = {
        "id": new_command_id(),
        "kind": kind,
        "target": {"kind": target[0], "id": target[1]},
        "made_at": datetime.now(UTC).isoformat(),
        "data": data,
        "base_version": base,
    }
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": command["id"]}
    return loopback.request("POST", f"{platform.url}/v1/commands", json=command, headers=headers)


def send(platform: PlatformProcess, kind: str, target: tuple[str, str], data: dict[str, Any], base: int | None) -> None:
    """Somebody else at another terminal does something."""
    answer = ask(platform, kind, target, data, base)
    assert answer.status_code == 200, answer.text


def open_orders(entities: dict[tuple[str, str], dict[str, Any]]) -> list[dict[str, Any]]:
    """Orders that a department has in hand, which nobody has urged."""
    return [
        change
        for (kind, _), change in sorted(entities.items())
        if kind == "order" and change["data"]["state"] in ("dispatched", "accepted") and not change["data"].get("urges")
    ]


#: What becomes of the cockpit in the outage: the harder of the two always.
FATES = {"cockpit is killed and started again": True} | ({"cockpit stays open": False} if FULL else {})


@pytest.mark.parametrize("killed", FATES.values(), ids=FATES)
def test_forty_actions_made_in_an_outage_are_applied_once_and_in_order(
    platform: PlatformProcess, tmp_path: Path, killed: bool
) -> None:
    here = FloorTerminal(tmp_path / "terminal", platform)
    here.login()
    cockpit = here.cockpit()
    try:
        cockpit.wait_for("● 实时", seconds=30)
        me = "p-" + platform.accounts["supervisor"][0]
        before, _ = platform.snapshot()
        wait_until(lambda: here.json("status")["orders"]["overdue"] > 0, why="for orders")
        wait_until(
            lambda: (
                here.json("orders", "--limit", "1")["total"]
                == sum(kind == "order" for kind, _ in platform.snapshot("order")[0])
            ),
            seconds=30,
            why="for the first sync to end",
        )
        orders = open_orders(before)
        assert len(orders) >= 30
        # Not those that are most overdue: they are for the keys.
        latest_last = sorted(
            (order["data"] for order in orders if "due_at" in order["data"]), key=lambda data: data["due_at"]
        )
        by_commands = [data["number"] for data in latest_last[-26:]]
        alert = next(
            change
            for (kind, _), change in sorted(before.items())
            if kind == "alert" and change["data"]["state"] == "open" and change["data"]["steps"]
        )
        # Seats at which nobody sits, at an hour when no shift begins: the platform itself leaves them as they are, so
        # only people can be in conflict.
        seats = [
            change
            for (kind, _), change in sorted(before.items())
            if kind == "seat" and change["data"]["state"] == "signed_out"
        ]
        contested, moved = seats[0], seats[1:5]

        platform.stop()
        stopped = time.monotonic()

        # Twenty-six by command: each says that it is kept and not yet sent.
        for number in by_commands:
            result = here.run("urge", number, "--level", "2")
            assert result.returncode == 3, (result.stdout, result.stderr)
        for seat in moved:
            assert here.run("skills", seat["id"], "q-12333", "q-12345").returncode == 3
        assert here.run("skills", contested["id"], "q-12320").returncode == 3
        assert here.run("ack", alert["id"]).returncode == 3
        kind_of_step = alert["data"]["steps"][0]["kind"]
        assert here.run("step", alert["id"], kind_of_step, "--note", "已电话通知").returncode == 3

        # Seven by keys: the three latest orders twice over, and one more.
        cockpit.wait_for("○ 离线")
        cockpit.press("3")
        cockpit.wait_for("排序")
        cockpit.press("space", "space", "space", "u", pause=0.15)
        waiting = 26 + 4 + 1 + 2 + 3
        wait_until(lambda: len(here.done_by_people("waiting", "sending")) >= waiting, why="for three urges by keys")
        keyed_first = {item["target"]["id"] for item in here.done_by_people() if item["kind"] == "order.urge"}
        for _ in range(4):
            cockpit.press("down", "down", "down", "u", pause=0.2)
        waiting += 4
        wait_until(lambda: len(here.done_by_people("waiting", "sending")) >= waiting, why="for four more")
        assert waiting == 40
        made = here.done_by_people("waiting", "sending")

        if killed:
            cockpit.kill()
        # Meanwhile, at another terminal that reaches the platform: the same seat is moved elsewhere, and the same
        # step is done. The first is a conflict for us, the second may be refused.
        elsewhere = PlatformProcess(platform.data, *platform.options).start()
        elsewhere.accounts = platform.accounts
        now, _ = elsewhere.snapshot("seat", "alert")
        version = now[("seat", contested["id"])]["version"]
        send(elsewhere, "seat.skills", ("seat", contested["id"]), {"skills": ["q-12333"]}, version)
        send(elsewhere, "alert.step", ("alert", alert["id"]), {"step": kind_of_step, "note": "另一终端已通知"}, None)
        elsewhere.stop()
        time.sleep(max(0.0, OUTAGE - (time.monotonic() - stopped)))
        if killed:
            cockpit.close()
            cockpit = here.cockpit()
            cockpit.wait_for("○ 离线|现场", seconds=30)

        platform.start()
        cockpit.wait_for("● 实时", seconds=30)
        wait_until(lambda: here.json("status")["outbox"]["waiting"] == 0, seconds=20, why="for the outbox to empty")

        after, _ = platform.snapshot()
        items = {item["id"]: item for item in here.done_by_people()}
        urged = [item for item in made if item["kind"] == "order.urge"]
        assert all(items[item["id"]]["state"] == "applied" for item in urged)
        for order_id in {item["target"]["id"] for item in urged}:
            mine = [item for item in urged if item["target"]["id"] == order_id]
            old = before[("order", order_id)]["data"].get("urges", [])
            new = [urge for urge in after[("order", order_id)]["data"]["urges"] if urge["by"] == me]
            assert len(new) == len([urge for urge in old if urge["by"] == me]) + len(mine), order_id
        for seat in moved:
            assert after[("seat", seat["id"])]["data"]["skills"] == ["q-12333", "q-12345"]
        assert after[("seat", contested["id"])]["data"]["skills"] == ["q-12333"]
        acknowledged = after[("alert", alert["id"])]["data"]
        assert acknowledged["acknowledged_by"] == me
        assert keyed_first

        # What could not be applied waits for a person, with the reason, and can be settled by keys.
        assert sorted(item["state"] for item in here.done_by_people("conflict", "refused")) == ["conflict", "refused"]
        cockpit.press("s")
        cockpit.wait_for("冲突")
        cockpit.wait_for("拒绝")
        parked = [item for item in items.values() if item["state"] in ("conflict", "refused")]
        assert {item["kind"] for item in parked} == {"seat.skills", "alert.step"}
        for item in parked:
            if item["state"] == "conflict":
                assert here.run("outbox", "retry", item["id"]).returncode == 0
            else:
                assert here.run("outbox", "drop", item["id"], "--reason", "另一终端已办").returncode == 0
        wait_until(
            lambda: platform.snapshot("seat")[0][("seat", contested["id"])]["data"]["skills"] == ["q-12320"],
            why="for the retried move",
        )
        wait_until(lambda: not here.done_by_people("waiting", "sending", "conflict", "refused"), why="for its end")
    finally:
        cockpit.close()
