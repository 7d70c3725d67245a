"""The platform's address: which are taken, how they are written, and which of them lead to this machine itself.

What a person typed is trimmed, read in its half-width form and put together anew from its parts, so that whoever uses
the address later reads the same host in it as was checked here.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from unicodedata import category, normalize

from floorctl.errors import UsageError

_KEY = "platform.url"
_FORM = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\]*)(/[^\s?#\\\x00-\x1f\x7f-\x9f]*)?")
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,6}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: What the system's resolver takes for a number: such a host is an IP address or nothing.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HIGHEST_PORT = 65535
_LONGEST_HOST = 253
#: The dot of a Chinese keyboard.
_IDEOGRAPHIC_STOP = "\u3002"
#: The start of an address that can't hold a password: scheme, host, a port in digits, a path.
_HARMLESS = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^:@/?#\\%\s]*(?::[0-9]{1,5}(?![^/?#]))?(?:/[^?#@:%\s]*)?")
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?")


@dataclass(frozen=True)
class Address:
    """A platform's address. ``host`` without brackets, in lower case; ``port`` None: the scheme's own."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def url(self) -> str:
        """The address as it is written."""
        return self._url(self.host)

    @property
    def is_loopback(self) -> bool:
        """Whether it leads to this machine, by what it says and not by what somebody's name server says."""
        return self.host == "localhost" or self._is_name_of_loopback or is_loopback(self.host)

    @property
    def connected(self) -> str:
        """The address to connect to: no name server is asked where a name under ``localhost`` leads to."""
        return self._url("localhost") if self.scheme == "http" and self._is_name_of_loopback else self.url

    @property
    def authority(self) -> str:
        """Host and port as requests name them."""
        return self._authority(self.host)

    @property
    def _is_name_of_loopback(self) -> bool:
        return self.host.endswith(".localhost")

    def _authority(self, host: str) -> str:
        shown = f"[{host}]" if ":" in host else host
        return shown if self.port is None else f"{shown}:{self.port}"

    def _url(self, host: str) -> str:
        return f"{self.scheme}://{self._authority(host)}{self.path}"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is an IP address of this machine for itself."""
    address = ip(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and address.is_loopback


def ip(host: str) -> IPv4Address | IPv6Address | None:
    """The IP address that ``host`` (without brackets) is written as, None if it is none."""
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None


def read(text: str, path: Path | None = None) -> Address:
    """Read the platform's address; ``path`` is the configuration that it stands in.

    Raises:
        UsageError: ``error.config_bad_value``: it is no address of http or https; ``error.config_url_user``: there is
            a user name in it; ``error.config_url_plain``: it is plain http to another machine.

    """
    where: dict[str, object] = {"path": path or "floorctl.toml", "key": _KEY}
    if (found := _FORM.match(tidy(text))) is not None and "@" in found[2]:
        raise UsageError("error.config_url_user", **where)
    address = _parsed(tidy(text))
    if address is None:
        raise UsageError("error.config_bad_value", **where, value=shown(text))
    if address.scheme == "http" and not address.is_loopback:
        raise UsageError("error.config_url_plain", **where)
    return address


def tidy(text: str) -> str:
    """``text`` in half-width form, without blanks and what can't be seen around it."""
    text = normalize("NFKC", text)
    visible = [at for at, char in enumerate(text) if not char.isspace() and category(char) not in ("Cc", "Cf")]
    return text[visible[0] : visible[-1] + 1] if visible else ""


def shown(text: str) -> str:
    """``text``, which should have been an address, without what may be a password in it."""
    text = tidy(text)
    pattern = _SCHEME if "@" in text else _HARMLESS
    start = found.group() if (found := pattern.match(text)) is not None else ""
    return text if len(start) == len(text) else f"{start}…"


def host_of(text: str) -> str | None:
    """The host that ``text`` names, without brackets and in lower case; None if it can't be one."""
    if text.startswith("["):
        inner = text[1:-1]
        return str(IPv6Address(inner)) if text.endswith("]") and "%" not in inner and ip_v6(inner) else None
    host = text.replace(_IDEOGRAPHIC_STOP, ".").lower()
    host = host.removesuffix(".")
    try:
        labels = ascii_name(host).split(".")
    except UnicodeError:
        return None
    if len(".".join(labels)) > _LONGEST_HOST or not all(_LABEL.fullmatch(each) for each in labels):
        return None
    if _NUMBER.fullmatch(labels[-1]) and ip(host) is None:
        return None
    return host


def ascii_name(host: str) -> str:
    """``host`` as name servers know it.

    Raises:
        UnicodeError: it has characters that no name has.

    """
    if host.isascii():
        return host
    import idna  # rarely needed

    return idna.encode(host).decode("ascii")


def ip_v6(text: str) -> bool:
    """Whether ``text`` is an IPv6 address."""
    return ":" in text and ip(text) is not None


def _parsed(text: str) -> Address | None:
    if (form := _FORM.fullmatch(text)) is None or form[1].lower() not in ("http", "https"):
        return None
    if (parts := _AUTHORITY.fullmatch(form[2])) is None or (host := host_of(parts[1])) is None:
        return None
    port = int(parts[2]) if parts[2] else None
    if port is not None and not 1 <= port <= _HIGHEST_PORT:
        return None
    return Address(form[1].lower(), host, port, form[3] or "")
