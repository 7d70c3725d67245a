"""Files and lines that other programs saved, as the commands take them: passphrases, passwords, configurations."""

import codecs
import os
import sys

import pytest

from tests.cli.in_process import run_here
from tests.cli.shell import Shell
from tests.platforms import PlatformProcess
from tests.terminals import Terminal

PHRASE = "一句 很长的 口令 谁也不知道"
#: What Notepad, PowerShell and an echo make of a line.
SAVED = {
    "mark": codecs.BOM_UTF8 + f"{PHRASE}\r\n".encode(),
    "two marks": codecs.BOM_UTF8 * 2 + PHRASE.encode(),
    "no line end": PHRASE.encode(),
    "more lines": f"{PHRASE}\r第二行\n".encode(),
    "UTF-16": codecs.BOM_UTF16_LE + f"{PHRASE}\r\n".encode("utf-16-le"),
    "UTF-16 big-endian": codecs.BOM_UTF16_BE + f"{PHRASE}\n".encode("utf-16-be"),
    "blanks at the end": f"{PHRASE} \t\u3000\r\n".encode(),
    "blanks and a mark": codecs.BOM_UTF8 + f"{PHRASE}  ".encode(),
    "end of DOS": f"{PHRASE}\r\n\x1a".encode(),
}


def test_a_passphrase_is_the_same_whatever_program_saved_its_file(shell: Shell) -> None:
    named = shell.folder / "phrase"
    named.write_text(PHRASE, "utf-8")
    env = {"FLOORCTL_PASSPHRASE_FILE": str(named)}
    assert shell("audit").returncode == 0
    assert shell("rekey", "--key", "passphrase", env=env).returncode == 0
    for how, raw in SAVED.items():
        named.write_bytes(raw)
        ended = shell("audit", env=env)
        assert ended.returncode == 0, (how, ended.stderr)
    for raw, says in (
        (PHRASE.encode("gbk"), "save it as utf-8"),
        (b"", "first line is empty"),
        (b"  \t\n", "first line is empty"),
        (codecs.BOM_UTF8 + b"\r\n", "first line is empty"),
        (b"\n" + PHRASE.encode(), "first line is empty"),
        (bytes(1 << 17), "larger than 64 kib"),
    ):
        named.write_bytes(raw)
        ended = shell("audit", env=env)
        assert ended.returncode == 1
        assert says in ended.stderr.lower() and "codec" not in ended.stderr
    ended = shell("audit", env={"FLOORCTL_PASSPHRASE_FILE": str(shell.folder)})
    assert ended.returncode == 1 and "folder" in ended.stderr


def test_who_types_a_wrong_passphrase_is_told_so_and_asked_again(shell: Shell) -> None:
    named = shell.folder / "phrase"
    named.write_text(PHRASE, "utf-8")
    assert shell("audit").returncode == 0
    assert shell("rekey", "--key", "passphrase", env={"FLOORCTL_PASSPHRASE_FILE": str(named)}).returncode == 0
    with Terminal([sys.executable, "-m", "floorctl", "audit"], env=shell.environment(), forked=True) as terminal:
        assert "not the passphrase" not in terminal.wait_for("Passphrase of the data:")
        terminal.press(*"wrong", "\r")
        terminal.wait_for("That is not the passphrase. Passphrase of the data:")
        terminal.press(*PHRASE, "\r")
        terminal.wait_for("rekey")


def test_a_key_that_was_made_when_the_mark_counted_as_part_of_the_passphrase_still_opens(shell: Shell) -> None:
    named = shell.folder / "phrase"
    env = {"FLOORCTL_PASSPHRASE_FILE": str(named)}
    assert shell("audit").returncode == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("floorctl.cli.passphrase._first_lines", lambda _path: ("\ufeff" + PHRASE,))
        patch.setattr("floorctl.cli.passphrase.forget", lambda: None)
        assert shell("rekey", "--key", "passphrase", env=env).returncode == 0
    named.write_bytes(codecs.BOM_UTF8 + PHRASE.encode())
    ended = shell("audit", env=env)
    assert ended.returncode == 0, ended.stderr
    named.write_bytes(PHRASE.encode())
    assert shell("audit", env=env).returncode == 1


def test_a_key_that_was_put_back_with_an_editor_opens_the_data(shell: Shell) -> None:
    assert shell("audit").returncode == 0
    key = (shell.data / "data.key").read_text("ascii").strip()
    for raw in (codecs.BOM_UTF8 + f"{key}\r\n".encode(), f"{key}\n".encode("utf-16"), key.upper().encode()):
        (shell.data / "data.key").write_bytes(raw)
        ended = shell("audit")
        assert ended.returncode == 0, ended.stderr
    for raw in (bytes(65), b"\xff" + key.encode(), key[:-1].encode(), b""):
        (shell.data / "data.key").write_bytes(raw)
        ended = shell("audit")
        assert ended.returncode == 1 and "codec" not in ended.stderr


def test_a_piped_password_is_the_same_whatever_program_wrote_it(platform: PlatformProcess, shell: Shell) -> None:
    shell = Shell(shell.folder, platform.url)
    number, password = platform.accounts["supervisor"]
    login = ("login", "--employee-no", number, "--password-stdin")
    for raw in (
        codecs.BOM_UTF8 + f"{password}\r\n".encode(),
        codecs.BOM_UTF16_LE + f"{password}\r\n".encode("utf-16-le"),
        f"{password}\r".encode(),
        password.encode(),
    ):
        ended = run_here(login, stdin=raw, env=shell.environment(), cwd=shell.folder)
        assert ended.returncode == 0, (raw, ended.stderr)
    for raw, says in (("密码密码".encode("gbk"), b"Save it as UTF-8"), (codecs.BOM_UTF8 + b"\r\n", b"password")):
        ended = run_here(login, stdin=raw, env=shell.environment(), cwd=shell.folder)
        assert ended.returncode == 2 and says in ended.stderr and b"codec" not in ended.stderr


def test_a_configuration_with_a_mark_or_in_the_national_encoding_holds_for_every_command(shell: Shell) -> None:
    plain = shell.config.read_text("utf-8").replace('name = "T"', 'name = "一号台"')
    for raw in (codecs.BOM_UTF8 + plain.encode(), plain.encode("utf-16"), plain.encode("gbk")):
        shell.config.write_bytes(raw)
        assert shell("config", "check").returncode == 0
        assert shell.json("config", "show")["terminal"]["name"] == "一号台"
    shell.config.write_bytes(plain.encode() + b"# \xff\n")
    for command, code in (("status", 2), ("doctor", 1)):
        ended = shell(command)
        assert ended.returncode == code
        said = "".join((ended.stdout + ended.stderr).split())  # doctor folds its lines
        assert "第9行" in said and "codec" not in said, "in Chinese: which language is asked for could not be read"


def test_a_configuration_from_a_pipe_is_read_once(shell: Shell) -> None:
    for arguments, env in ((("--config", "/dev/fd/{}"), {}), ((), {"FLOORCTL_CONFIG": "/dev/fd/{}"})):
        reading, writing = os.pipe()
        os.write(writing, shell.config.read_bytes())
        os.close(writing)
        given = [each.format(reading) for each in arguments]
        environment = {name: each.format(reading) for name, each in env.items()}
        ended = shell(*given, "config", "show", "--json", env=environment)
        os.close(reading)
        assert '"name": "T"' in ended.stdout, ended.stderr
