"""``views`` and ``orders --view``: the views of the screen, by command."""

from pathlib import Path

from tests.cli.shell import Shell

_FILE = """
[[view]]
name = "我的在办"
sort = "received"
state = ["dispatched", "accepted"]
columns = ["title", "type", "limit"]

[[view]]
name = "$(reboot) [red]"
view = "overdue"
"""


def test_a_file_is_imported_listed_used_exported_and_removed(synced: Shell, tmp_path: Path) -> None:
    file = tmp_path / "views.toml"
    file.write_text(_FILE, "utf-8")
    assert synced("views", "import", str(file)).returncode == 0
    again = synced("views", "import", str(file), "--lang", "en")
    assert (again.returncode, "我的在办" in again.stderr) == (2, True)
    assert synced("views", "import", str(file), "--replace").returncode == 0
    counted = {item["name"]: item["orders"] for item in synced.json("views")["items"]}
    listed = synced.json("orders", "--view", "我的在办", "--limit", "0")
    assert counted["我的在办"] == listed["total"] == len(listed["items"])
    assert {item["state"] for item in listed["items"]} == {"dispatched", "accepted"}
    received = [item["received_at"] for item in listed["items"]]
    assert received == sorted(received, reverse=True)
    table = synced("orders", "--view", "我的在办", "--lang", "zh-CN", "--limit", "3").stdout.splitlines()
    assert table[0].split() == ["工单号", "标题", "类型", "时限"]
    narrowed = synced.json("orders", "--view", "我的在办", "--state", "accepted", "--limit", "0")
    assert {item["state"] for item in narrowed["items"]} == {"accepted"}
    assert "$(reboot) [red]" in synced("views").stdout
    out = tmp_path / "out.toml"
    assert synced("views", "export", str(out), "我的在办").returncode == 0
    assert out.read_text("utf-8") == synced("views", "show", "我的在办").stdout
    assert out.stat().st_mode & 0o777 == 0o600
    for name in counted:
        assert synced("views", "remove", name).returncode == 0
    assert synced.json("views")["items"] == []
    assert synced("orders", "--view", "我的在办").returncode == 6
