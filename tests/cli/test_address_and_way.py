"""Which addresses the commands take and which way they go there: no password in clear, no proxy that stops them."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.cli.shell import Shell
from tests.platforms import PlatformProcess

#: What needs the configuration, and so the address in it.
COMMANDS = [
    ("config", "check"), ("config", "show"), ("login", "--employee-no", "1001", "--password-stdin"), ("sync", "--once"),
    ("whoami",), ("orders",), ("doctor",),
]  # fmt: skip


@contextmanager
def nobody_calls() -> Iterator[int]:
    """A port of this machine that nobody may connect to while this lasts."""
    with socket.create_server(("0.0.0.0", 0)) as listening:
        yield listening.getsockname()[1]
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


@contextmanager
def stranger() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine where nobody is known, and what was said there."""
    heard: list[str] = []

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(f"{self.requestline} {self.headers}")
            self.send_error(404)

        do_POST = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, heard
        server.shutdown()


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("scheme", ["http", " ＨＴＴＰ"])
def test_no_command_goes_to_another_machine_in_clear(words: tuple[str, ...], scheme: str, tmp_path: Path) -> None:
    with nobody_calls() as port:
        # Another machine's address to whoever reads it, and yet one that would be answered here.
        shell = Shell(tmp_path / "one", f"{scheme}://0.0.0.0:{port}")
        ended = shell(*words, "--lang", "en", stdin="secret\n")
    assert ended.returncode == (1 if words == ("doctor",) else 2)
    assert "in clear" in (ended.stdout + ended.stderr).replace("\n", " ")
    assert "secret" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_no_command_tells_the_password_of_an_address(words: tuple[str, ...], tmp_path: Path) -> None:
    for url in ("https://anna:s3cret@127.0.0.1:9", "http://anna:s3cret@127.0.0.1:9", "https://anna:s3cret"):
        shell = Shell(tmp_path / "one", url, language="zh-CN")
        for more in ((), ("--debug",), ("--json",)):
            ended = shell(*words, *more, stdin="x\n")
            assert ended.returncode == (1 if words == ("doctor",) else 2)
            assert "s3cret" not in ended.stdout + ended.stderr
    assert not any(b"s3cret" in path.read_bytes() for path in (tmp_path / "one").rglob("*") if path != shell.config)


def test_an_address_is_used_as_it_was_meant(platform: PlatformProcess, tmp_path: Path) -> None:
    for typed in ("  HTTP://LocalHost.:{} ", "ｈｔｔｐ：／／127．0．0．1：{}", "http://floor.localhost:{}/"):
        shell = Shell(tmp_path / "one", typed.format(platform.port))
        shell.sign_in(platform)
        assert shell.json("whoami")["roles"] == ["supervisor"]
        shell.sync()
        assert shell("logout").returncode == 0


def test_what_one_platform_gave_is_shown_to_no_other(data_of: Callable[[str], Path], tmp_path: Path) -> None:
    with stranger() as (port, heard):
        shell = Shell(tmp_path / "one", f"http://127.0.0.1:{port}", data=data_of("supervisor"))
        shell("sync", "--once")
        told = {each["check"]: each for each in json.loads(shell("doctor", "--json").stdout)["checks"]}
        shell("logout")
    assert (told["session"]["level"], "another platform" in told["session"]["message"]) == ("warn", True)
    assert heard
    assert "authorization" not in "".join(heard).lower()
    assert shell("whoami").returncode != 0


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_what_is_wrong_with_an_address_is_told_in_the_configurations_language(tmp_path: Path, language: str) -> None:
    shell = Shell(tmp_path / "one", "http://192.0.2.1", language=language)
    for words in (("config", "check"), ("whoami",), ("doctor",)):
        said = shell(*words)
        assert ("in clear" in (said.stdout + said.stderr).replace("\n", " ")) == (language == "en")


def test_an_address_is_no_certificates_file(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "one", "https://192.0.2.1")
    shell.config.write_text(
        shell.config.read_text().replace("timeout", 'ca_file = "https://anna:s3cret@a/ca"\ntimeout')
    )
    ended = shell("config", "check")
    assert ended.returncode == 2
    assert "platform.ca_file" in ended.stderr and "s3cret" not in ended.stderr and "anna" not in ended.stderr


FORMS = [
    "localhost,[::1]", "localhost, 127.0.0.1, ::1", "[::1]:8345", "10.0.0.0/8,fd00::/8,[fd00::]/8", "10.0.0.0/99",
    "*.example,.example", "*", "[", "[[::1]]", "http://x", "%", "，", "a b\tc", "::", "x:y", "[::1%eth0]", "\u200b",
]  # fmt: skip
PROXIES = [
    "ftp://anna:s3cret@a:1",
    "http://anna:s3cret@a:x",
    "http://",
    "socks4://a",
    "::1",
    "http://[::1",
    "a b",
    "\u200b",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_whatever_the_exceptions_are_the_platform_of_this_machine_is_reached(
    synced: Shell, form: str, name: str
) -> None:
    ended = synced("sync", "--once", env={name: form, "HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "x"})
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("value", PROXIES)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "all_proxy", "HTTP_PROXY"])
def test_a_proxy_that_makes_no_sense_is_named_without_its_password(synced: Shell, name: str, value: str) -> None:
    env = {name: value}
    ended = synced("sync", "--once", env=env)
    assert ended.returncode == 0, ended.stderr
    document = json.loads(synced("doctor", "--json", env=env).stdout)
    named = [each for each in document["checks"] if each["check"] == "proxy"]
    assert document["ok"]
    assert [each["level"] for each in named] == ["warn"]
    for said in (ended.stderr, named[0]["message"]):
        assert name in said
        assert "s3cret" not in said
        assert "anna" not in said


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_doctor_says_which_way_it_goes(tmp_path: Path, language: str) -> None:
    def way(url: str, **env: str) -> str:
        shell = Shell(tmp_path / "one", url, language=language)
        document = json.loads(shell("doctor", "--json", env=env).stdout)
        (found,) = (each["message"] for each in document["checks"] if each["check"] == "way")
        return str(found)

    outer = "https://platform.invalid"
    by = way(outer, https_proxy="http://anna:s3cret@127.0.0.1:1")
    assert "127.0.0.1:1" in by
    assert "https_proxy" in by
    assert "s3cret" not in by
    past = way(outer, https_proxy="http://127.0.0.1:1", NO_PROXY="x.example,.invalid")
    assert "NO_PROXY" in past
    assert ".invalid" in past
    assert "127.0.0.1" not in past
    assert by == way(outer, https_proxy="http://127.0.0.1:1", NO_PROXY="localhost,[::1]")
    here = way("http://127.0.0.1:1", https_proxy="http://127.0.0.1:2", http_proxy="http://127.0.0.1:2")
    assert "127.0.0.1" not in here
    assert len({by, past, here, way(outer)}) == 4
