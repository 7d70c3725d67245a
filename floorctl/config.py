"""floorctl.toml: search path, keys with their defaults, and checks.

``load`` returns a frozen ``Config`` with one dataclass per section.
"""

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, time
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

from floorctl import address
from floorctl.errors import UsageError
from floorctl.files.text import read, with_plain_lines
from floorctl.i18n import DEFAULT_LANGUAGE, LANGUAGES, t
from floorctl.text import typed
from floorctl.text.durations import duration

#: Control characters: allowed in no name, path or address (NUL would cut a path short).
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
#: Upper bound of a duration in seconds (ten years); can be added to a present date without overflow.
_LONGEST = 3650 * 86400
_NO_TEXT = {"error.file_not_text": "config.not_text", "error.file_damaged": "config.damaged"}
#: Upper bound of the file's size in bytes; a configuration with every key is about a hundredth of this.
_LARGEST = 1 << 20
#: User name and password of a URL, in any value.
_PASSWORD = re.compile(r"(?<=://)\S*@")
#: A key that TOML accepts without quotes.
_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: TOML's integers have 64 bits.
_TOO_LARGE = 2**63
#: Maximal number of characters of a wrong value in an error message.
_TOLD = 60


@dataclass(frozen=True)
class Platform:
    """``[platform]``: its URL, requests' ``timeout`` in seconds, and a private CA's certificate (``ca_file``)."""

    url: str = ""
    timeout: float = 10
    ca_file: str = ""


@dataclass(frozen=True)
class Terminal:
    """``[terminal]``: this computer. ``key``: where the databases' key is kept: auto, keyring, passphrase or file.

    auto uses the OS keyring where there is one, else asks for a passphrase. ``lock_after`` 0: the cockpit never locks.
    ``glyphs``: which characters may be drawn, see ``floorctl.tty.glyphs``.
    """

    name: str = ""
    data_dir: str = ""
    lock_after: str = "10m"
    bell: bool = True
    key: str = "auto"
    player: str = ""
    glyphs: str = "auto"


@dataclass(frozen=True)
class Contract:
    """``[contract]``: first day of the contract year, and the price in yuan ("0": unknown)."""

    start: date = date(2026, 1, 1)
    price: str = "0"


@dataclass(frozen=True)
class Limits:
    """``[limits]``: how long a seat may be in a state before it is marked."""

    talking_warning: str = "10m"
    talking_alert: str = "15m"
    wrap_up: str = "2m"
    pause: str = "15m"
    meal: str = "45m"
    not_ready: str = "5m"
    ringing: str = "15s"


@dataclass(frozen=True)
class Work:
    """``[work]``: the departments' working hours, and exceptions to the built-in holiday calendar."""

    day_starts: time = time(9, 0)
    day_ends: time = time(17, 0)
    due_soon_hours: float = 4
    holidays: tuple[date, ...] = ()
    extra_workdays: tuple[date, ...] = ()


@dataclass(frozen=True)
class Alerts:
    """``[alerts]``: thresholds of the alert rules that this terminal evaluates on its cache."""

    raise_here: bool = True
    dispatch_warning: str = "30m"
    queue_waiting: int = 10
    queue_waiting_for: str = "60s"
    service_level_offered: int = 20
    resource_warning: float = 0.9
    surge_ratio: float = 1.5
    order_overdue_critical_days: int = 3
    reveals_a_day: int = 50
    exports_a_day: int = 20
    critical_full_screen_after: str = "5m"
    quiet_hours_start: time = time(22, 0)
    quiet_hours_end: time = time(7, 0)


@dataclass(frozen=True)
class Assessment:
    """``[assessment]``: which interpretation applies where the contract is ambiguous."""

    service_ability_rounding: str = "up"
    partial_points: str = "whole"


