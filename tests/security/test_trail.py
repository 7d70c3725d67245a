"""The audit trail at a terminal: seen by key and command, counted, and an alert where it is broken."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from floorctl.errors import NotAllowedError
from floorctl.floor.audit_words import entry_words
from floorctl.screens.sync.trail import Trail
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.opening import connect
from floorctl.sync.sqlite import transaction
from tests.cli.shell import Shell
from tests.floor_access import watch_of
from tests.screens.looking import SIZES, cockpit, press, text, until
from tests.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "data")


def test_a_reveal_that_cannot_be_noted_is_not_made(stage: Stage) -> None:
    stage.floor.session.sign_out()
    with pytest.raises(NotAllowedError):
        stage.floor.audit.reveal("order", "o-1")
    assert stage.floor.audit.uses_today() == {"reveal": 0, "export": 0}


def test_a_refused_try_and_a_decision_are_in_the_trail(stage: Stage) -> None:
    floor = stage.floor
    with pytest.raises(Exception, match=r"error\.refused_fields"):
        floor.alerts.close("a-1", "还有步骤")
    assert floor.audit.trail(limit=1)[0][0].detail == {"kind": "alert.close", "why": "refused"}
    item = floor.orders.urge("o-6")
    floor.desk.drop(item.id, "重复")
    assert [(each.what, each.who) for each in floor.audit.trail(limit=2)[0]] == [
        ("dropped", "p-1001"),
        ("made", "p-1001"),
    ]


@pytest.mark.parametrize("what", ["reveal", "export"])
def test_more_than_a_days_limit_raises_an_alert(stage: Stage, what: str) -> None:
    stage.config = replace(stage.config, alerts=replace(stage.config.alerts, reveals_a_day=3, exports_a_day=3))
    stage.reopen()
    floor = stage.floor
    for _ in range(3):
        floor.audit.reveal("order", "o-1") if what == "reveal" else floor.audit.exported(
            "orders", "order", 9, "csv", reason=None
        )
    watch_of(floor).look()
    assert not [view for view in floor.alerts.all() if view.alert.kind == "data_security"]
    floor.audit.reveal("order", "o-1") if what == "reveal" else floor.audit.exported(
        "orders", "order", 9, "csv", reason="核对"
    )
    watch_of(floor).look()
    (raised,) = [view.alert for view in floor.alerts.all() if view.alert.kind == "data_security"]
    assert raised.severity == "critical"


def test_a_trail_that_does_not_verify_raises_an_alert(stage: Stage) -> None:
    floor = stage.floor
    floor.audit.reveal("order", "o-1")
    path = stage.folder / "journal.db"
    with closing(connect(path, data_key(stage.folder, "file"), durable=True)) as db, transaction(db):
        db.execute("UPDATE audit SET who = 'p-9' WHERE seq = 1")
    watch_of(floor).look()
    (raised,) = [view.alert for view in floor.alerts.all() if view.alert.kind == "data_security"]
    assert "审计" in raised.title


@pytest.mark.parametrize("size", SIZES)
async def test_a_key_shows_the_trail_over_the_sync_screen(stage: Stage, size: tuple[int, int]) -> None:
    floor = stage.floor
    for _ in range(30):
        floor.audit.reveal("order", "o-1")
    async with cockpit(floor, size) as pilot:
        await press(pilot, ["s", "t"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Trail) and "审计记录完整" in text(pilot.app))
        assert "查看明文" in text(pilot.app)
        await press(pilot, ["end"])
        await until(pilot, lambda: "登录" in text(pilot.app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: not isinstance(pilot.app.screen, Trail))


async def test_the_key_reveals_for_thirty_seconds_and_a_copy_says_what_it_took(stage: Stage) -> None:
    floor = stage.floor
    async with cockpit(floor) as pilot:
        await press(pilot, ["3"])
        await until(pilot, lambda: "小区门口" in text(pilot.app))
        await press(pilot, ["r"])
        await until(pilot, lambda: floor.audit.uses_today()["reveal"] == 1)
        await press(pilot, ["y"])
        await until(pilot, lambda: floor.audit.trail(limit=1)[0][0].what == "copy")
    entry = floor.audit.trail(limit=1)[0][0]
    assert (entry.subject.kind, entry.detail["n"], entry.detail["revealed"]) == ("order", 1, True)


async def test_the_trail_says_which_order_was_copied_or_looked_at_by_its_number(stage: Stage, shell: Shell) -> None:
    floor = stage.floor
    number = floor.orders.get("o-1").order.number
    floor.audit.reveal("order", "o-1")
    floor.audit.copied("order", ["o-1"], revealed=True)
    floor.audit.copied("order", ["o-1"])
    floor.audit.exported("orders", "order", 12, "xlsx", reason="检查", chosen="--overdue")
    floor.audit.reveal("order", "", ["o-1"])
    wanted = [
        f"查看工单 {number} 的明文", "导出工单 12 行的明文（xlsx）  筛选：--overdue  用途：检查", f"复制工单 {number}",
        f"复制工单 {number} 的明文", f"查看工单 {number} 的明文",
    ]  # fmt: skip
    entries, _ = floor.audit.trail(limit=5)
    said = [entry_words(each.what, each.subject.kind, each.subject.id, each.detail, floor.names.of) for each in entries]
    assert [words for _, words in said] == wanted
    assert said[3][0] == f"工单 {number}"
    async with cockpit(floor, (160, 36)) as pilot:
        await press(pilot, ["s", "t"])
        await until(pilot, lambda: f"复制工单 {number} 的明文" in text(pilot.app))
        assert "o-1 " not in text(pilot.app)
    floor.close()
    config = shell.config.read_text("utf-8").replace(str(shell.data), str(stage.folder))
    shell.config.write_text(config.replace('"en"', '"zh-CN"'), "utf-8")
    assert f"复制工单 {number} 的明文" in shell("audit", env={"COLUMNS": "180"}).stdout


def test_several_copied_orders_are_named_as_far_as_there_is_room(stage: Stage) -> None:
    detail = {"ids": ["a", "b", "c", "d"], "n": 140, "revealed": False}
    assert entry_words("copy", "order", "", detail, lambda _, id_: id_)[1] == "复制工单 a、b、c 等 140 件"


def test_the_commands_list_and_verify_it(shell: Shell, stage: Stage) -> None:
    stage.floor.audit.reveal("order", "o-1")
    stage.floor.close()
    shell.config.write_text(shell.config.read_text("utf-8").replace(str(shell.data), str(stage.folder)), "utf-8")
    listed = shell.json("audit")
    assert [item["what"] for item in listed["items"]] == ["reveal", "sign_in"]
    assert listed["total"] == 2
    verified = shell.json("audit", "verify")
    assert verified == {
        "ok": True, "entries": 2, "first_broken": None, "head": listed["items"][0]["hash"], "told_platform": "",
        "end_known": True,
    }  # fmt: skip
    with closing(connect(stage.folder / "journal.db", data_key(stage.folder, "file"), durable=True)) as db:
        db.execute("DELETE FROM audit WHERE seq = 2")
    broken = json.loads((ended := shell("audit", "verify", "--json")).stdout)
    assert ended.returncode == 1
    assert broken["first_broken"]["entry"] == 2


@pytest.mark.parametrize("arguments", [["orders"], ["order", "000000000001"], ["seats"], ["outbox"], ["export"]])
def test_reveal_is_noted_first_and_an_export_needs_a_reason(shell: Shell, stage: Stage, arguments: list[str]) -> None:
    stage.floor.close()
    shell.config.write_text(shell.config.read_text("utf-8").replace(str(shell.data), str(stage.folder)), "utf-8")
    if arguments == ["export"]:
        file = stage.folder.parent / "out.csv"
        assert shell("export", "orders", str(file), "--reveal").returncode == 2
        assert not file.exists()
        arguments = ["export", "orders", str(file), "--reason", "核对"]
    assert shell(*arguments, "--reveal").returncode == 0
    newest = shell.json("audit")["items"][0]
    assert newest["what"] == ("export" if "export" in arguments else "reveal")


def test_nobody_signed_in_reveals_nothing(shell: Shell) -> None:
    assert shell("orders", "--reveal").returncode == 5
