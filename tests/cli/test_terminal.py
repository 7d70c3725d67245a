"""Looking after the terminal: signing in, syncing, configuration, doctor, backup."""

import json
import shutil
import signal
import subprocess
from pathlib import Path

from tests.cli.shell import Shell
from tests.platforms import PlatformProcess
from tests.waiting import wait_until


def test_signing_in_says_who_and_a_wrong_password_who_not(platform: PlatformProcess, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "one", platform.url)
    assert shell("whoami").returncode == 5
    wrong = shell("login", "--employee-no", "1001", "--password-stdin", stdin="wrong\n")
    assert wrong.returncode == 5
    assert wrong.stderr.startswith("Error: ")
    assert shell("login", "--employee-no", "1001", "--password-stdin", stdin="\n").returncode == 2
    shell.sign_in(platform, "shift_lead")
    who = shell.json("whoami")
    assert who["roles"] == ["shift_lead"]
    assert set(who) == {"person_id", "name", "roles", "floor", "expires_at", "platform"}
    assert shell("logout").returncode == 0
    assert shell("whoami").returncode == 5


def test_a_platform_that_is_not_there_is_said(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "one", "http://127.0.0.1:9")
    ended = shell("login", "--employee-no", "1001", "--password-stdin", stdin="x\n")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")


def test_a_full_sync_brings_the_same_again(synced: Shell) -> None:
    before = synced.json("orders", "--limit", "1")["total"]
    document = synced.json("sync", "--once", "--full")
    assert document["seats"] == 49
    assert document["orders"] >= before
    assert document["outbox"]["waiting"] == 0


def test_while_one_syncs_the_others_are_live_and_it_sends_for_them(platform: PlatformProcess, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "one", platform.url)
    shell.sign_in(platform)
    running = shell.start("sync", stderr=subprocess.PIPE)
    try:
        wait_until(lambda: shell.json("status")["live"], seconds=30)
        assert shell("status").stderr == ""
        number = shell.json("orders", "--state", "accepted", "--limit", "1")["items"][0]["number"]
        assert shell("urge", number, "--level", "3", "--again").returncode == 0
        assert shell("sync", "--once").returncode == 0
        assert shell("sync", "--once", "--full").returncode != 0
    finally:
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=20)
    assert running.returncode == 128 + signal.SIGTERM
    assert "live" in said
    assert "Traceback" not in said


def test_ctrl_c_ends_syncing_with_130(platform: PlatformProcess, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "one", platform.url)
    shell.sign_in(platform)
    running = shell.start("sync", stderr=subprocess.PIPE)
    assert running.stderr is not None
    assert running.stderr.readline()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Traceback" not in said


def test_doctor_finds_a_synced_terminal_in_order(synced: Shell) -> None:
    document = synced.json("doctor")
    assert document["ok"] is True
    levels = {check["check"]: check["level"] for check in document["checks"]}
    assert {"config", "data", "key", "journal", "cache", "entities", "session", "platform", "terminal"} <= set(levels)
    assert levels["journal"] == levels["cache"] == levels["platform"] == levels["data"] == "ok"
    assert "✓" in synced("doctor").stdout


def test_doctor_finds_what_is_wrong(synced: Shell, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "copy", "http://127.0.0.1:9")
    shutil.copytree(synced.data, shell.data)
    (shell.data / "journal.db").chmod(0o644)
    torn = bytearray((shell.data / "cache.db").read_bytes())
    torn[20_000:24_000] = bytes(4000)
    (shell.data / "cache.db").write_bytes(torn)
    document = shell.json("doctor", code=1)
    levels = {check["check"]: check["level"] for check in document["checks"]}
    assert levels["data"] == "warn"
    assert levels["cache"] == "fail"
    assert levels["platform"] == "fail"
    broken = Shell(tmp_path / "broken")
    broken.config.write_text("nonsense")
    assert broken("doctor").returncode == 1


def test_a_backup_opens_with_the_terminals_key_and_holds_the_same(synced: Shell, tmp_path: Path) -> None:
    target = tmp_path / "journal.backup"
    document = synced.json("backup", str(target))
    assert document == {"path": str(target), "bytes": target.stat().st_size}
    assert target.stat().st_mode & 0o077 == 0
    assert not target.read_bytes().startswith(b"SQLite format 3")
    restored = Shell(tmp_path / "restored", "http://127.0.0.1:9")
    shutil.copytree(synced.data, restored.data, ignore=shutil.ignore_patterns("journal.db*", "sync.*"))
    shutil.copy(target, restored.data / "journal.db")
    assert restored.json("outbox")["items"] == synced.json("outbox")["items"]
    assert restored.json("whoami")["person_id"] == synced.json("whoami")["person_id"]


def test_a_backup_overwrites_nothing(synced: Shell, tmp_path: Path) -> None:
    target = tmp_path / "here"
    target.write_text("precious")
    assert synced("backup", str(target)).returncode == 2
    assert target.read_text() == "precious"
    assert synced("backup", str(tmp_path / "no" / "folder")).returncode == 1


def test_nothing_to_back_up_is_said(shell: Shell, tmp_path: Path) -> None:
    assert shell("backup", str(tmp_path / "x")).returncode == 6


def test_config_shows_checks_and_writes(shell: Shell, tmp_path: Path) -> None:
    shown = json.loads(shell("config", "show", "--json").stdout)
    assert shown["terminal"]["name"] == "T"
    assert shown["path"] == str(shell.config)
    assert shell("config", "check").returncode == 0
    target = tmp_path / "new" / "floorctl.toml"
    assert shell("config", "init", str(target)).returncode == 0
    assert shell("config", "check", "--config", str(target)).returncode == 0
    assert shell("config", "init", str(target)).returncode == 2
