"""Over a real proxy to a platform with TLS: what the proxy hears, what it does not, and when it is not asked at all."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trustme

from floorctl.sync.platform.client import Client
from floorctl.sync.platform.errors import TryLater, Unreachable, Untrusted

URL = "https://platform.example"


class Way:
    """A platform that is only reached through a proxy, which records the requests that it gets."""

    def __init__(self, ca_file: Path) -> None:
        self.ca_file = ca_file
        self.proxy = ""
        self.heard = b""
        self.told: list[bytes] = []
        self.refuses = False

    async def ask(self, url: str = URL) -> None:
        client = Client(url, token="token-of-hers", timeout=5, ca_file=str(self.ca_file))
        try:
            await client.changes(None)
        finally:
            await client.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[bytes], None]) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            heard(data)
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def way(folder: Path) -> AsyncIterator[Way]:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("platform.example", "10.0.0.5").configure_cert(context)
    here = Way(folder / "ca.pem")

    async def platform(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.told.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        here.heard += first
        if first == b"\x05":  # SOCKS: methods, their answer, where to, its answer
            here.heard += await reader.read(1000)
            writer.write(b"\x05\x00")
            here.heard += await reader.read(1000)
            writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        else:
            here.heard += await reader.readuntil(b"\r\n\r\n")
            if here.refuses:
                writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
                writer.close()
                return
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

        def hear(data: bytes) -> None:
            here.heard += data

        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", platform_port)
        await asyncio.gather(_pass_on(reader, far_writer, hear), _pass_on(far_reader, writer, lambda _data: None))

    servers = [
        await asyncio.start_server(platform, "127.0.0.1", 0, ssl=context),
        await asyncio.start_server(proxy, "127.0.0.1", 0),
    ]
    platform_port, proxy_port = (server.sockets[0].getsockname()[1] for server in servers)
    here.proxy = f"127.0.0.1:{proxy_port}"
    try:
        yield here
    finally:
        for server in servers:
            server.close()


@pytest.fixture
async def the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Way]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    async with way(tmp_path) as here:
        yield here


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("https_proxy", "http://anna:s3%2Fcret@{}"),
        ("HTTPS_PROXY", "{}"),
        ("all_proxy", "http://{}"),
        ("ALL_PROXY", "socks5h://{}"),
        ("ALL_PROXY", "socks5://{}"),
    ],
)
async def test_the_platform_is_reached_and_the_proxy_hears_no_token(
    the_way: Way, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value.format(the_way.proxy))
    with pytest.raises(TryLater):
        await the_way.ask()
    assert b"platform.example" in the_way.heard
    assert b"token-of-hers" not in the_way.heard
    assert b"Bearer token-of-hers" in the_way.told[0]
    if "anna" in value:
        assert base64.b64encode(b"anna:s3/cret") in the_way.heard
        assert b"s3" not in the_way.told[0]


async def test_a_proxy_that_makes_no_sense_is_passed_over_for_one_that_does(
    the_way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "ftp://nowhere.example:x")
    monkeypatch.setenv("ALL_PROXY", the_way.proxy)
    monkeypatch.setenv("NO_PROXY", "localhost,[::1],10.0.0.0/99,[::")
    with pytest.raises(TryLater):
        await the_way.ask()


async def test_an_exception_goes_past_the_proxy(the_way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", the_way.proxy)
    for exceptions in ("platform.invalid", ".invalid", "[::1] *.invalid:443"):
        monkeypatch.setenv("NO_PROXY", exceptions)
        with pytest.raises(Unreachable):  # there is no such name
            await the_way.ask("https://platform.invalid")
    assert the_way.heard == b""


async def test_the_machine_itself_is_asked_past_every_proxy(the_way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, the_way.proxy)
    for url in ("http://127.0.0.1:1", "https://localhost:1", "http://floor.localhost:1"):
        with pytest.raises(Unreachable):
            await the_way.ask(url)
    assert the_way.heard == b""


async def test_the_certificate_is_the_platforms_and_not_the_proxys_to_show(
    the_way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", the_way.proxy)
    with pytest.raises(Untrusted) as caught:
        await the_way.ask("https://other.example")
    assert caught.value.key == "error.network_untrusted_name"
    assert the_way.told == []


async def test_a_proxy_that_says_no_is_named_as_what_says_no(the_way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", the_way.proxy)
    the_way.refuses = True
    with pytest.raises(Unreachable) as caught:
        await the_way.ask()
    assert caught.value.key == "error.network_proxy"
    assert not caught.value.sent


async def test_a_proxy_that_is_not_there_is_told_from_a_platform_that_is_not(
    the_way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    for proxy in ("http://127.0.0.1:1", "socks5://127.0.0.1:1", "http://no-such-proxy.invalid:3128"):
        monkeypatch.setenv("https_proxy", proxy)
        with pytest.raises(Unreachable) as caught:
            await the_way.ask()
        assert caught.value.key == "error.network_proxy_unreachable"
        assert not caught.value.sent


async def test_no_password_of_a_netrc_goes_anywhere(
    the_way: Way, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login anna password s3cret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("https_proxy", the_way.proxy)
    client = Client(URL, timeout=5, ca_file=str(the_way.ca_file))
    with pytest.raises(TryLater):
        await client.sign_in("1001", "right")
    await client.close()
    assert b"uthorization" not in the_way.told[0]