@dataclass(frozen=True)
class Config:
    """The content of floorctl.toml. ``path``: the file that it was read from; None if there was none."""

    language: str = DEFAULT_LANGUAGE
    time_zone: str = "Asia/Shanghai"
    platform: Platform = field(default_factory=Platform)
    terminal: Terminal = field(default_factory=Terminal)
    contract: Contract = field(default_factory=Contract)
    limits: Limits = field(default_factory=Limits)
    work: Work = field(default_factory=Work)
    alerts: Alerts = field(default_factory=Alerts)
    assessment: Assessment = field(default_factory=Assessment)
    path: Path | None = field(default=None, metadata={"internal": True})

    @property
    def zone(self) -> ZoneInfo:
        """The floor's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def data_dir(self) -> Path:
        """The folder of cache and journal: ``terminal.data_dir``, else $FLOORCTL_DATA_DIR, else the user's."""
        if self.terminal.data_dir:
            return Path(self.terminal.data_dir).expanduser()
        if from_env := os.environ.get("FLOORCTL_DATA_DIR"):
            return Path(from_env)
        from platformdirs import user_data_path

        return user_data_path("floorctl", appauthor=False)


def find(explicit: Path | None = None) -> Path | None:
    """Return the configuration file to read: ``explicit``, $FLOORCTL_CONFIG, ./floorctl.toml, the user's, or None."""
    if explicit is not None:
        return explicit
    if from_env := os.environ.get("FLOORCTL_CONFIG"):
        return Path(from_env)
    if (here := Path("floorctl.toml")).is_file():
        return here
    from platformdirs import user_config_path

    user = user_config_path("floorctl", appauthor=False) / "floorctl.toml"
    return user if user.is_file() else None


def load(explicit: Path | None = None, *, speak: Callable[[str], None] = lambda _language: None) -> Config:
    """Read and check the configuration; return the defaults if there is no file.

    ``speak`` is called with the file's language before the rest is checked, so that errors are reported in that
    language.

    Raises:
        UsageError: the file cannot be read, is not text (see ``floorctl.files.text``), is not TOML, has an unknown key
            (the message names the nearest known one) or a value of the wrong type or range.
    """
    path = find(explicit)
    if path is None:
        return Config()
    try:
        document = tomllib.loads(with_plain_lines(read(path, _LARGEST)))
    except tomllib.TOMLDecodeError as error:
        raise UsageError("error.config_not_toml", path=path, reason=str(error)) from error
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, lists in lists without end
        raise UsageError("error.config_not_toml", path=path, reason=t("config.endless")) from error
    except UsageError as error:
        if error.key == "error.file_unreadable":
            raise UsageError("error.config_unreadable", **error.params) from error
        if error.key in _NO_TEXT:
            reason = t(_NO_TEXT[error.key], line=error.params["line"])
            raise UsageError("error.config_not_toml", path=path, reason=reason) from error
        raise
    if isinstance(language := document.get("language"), str) and language in LANGUAGES:
        speak(language)
    return parse(document, path)


def parse(document: dict[str, Any], path: Path | None = None) -> Config:
    """Turn a TOML document into a checked Config (see ``load``)."""
    values = _section(Config, document, "", path)
    config = Config(**values, path=path)
    _check(config)
    if not config.platform.url:
        return config
    return replace(config, platform=replace(config.platform, url=address.read(config.platform.url, path).url))


def _section(kind: type, document: dict[str, Any], prefix: str, path: Path | None) -> dict[str, Any]:
    hints = get_type_hints(kind)
    known = {item.name for item in fields(kind) if not item.metadata.get("internal")}
    values: dict[str, Any] = {}
    for key, value in document.items():
        if key not in known:
            raise _unknown(prefix, key, path)
        wanted = hints[key]
        if is_dataclass(wanted) and isinstance(wanted, type):
            if not isinstance(value, dict):
                raise UsageError("error.config_not_table", path=path or "", key=prefix + key)
            values[key] = wanted(**_section(wanted, value, f"{prefix}{key}.", path))
        else:
            values[key] = _value(wanted, value, prefix + key, path)
    return values


def _unknown(prefix: str, key: str, path: Path | None) -> UsageError:
    """Return the error for an unknown key; it names the key probably meant, of any section, else all of this one."""
    names = {key for key, _ in _keys(Config)}
    at_home = {name.rpartition(".")[2]: name for name in names if name.rpartition(".")[0] == prefix.rstrip(".")}
    elsewhere = {name.rpartition(".")[2]: name for name in names}
    word = typed.plain(key)
    near = at_home.get(typed.like(word, at_home) or "") or elsewhere.get(word)
    where = {"path": path or "", "key": f"{prefix}{key}" if _BARE.fullmatch(key) else prefix + as_toml(key)}
    if near is not None:
        return UsageError("error.config_unknown_key", **where, near=near)
    known = [name.rpartition(".")[2] for name, _ in _keys(Config) if name in at_home.values()]
    return UsageError("error.config_unknown_key_at_all", **where, known=t("cli.list_comma").join(known))


