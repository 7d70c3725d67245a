"""The platform's address: which forms are accepted, how it is written, and whether it leads to this machine.

What a person entered is trimmed, converted to half-width characters and reassembled from its parts, so that the HTTP
client connects to the same host that was checked here.
"""

import re
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from unicodedata import category, normalize

import msgspec

from floorctl.errors import UsageError

_KEY = "platform.url"
_FORM = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#\\]*)(/[^\s?#\\\x00-\x1f\x7f-\x9f]*)?")
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,6}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
#: What the system's resolver reads as a number: such a host has to be a valid IP address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_HIGHEST_PORT = 65535
_LONGEST_HOST = 253
#: The full stop of a Chinese keyboard.
_IDEOGRAPHIC_STOP = "\u3002"
#: The start of an address that cannot contain a password: scheme, host, numeric port, path.
_HARMLESS = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^:@/?#\\%\s]*(?::[0-9]{1,5}(?![^/?#]))?(?:/[^?#@:%\s]*)?")
_SCHEME = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?")


class Address(msgspec.Struct, frozen=True):
    """A platform's address. ``host`` without brackets, in lower case; ``port`` None: the scheme's default."""

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def url(self) -> str:
        """The address in canonical form."""
        return self._url(self.host)

    @property
    def is_loopback(self) -> bool:
        """Whether the address is this machine's by its text, without asking a name server."""
        return self.host == "localhost" or self._is_name_of_loopback or is_loopback(self.host)

    @property
    def connected(self) -> str:
        """The address to connect to: a name under ``localhost`` is replaced so that no name server resolves it."""
        return self._url("localhost") if self.scheme == "http" and self._is_name_of_loopback else self.url

    @property
    def authority(self) -> str:
        """Host and port as in the Host header."""
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
    """Return whether ``host`` is a loopback IP address."""
    address = ip(host)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address is not None and address.is_loopback


def ip(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that ``host`` (without brackets) denotes, or None."""
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None


def read(text: str, path: Path | None = None) -> Address:
    """Parse the platform's address; ``path`` is the configuration file that contains it, for error messages.

    Raises:
        UsageError: ``error.config_bad_value``: not an http or https address; ``error.config_url_user``: it contains a
            user name; ``error.config_url_plain``: plain http to another machine.
    """
    where: dict[str, object] = {"path": path or "floorctl.toml", "key": _KEY}
    if (form := _FORM.match(tidy(text))) is not None and "@" in form[2]:
        raise UsageError("error.config_url_user", **where)
    address = _parsed(tidy(text))
    if address is None:
        raise UsageError("error.config_bad_value", **where, value=shown(text))
    if address.scheme == "http" and not address.is_loopback:
        raise UsageError("error.config_url_plain", **where)
    return address


def tidy(text: str) -> str:
    """Return ``text`` in half-width form (NFKC) without leading and trailing blanks and invisible characters."""
    text = normalize("NFKC", text)
    visible = [at for at, char in enumerate(text) if not char.isspace() and category(char) not in ("Cc", "Cf")]
    return text[visible[0] : visible[-1] + 1] if visible else ""


def shown(text: str) -> str:
    """Return ``text``, which should be an address, cut before anything that may be a password."""
    text = tidy(text)
    pattern = _SCHEME if "@" in text else _HARMLESS
    start = beginning.group() if (beginning := pattern.match(text)) is not None else ""
    return text if len(start) == len(text) else f"{start}…"


def host_of(text: str) -> str | None:
    """Return the host that ``text`` denotes, without brackets and in lower case; None if it cannot be a host."""
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
    """Return ``host`` in ASCII form (IDNA) for name servers.

    Raises:
        UnicodeError: it contains characters that host names may not have.
    """
    if host.isascii():
        return host
    import idna  # rarely needed

    return idna.encode(host).decode("ascii")


def ip_v6(text: str) -> bool:
    """Return whether ``text`` is an IPv6 address."""
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
