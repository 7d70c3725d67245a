"""Which way the platform is asked: the environment's proxies as curl reads them, and what makes no sense skipped."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.address import read
from floorctl.sync.platform.route import Route, route

PROXY = {"https_proxy": "http://proxy.example:3128"}


def way(url: str, environ: Mapping[str, str]) -> Route:
    return route(read(url), environ)


def goes_by_proxy(url: str, exceptions: str, name: str = "no_proxy") -> bool:
    found = way(url, {**PROXY, name: exceptions})
    assert found.why == ("proxy" if found.proxy is not None else "excepted")
    return found.proxy is not None


@pytest.mark.parametrize(
    ("environ", "goes_by"),
    [
        ({}, None),
        ({"https_proxy": ""}, None),
        ({"https_proxy": "http://a:1"}, "a:1 https_proxy"),
        ({"https_proxy": "  http://a:1 "}, "a:1 https_proxy"),
        ({"HTTPS_PROXY": "http://a:1"}, "a:1 HTTPS_PROXY"),
        ({"https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"}, "a:1 https_proxy"),
        ({"https_proxy": "", "HTTPS_PROXY": "http://b:2"}, "b:2 HTTPS_PROXY"),
        ({"all_proxy": "http://a:1"}, "a:1 all_proxy"),
        ({"ALL_PROXY": "http://a:1"}, "a:1 ALL_PROXY"),
        ({"ALL_PROXY": "http://a:1", "HTTPS_PROXY": "http://b:2"}, "b:2 HTTPS_PROXY"),
        ({"HTTP_PROXY": "http://a:1", "http_proxy": "http://a:1"}, None),
        ({"https_proxy": "a:1"}, "a:1 https_proxy"),
        ({"https_proxy": "A"}, "a:1080 https_proxy"),
        ({"https_proxy": "http://a"}, "a:1080 https_proxy"),
        ({"https_proxy": "https://a"}, "a:443 https_proxy"),
        ({"https_proxy": "HTTP://a:1/ignored?x"}, "a:1 https_proxy"),
        ({"https_proxy": "socks5h://a"}, "a:1080 https_proxy"),
        ({"https_proxy": "http://[::1]:1"}, "[::1]:1 https_proxy"),
        ({"https_proxy": "http://anna:s3cret@a:1"}, "a:1 https_proxy"),
        # What makes no sense is as if it were not set.
        ({"https_proxy": "ftp://a:1", "all_proxy": "http://b:2"}, "b:2 all_proxy"),
        ({"https_proxy": "http://a:x", "HTTPS_PROXY": "http://b:2"}, "b:2 HTTPS_PROXY"),
    ],
)
def test_the_proxy_is_the_first_that_curl_would_take(environ: dict[str, str], goes_by: str | None) -> None:
    proxy = way("https://platform.example", environ).proxy
    assert (None if proxy is None else f"{proxy.authority} {proxy.variable}") == goes_by


def test_a_proxys_password_may_hold_any_character_and_is_told_nobody() -> None:
    found = way("https://platform.example", {"https_proxy": "http://an%40na:p@ss:w%2Frd@a:1"})
    assert found.proxy is not None
    assert (found.proxy.user, found.proxy.password) == ("an@na", "p@ss:w/rd")
    assert found.proxy.authority == "a:1"


@pytest.mark.parametrize(
    ("value", "why", "shown"),
    [
        ("ftp://a:1", "kind", "ftp"), ("socks4://a:1", "kind", "socks4"), ("file:///x", "address", "file:///x"),
        ("http://", "address", "http://"), ("http://:3128", "address", "http://:3128"),
        ("http://a:99999", "address", "http://a:99999"), ("http://a:0", "address", "http://a:0"),
        ("http://a:port", "address", "http://a…"), ("http://[::1", "address", "http://[…"), ("a b:1", "address", "a…"),
        ("http://anna:s3cret@a:x", "address", "http://…"), ("anna:s3cret@:1", "address", "…"),
        ("ftp://anna:s3cret@a", "kind", "ftp"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize("url", ["https://platform.example", "http://127.0.0.1:1"])
def test_a_proxy_that_makes_no_sense_is_named_and_skipped(
    url: str, name: str, value: str, why: str, shown: str
) -> None:
    found = way(url, {name: value})
    assert found.proxy is None
    assert [(each.variable, each.why, each.value) for each in found.skipped] == [(name, why, shown)]


#: Exceptions, a host that they are about, and one that they are not about.
EXCEPTIONS = [
    ("platform.example", "platform.example", "other.example"),
    ("platform.example", "a.platform.example", "notplatform.example"),
    (".platform.example", "platform.example", "xplatform.example"),
    (".platform.example", "a.b.platform.example", "platform.example.evil.example"),
    ("*.platform.example", "a.platform.example", "other.example"),
    ("platform.example.", "platform.example", "example"),
    ("platform.example", "platform.example.", "other.example."),
    ("PLATFORM.Example", "platform.example", "other.example"),
    ("a.example,platform.example", "platform.example", "b.example"),
    ("a.example platform.example\tc.example", "platform.example", "b.example"),
    (" , a.example , platform.example ,, ", "platform.example", "b.example"),
    ("a.example，platform.example", "platform.example", "b.example"),
    ("platform.example:8443", "platform.example:8443", "platform.example"),
    ("platform.example:443", "platform.example", "platform.example:8443"),
    ("https://platform.example/", "platform.example", "other.example"),
    ("平台.example", "平台.example", "台.example"),
    ("xn--" + "平台".encode("punycode").decode() + ".example", "平台.example", "平.example"),
    ("10.0.0.5", "10.0.0.5", "10.0.0.50"),
    ("10.0.0.5:8443", "10.0.0.5:8443", "10.0.0.5"),
    ("10.0.0.0/8", "10.200.1.1", "11.0.0.1"),
    ("10.0.0.7/8", "10.200.1.1", "11.0.0.1"),
    ("192.168.0.0/255.255.0.0", "192.168.9.9", "192.169.0.1"),
    ("0.0.0.0/0", "8.8.8.8", "platform.example"),
    ("fd00::5", "[fd00::5]", "[fd00::6]"),
    ("[fd00::5]", "[fd00:0:0::5]", "[fd00::6]"),
    ("[fd00::5]:8443", "[fd00::5]:8443", "[fd00::5]"),
    ("fd00::/8", "[fd12::1]", "[fe80::1]"),
    ("[fd00::]/8", "[fd12::1]", "[fe80::1]"),
    ("localhost,[::1],10.0.0.5", "10.0.0.5", "10.0.0.6"),
    ("*", "platform.example", None),
    ("localhost, *", "10.0.0.5", None),
    # Names are no addresses, nor the other way round.
    ("0.0.5", None, "10.0.0.5"),
    ("5", None, "10.0.0.5"),
    (".10.0.0.5", "10.0.0.5", "a.10.0.0.5.example"),
]


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize(("exceptions", "direct", "by_proxy"), EXCEPTIONS)
def test_exceptions_are_read_in_every_form(
    name: str, exceptions: str, direct: str | None, by_proxy: str | None
) -> None:
    if direct is not None:
        assert not goes_by_proxy(f"https://{direct}", exceptions, name)
    if by_proxy is not None:
        assert goes_by_proxy(f"https://{by_proxy}", exceptions, name)


@pytest.mark.parametrize(
    "entry", ["10.0.0.0/99", "[::1", "::1]", "fd00::/129", "a*b", "a/b", "..", "http://", "a:99999"]
)
def test_an_exception_that_makes_no_sense_is_named_and_the_others_hold(entry: str) -> None:
    found = way("https://platform.example", {**PROXY, "NO_PROXY": f"{entry}, platform.example"})
    assert found.why == "excepted"
    assert (found.variable, found.entry) == ("NO_PROXY", "platform.example")
    assert [(each.variable, each.why) for each in found.skipped] == [("NO_PROXY", "entry")]


def test_the_lower_case_exceptions_win_as_the_lower_case_proxies_do() -> None:
    both = {**PROXY, "no_proxy": "other.example", "NO_PROXY": "platform.example"}
    assert way("https://platform.example", both).why == "proxy"
    assert way("https://platform.example", {**both, "no_proxy": ""}).why == "excepted"


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "https://[::1]:1", "http://a.localhost"])
def test_no_proxy_stands_between_a_terminal_and_its_own_machine(url: str) -> None:
    every = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"), "http://a:1")
    assert way(url, every) == Route("loopback")


@given(st.dictionaries(st.sampled_from(["https_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]), st.text(max_size=40)))
def test_any_environment_yields_a_route(environ: dict[str, str]) -> None:
    found = way("https://platform.example", environ)
    assert found.why in ("unset", "excepted", "proxy")


# -- against curl itself

_NAMES = st.sampled_from(["platform.example", "a.platform.example", "example", "other.example", "xplatform.example"])
_ADDRESSES = st.sampled_from(["10.0.0.5", "10.0.0.50", "192.168.1.1", "fd00::5", "fd00::1:5"])
# Some of its releases forget networks of the newer kind of address.
_NETWORKS = st.sampled_from(["10.0.0.0/8", "10.0.0.4/30", "10.0.0.0/31", "192.168.0.0/16"])
_ENTRIES = st.one_of(
    _NAMES,
    _NAMES.map(str.upper),
    _NAMES.map(".{}".format),
    _NAMES.map("{}.".format),
    _ADDRESSES,
    _NETWORKS,
)
_SEPARATORS = st.sampled_from([",", " ", ", ", " ,", ",,", "\t"])
HOSTS = ("platform.example", "a.platform.example.", "OTHER.example", "10.0.0.5", "192.168.1.1", "[fd00::5]")


def _curls_version() -> tuple[int, ...]:
    if shutil.which("curl") is None:
        return (0,)
    said = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", said.split(" ")[1])) if said.startswith("curl ") else (0,)


@pytest.mark.skipif(_curls_version() < (7, 86), reason="no curl here that knows networks in no_proxy (7.86)")
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_ENTRIES, _SEPARATORS), min_size=1, max_size=4))
def test_exceptions_are_those_of_curl(parts: list[tuple[str, str]]) -> None:
    exceptions = "".join(f"{entry}{between}" for entry, between in parts)
    # It says which variable it takes before it connects; nobody listens at either end, so it is over at once.
    options = ["-sv", "--max-time", "5", "--connect-to", "::127.0.0.1:9"]
    argv = ["curl"]
    for host in HOSTS:
        argv += [*(["--next"] if len(argv) > 1 else []), *options, f"https://{host}/"]
    environ = {"https_proxy": "http://127.0.0.1:9", "no_proxy": exceptions, "PATH": os.environ["PATH"]}
    said = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False).stderr
    _, *asked = said.split("Uses proxy env variable no_proxy")
    assert len(asked) == len(HOSTS), said
    expected = ["https_proxy" in part for part in asked]
    assert [goes_by_proxy(f"https://{host}", exceptions) for host in HOSTS] == expected