def _keys(kind: type, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted name and the expected type of every key and section."""
    hints = get_type_hints(kind)
    for each in fields(kind):
        if each.metadata.get("internal"):
            continue
        wanted = hints[each.name]
        yield prefix + each.name, wanted
        if is_dataclass(wanted) and isinstance(wanted, type):
            yield from _keys(wanted, f"{prefix}{each.name}.")


def as_toml(value: object) -> str:
    """Return ``value`` in TOML syntax."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # JSON string escapes are valid TOML, except that JSON leaves DEL unescaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return f"[{', '.join(as_toml(each) for each in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {as_toml(each)}' for key, each in value.items())}}}"
    return str(value)


def _value(wanted: Any, value: Any, key: str, path: Path | None) -> Any:
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted == tuple[date, ...] and isinstance(value, list) and all(type(day) is date for day in value):
        return tuple(value)
    if isinstance(wanted, type) and type(value) is wanted:
        if key == "platform.url":
            value = address.tidy(str(value))
        if (isinstance(value, str) and _CONTROLS.search(value)) or (wanted is int and abs(value) >= _TOO_LARGE):
            raise UsageError("error.config_bad_value", path=path or "", key=key, value=_shown(key, value))
        return value
    raise UsageError("error.config_wrong_type", path=path or "", key=key, value=_shown(key, value))


def _shown(key: str, value: Any) -> str:
    """Return ``value`` in TOML syntax for an error message: without passwords of URLs, at most ``_TOLD`` characters."""
    is_address = key == "platform.url" and isinstance(value, str)
    told = as_toml(address.shown(value)) if is_address else _PASSWORD.sub("…@", as_toml(value))
    return told if len(told) <= _TOLD else told[: _TOLD - 1] + "…"


def _check(config: Config) -> None:
    durations = [f"limits.{item.name}" for item in fields(config.limits)]
    durations += ["terminal.lock_after", *(f"alerts.{name}" for name in _ALERT_DURATIONS)]
    for key, makes_sense in {**_MAKES_SENSE, **dict.fromkeys(durations, _is_duration)}.items():
        value: Any = config
        for name in key.split("."):
            value = getattr(value, name)
        if not makes_sense(value):
            raise UsageError("error.config_bad_value", path=config.path or "", key=key, value=_shown(key, value))
    if config.work.day_ends <= config.work.day_starts:
        raise UsageError(
            "error.config_bad_value", path=config.path or "", key="work.day_ends", value=as_toml(config.work.day_ends)
        )


def _is_duration(text: str) -> bool:
    try:
        return duration(text) <= _LONGEST
    except ValueError:
        return False


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False


def _is_price(text: str) -> bool:
    return re.fullmatch(r"\d{1,15}(\.\d{1,4})?", text, re.ASCII) is not None


_MAKES_SENSE: dict[str, Callable[[Any], bool]] = {
    "language": LANGUAGES.__contains__,
    "time_zone": _is_zone,
    # Comparisons are written so that NaN fails each of them.
    "platform.ca_file": lambda name: "://" not in name,
    "platform.timeout": lambda seconds: 0 < seconds <= 600,
    "terminal.key": ("auto", "keyring", "passphrase", "file").__contains__,
    "terminal.glyphs": ("auto", "unicode", "ascii").__contains__,
    "contract.price": _is_price,
    "work.due_soon_hours": lambda hours: 0 <= hours <= 1000,
    "alerts.queue_waiting": lambda calls: calls >= 0,
    "alerts.service_level_offered": lambda calls: calls >= 0,
    "alerts.resource_warning": lambda share: 0 < share <= 1,
    "alerts.reveals_a_day": lambda times: times >= 0,
    "alerts.exports_a_day": lambda times: times >= 0,
    "alerts.surge_ratio": lambda ratio: 0 < ratio <= 1000,
    "alerts.order_overdue_critical_days": lambda days: 0 <= days <= 3650,
    "assessment.service_ability_rounding": ("up", "down").__contains__,
    "assessment.partial_points": ("whole", "share").__contains__,
}
_ALERT_DURATIONS = ("dispatch_warning", "queue_waiting_for", "critical_full_screen_after")
