"""The platform's address: plain http leads to this machine alone, and no password in an address is ever told."""

from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from floorctl.address import read, shown
from floorctl.config import parse
from floorctl.errors import UsageError
from floorctl.i18n import LANGUAGES, use_language
from floorctl.sync.platform.client import Client
from floorctl.text.errors import sentence

#: As it is typed → as it is used.
TAKEN = {
    "http://localhost": "http://localhost",
    "http://localhost:8345/": "http://localhost:8345/",
    "http://LocalHost.:8345": "http://localhost:8345",
    "http://floor.localhost:8345": "http://floor.localhost:8345",
    "http://127.0.0.1": "http://127.0.0.1",
    "http://127.8.9.10:1": "http://127.8.9.10:1",
    "http://[::1]:8345": "http://[::1]:8345",
    "http://[0:0:0:0:0:0:0:1]": "http://[::1]",
    "http://[::ffff:127.0.0.1]:80": "http://[::ffff:7f00:1]:80",
    "HTTP://127.0.0.1:8345": "http://127.0.0.1:8345",
    "https://platform.example": "https://platform.example",
    "HTTPS://Platform.Example.:8443/Api": "https://platform.example:8443/Api",
    "  https://platform.example\t": "https://platform.example",
    "\u3000\ufeffhttps://platform.example\u200b\n": "https://platform.example",
    "ｈｔｔｐｓ：／／ｐｌａｔｆｏｒｍ．ｅｘａｍｐｌｅ：８４４３／ａｐｉ": "https://platform.example:8443/api",
    "https://platform。example": "https://platform.example",
    "https://平台.example": "https://平台.example",
    "https://10.0.0.5:443": "https://10.0.0.5:443",
    "https://[fd00::5]": "https://[fd00::5]",
    "https://platform.example:/": "https://platform.example/",
}
#: Plain http to another machine, however it is put.
PLAIN = [
    "http://platform.example", "HTTP://PLATFORM.EXAMPLE", " ｈｔｔｐ://platform.example ", "http://10.0.0.5:8345",
    "http://192.168.1.5", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://evil.example/localhost",
    "http://localhost.localdomain", "http://notlocalhost", "http://0.0.0.0:8345", "http://[::]:8345", "http://[fe80::1]",
    "http://[::ffff:10.0.0.5]", "http://[::127.0.0.1]", "http://128.0.0.1", "http://floor", "http://平台.example",
]  # fmt: skip
#: No address at all, or one that is read as another than it looks like.
NONE = [
    "platform.example", "//platform.example", "https:platform.example", "https:/platform.example", "https://",
    "ws://127.0.0.1", "wss://platform.example", "ftp://platform.example", "file:///etc/passwd", "javascript:alert(1)",
    "https://platform.example?floor=1", "https://platform.example/#top", "https://platform example", "https://a\\b",
    "http://127.0.0.1\\.evil.example", "http://2130706433", "http://127.1", "http://0x7f000001", "http://0177.0.0.1",
    "http://127.0.0.1.", "http://127.0.0.0x1", "https://platform.example:0", "https://platform.example:65536",
    "https://platform.example:x", "https://platform.example:-1", "https://-a.example", "https://a..example", "https://[::1",
    "https://[::1%25eth0]", "http://[fe80::1%eth0]", "http://127.0.0.1%2eevil.example", "https://[127.0.0.1]", "https://::1",
    "https://" + "a" * 64, "https://" + "a.b" * 100,
]  # fmt: skip
NONE.remove("http://127.0.0.1.")  # a last dot is none of the number's
WITH_USERS = [
    "https://anna:s3cret@platform.example", "https://anna@platform.example", "https://:s3cret@platform.example",
    "http://anna:s3cret@127.0.0.1:8345", "http://anna:s3cret@platform.example", "http://127.0.0.1@platform.example",
    "https://anna:s3cret@", "https://anna:s3cret＠platform.example", "https://anna:s3cret@platform.example:x",
]  # fmt: skip


@pytest.mark.parametrize(("typed", "used"), TAKEN.items())
def test_an_address_is_trimmed_and_written_in_its_half_width_form(typed: str, used: str) -> None:
    assert parse({"platform": {"url": typed}}).platform.url == used
    assert read(used).url == used
    assert read(typed).is_loopback == used.startswith("http:")


@pytest.mark.parametrize("url", PLAIN)
def test_plain_http_to_another_machine_is_refused_before_anything_is_sent(url: str) -> None:
    for refuse in (lambda: parse({"platform": {"url": url}}), lambda: Client(url)):
        with pytest.raises(UsageError) as refused:
            refuse()
        assert refused.value.key == "error.config_url_plain"


@pytest.mark.parametrize("url", NONE)
def test_what_is_no_address_is_refused(url: str) -> None:
    for refuse in (lambda: parse({"platform": {"url": url}}), lambda: Client(url)):
        with pytest.raises(UsageError) as refused:
            refuse()
        assert refused.value.key == "error.config_bad_value"


@pytest.mark.parametrize("url", WITH_USERS)
def test_a_user_in_an_address_is_refused_without_a_word_of_them(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse({"platform": {"url": url}}, Path("floorctl.toml"))
    assert refused.value.key == "error.config_url_user"
    for language in LANGUAGES:
        use_language(language)
        said = sentence(refused.value, str)
        assert "s3cret" not in said
        assert "anna" not in said


@pytest.mark.parametrize(
    "value",
    ["anna:s3cret@platform.example", "ftp://anna:s3cret@h", "https://anna:s3cret", "https://anna:s3cret%40h",
     "https://anna:s3/cret@h", "https://anna:s#cret@h", "https://h?token=s3cret", "https://anna:s3cret\x1b@h",
     ["https://anna:s3cret@h"], {"x": "https://anna:s3cret@h"}],
)  # fmt: skip
def test_no_form_of_a_wrong_address_tells_its_password(value: object) -> None:
    with pytest.raises(UsageError) as refused:
        parse({"platform": {"url": value}})
    assert "cret" not in sentence(refused.value, str)


def test_a_password_in_another_value_is_not_told_either() -> None:
    with pytest.raises(UsageError) as refused:
        parse({"terminal": {"player": "mpv --http-proxy=http://anna:s3cret@h\x1b"}})
    assert "s3cret" not in sentence(refused.value, str)


def test_a_wrong_address_without_a_password_is_shown() -> None:
    assert shown("ftp://platform.example:21/x") == "ftp://platform.example:21/x"
    assert shown("platform.example") == "platform.example"


@given(st.ip_addresses(), st.one_of(st.none(), st.integers(1, 65535)))
def test_an_ip_address_may_have_plain_http_if_it_is_this_machines(ip: object, port: int | None) -> None:
    text = f"[{ip}]" if ":" in str(ip) else str(ip)
    url = f"http://{text}" + ("" if port is None else f":{port}")
    address = ip_address(str(ip))
    assume(getattr(address, "ipv4_mapped", None) is None and getattr(address, "scope_id", None) is None)
    if address.is_loopback:
        assert read(url).url == url
    else:
        with pytest.raises(UsageError):
            read(url)


@given(st.text(max_size=30), st.sampled_from(["http://", "https://", "HTTP://", ""]))
def test_whatever_is_taken_is_read_by_the_http_library_as_it_was_checked(rest: str, scheme: str) -> None:
    import httpx

    try:
        address = read(scheme + rest)
    except UsageError:
        return
    url = httpx.URL(address.url)
    assert url.userinfo == b""
    assert url.query == b""
    assert address.scheme == url.scheme
    if address.host.isascii():
        assert url.host == address.host
    assert address.scheme == "https" or address.is_loopback
