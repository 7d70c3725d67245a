"""The route to the platform: directly, or over the proxy that the environment names, read as curl reads it.

Read here and not by httpx, which fails on entries that curl accepts (``[::1]``), and would also look for passwords in
``.netrc``. Beyond curl, entries of ``no_proxy`` may have brackets, a port and ``*.`` in front.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal
from urllib.parse import unquote

from floorctl.address import Address, ascii_name, host_of, ip, shown, tidy

#: Only TLS goes to another machine, so ``http_proxy`` is not used; the first usable one of these is.
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_OTHERS = ("http_proxy", "HTTP_PROXY")
_EXCEPTIONS = ("no_proxy", "NO_PROXY")
#: Kinds of proxies, and curl's default ports for them.
_PORTS = {"http": 1080, "https": 443, "socks5": 1080, "socks5h": 1080}
_HIGHEST_PORT = 65535
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_PROXY = re.compile(r"(?:(.*)@)?(\[[^\[\]]*\]|[^:\[\]@/?#]*)(?::([0-9]{0,6}))?(?:[/?#].*)?")
_ENTRY = re.compile(
    r"(?:[a-z]+://)?(\[[^\[\]]*\]|[^:\[\]/]*|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*)(/[0-9.]+)?(?::([0-9]{1,5}))?/?"
)

Why = Literal["loopback", "unset", "excepted", "proxy"]


@dataclass(frozen=True)
class Proxy:
    """A proxy, and the variable that names it. ``user`` and ``password`` are sent to it alone and never shown."""

    scheme: str
    host: str
    port: int
    variable: str
    user: str = ""
    password: str = ""

    @property
    def authority(self) -> str:
        """Host and port, without user and password."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Skipped:
    """A variable, or an entry of one, that is invalid. ``value`` is the part of it that may be shown."""

    variable: str
    why: Literal["kind", "address", "entry"]
    value: str


@dataclass(frozen=True)
class Route:
    """How requests are sent, and why. ``entry`` of ``variable`` (no_proxy) makes an exception of the platform."""

    why: Why
    proxy: Proxy | None = None
    variable: str = ""
    entry: str = ""
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class _Entry:
    """An exception of ``no_proxy``. ``name`` is in ASCII; empty: everything."""

    text: str
    name: str = ""
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None

    def excepts(self, host: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        address = ip(host)
        if self.network is not None:
            return address is not None and address in self.network
        return not self.name or (address is None and f".{host}".endswith(f".{self.name}"))


def route(address: Address, environ: Mapping[str, str] = os.environ) -> Route:
    """Return the route to ``address``: direct for this machine itself, whatever the environment says."""
    skipped: list[Skipped] = []
    proxies = [proxy for name in _PROXIES if (proxy := _proxy(name, environ, skipped)) is not None]
    for name in _OTHERS:
        _proxy(name, environ, skipped)
    variable = next((name for name in _EXCEPTIONS if _value(name, environ)), "")
    entries = _entries(variable, environ, skipped) if variable else []
    invalid = tuple(skipped)
    if address.is_loopback:
        return Route("loopback", skipped=invalid)
    if not proxies:
        return Route("unset", skipped=invalid)
    host, port = ascii_name(address.host), address.port or 443
    for entry in entries:
        if entry.excepts(host, port):
            return Route("excepted", variable=variable, entry=entry.text, skipped=invalid)
    return Route("proxy", proxies[0], proxies[0].variable, skipped=invalid)


def _value(name: str, environ: Mapping[str, str]) -> str:
    return environ.get(name, "").strip()


def _proxy(name: str, environ: Mapping[str, str], skipped: list[Skipped]) -> Proxy | None:
    """Return the proxy that a variable names; None if unset, or invalid, which is added to ``skipped``."""
    if not (text := _value(name, environ)):
        return None
    scheme, is_named, rest = text.partition("://")
    scheme, rest = (scheme.lower(), rest) if is_named else ("http", text)
    match = _PROXY.fullmatch(rest) if _SCHEME.fullmatch(scheme) else None
    host = host_of(match[2]) if match is not None else None
    port = int(match[3]) if match is not None and match[3] else _PORTS.get(scheme, 1)
    if match is None or host is None or not 1 <= port <= _HIGHEST_PORT:
        skipped.append(Skipped(name, "address", shown(text)))
        return None
    if scheme not in _PORTS:
        skipped.append(Skipped(name, "kind", scheme))
        return None
    user, _, password = (match[1] or "").partition(":")
    return Proxy(scheme, ascii_name(host), port, name, unquote(user), unquote(password))


def _entries(variable: str, environ: Mapping[str, str], skipped: list[Skipped]) -> list[_Entry]:
    entries = []
    for text in re.split(r"[\s,]+", tidy(_value(variable, environ))):
        if not text:
            continue
        if (entry := _entry(text)) is None:
            skipped.append(Skipped(variable, "entry", shown(text)))
        else:
            entries.append(entry)
    return entries


def _entry(text: str) -> _Entry | None:
    if text == "*":
        return _Entry(text)
    if (match := _ENTRY.fullmatch(text.lower())) is None:
        return None
    port = int(match[3]) if match[3] else None
    name = match[1].removeprefix("*.").lstrip(".").rstrip(".")
    if not name or (port is not None and not 1 <= port <= _HIGHEST_PORT):
        return None
    if (bare := name.removeprefix("[").removesuffix("]")) and ip(bare) is not None:
        try:
            return _Entry(text, network=ip_network(bare + (match[2] or ""), strict=False), port=port)
        except ValueError:
            return None
    host = host_of(name)
    return None if host is None or match[2] else _Entry(text, ascii_name(host), port=port)
