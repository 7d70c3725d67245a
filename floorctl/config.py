"""floorctl.toml: search path, keys with their defaults, and checks.

``load`` returns a frozen ``Config`` with one struct per section. msgspec checks keys, types and ranges as the structs
declare them; what a type cannot state is checked in ``parse``.
"""

import json
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta
from msgspec.structs import asdict, replace

from floorctl import address
from floorctl.calendar import SHIPPED_LIMITS, OrderLimits, WorkCalendar
from floorctl.errors import UsageError
from floorctl.files.text import read, with_plain_lines
from floorctl.i18n import DEFAULT_LANGUAGE, LANGUAGES, t
from floorctl.text import typed
from floorctl.text.durations import duration

#: Upper bound of a duration in seconds (ten years); can be added to a present date without overflow.
_LONGEST = 3650 * 86400
_NO_TEXT = {"error.file_not_text": "config.not_text", "error.file_damaged": "config.damaged"}
#: Upper bound of the file's size in bytes; a configuration with every key is about a hundredth of this.
_LARGEST = 1 << 20
#: User name and password of a URL, in any value.
_PASSWORD = re.compile(r"(?<=://)\S*@")
#: A key that TOML accepts without quotes.
_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: Maximal number of characters of a wrong value in an error message.
_SHOWN = 60
#: msgspec's messages: the key at their end, with the index in a list, and the start of those about a wrong type and
#: about a key that is missing.
_AT_KEY = re.compile(r" - at `\$\.([a-z_.\[\]\d]+)`\Z")
_WRONG_TYPE = re.compile(r"Expected `[\w |]+`, got `\w+`")
_MISSING_KEY = re.compile(r"Object missing required field `(\w+)`")
_UNKNOWN_KEY = "Object contains unknown field"
#: A step of a key: a name, or an index in a list.
_STEP = re.compile(r"[a-z_]+|(?<=\[)\d+(?=\])")


class Duration(str):
    """A duration as it is written in the file (``1h30m``), see ``floorctl.text.durations``."""

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return duration(self)

    @classmethod
    def checked(cls, text: str) -> Self:
        """Return ``text`` as a duration.

        Raises:
            ValueError: it is not a duration, or longer than ten years.
        """
        made = cls(text)
        if made.seconds > _LONGEST:
            raise ValueError
        return made


class TimeZone(str):
    """The name of a time zone."""

    @property
    def info(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self)

    @classmethod
    def checked(cls, text: str) -> Self:
        """Return ``text`` as the name of a time zone.

        Raises:
            ValueError: there is no such time zone.
        """
        try:
            ZoneInfo(text)
        except (KeyError, OSError) as error:
            raise ValueError from error
        return cls(text)


Language = Annotated[str, Meta(pattern=rf"\A({'|'.join(LANGUAGES)})\Z")]
#: Control characters are allowed in no name, path or command (NUL would cut a path short).
Text = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f-\x9f]*\Z")]
#: A file's path; a URL is none.
FilePath = Annotated[str, Meta(pattern=r"\A(?!.*://)[^\x00-\x1f\x7f-\x9f]*\Z")]
#: An amount of yuan.
Price = Annotated[str, Meta(pattern=r"\A[0-9]{1,15}(\.[0-9]{1,4})?\Z")]
Glyphs = Literal["auto", "unicode", "ascii"]
#: TOML's integers have 64 bits.
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the file's sections."""


class Platform(Section, frozen=True):
    """``[platform]``: its URL, requests' ``timeout`` in seconds, and a private CA's certificate (``ca_file``)."""

    url: str = ""
    timeout: Annotated[float, Meta(gt=0, le=600)] = 10
    ca_file: FilePath = ""


class Terminal(Section, frozen=True):
    """``[terminal]``: this computer. ``key``: where the databases' key is kept: auto, keyring, passphrase or file.

    auto uses the OS keyring where there is one, else asks for a passphrase. ``lock_after`` 0: the cockpit never locks.
    ``glyphs``: which characters may be drawn, see ``floorctl.tty.glyphs``.
    """

    name: Text = ""
    data_dir: Text = ""
    lock_after: Duration = Duration("10m")
    bell: bool = True
    key: Literal["auto", "keyring", "passphrase", "file"] = "auto"
    player: Text = ""
    glyphs: Glyphs = "auto"


class Contract(Section, frozen=True):
    """``[contract]``: first day of the contract year, and the price in yuan ("0": unknown)."""

    start: date = date(2026, 1, 1)
    price: Price = "0"


class Limits(Section, frozen=True):
    """``[limits]``: how long a seat may be in a state before it is marked."""

    talking_warning: Duration = Duration("10m")
    talking_alert: Duration = Duration("15m")
    wrap_up: Duration = Duration("2m")
    pause: Duration = Duration("15m")
    meal: Duration = Duration("45m")
    not_ready: Duration = Duration("5m")
    ringing: Duration = Duration("15s")


class Work(Section, frozen=True):
    """``[work]``: the departments' working hours, and exceptions to the built-in holiday calendar.

    ``accept_hours``: working hours within which a department signs an order in.
    """

    day_starts: time = time(9, 0)
    day_ends: time = time(17, 0)
    due_soon_hours: Annotated[float, Meta(ge=0, le=1000)] = 4
    accept_hours: Annotated[float, Meta(gt=0, le=1000)] = 8
    holidays: tuple[date, ...] = ()
    extra_workdays: tuple[date, ...] = ()


#: Working days that a department may have.
Days = Annotated[int, Meta(ge=1, le=1000)]


class OrderLimit(Section, frozen=True, kw_only=True, rename={"begins": "from"}):
    """``[[order_limits]]``: the departments' time for orders received from a day on, in working days by type.

    ``begins`` is ``from`` in the file; one row may be without it. ``special_urgent`` is calendar time.
    """

    begins: date | None = None
    source: Text = ""
    inquiry: Days
    help: Days
    suggestion: Days
    opinion: Days
    complaint: Days
    report: Days
    special: Days = 2
    special_urgent: Duration = Duration("24h")

    @property
    def limits(self) -> OrderLimits:
        """The row as the calendar has it."""
        types = {name: getattr(self, name) for name in _TYPES}
        urgent = timedelta(seconds=self.special_urgent.seconds)
        return OrderLimits(self.begins, self.source, types, self.special, urgent)


_TYPES = ("inquiry", "help", "suggestion", "opinion", "complaint", "report")


class Orders(Section, frozen=True):
    """``[orders]``: how long our own decisions on orders may take."""

    return_within: Duration = Duration("24h")


class Alerts(Section, frozen=True):
    """``[alerts]``: thresholds of the alert rules that this terminal evaluates on its cache."""

    raise_here: bool = True
    dispatch_warning: Duration = Duration("30m")
    queue_waiting: Count = 10
    queue_waiting_for: Duration = Duration("60s")
    service_level_offered: Count = 20
    resource_warning: Annotated[float, Meta(gt=0, le=1)] = 0.9
    surge_ratio: Annotated[float, Meta(gt=0, le=1000)] = 1.5
    order_overdue_critical_days: Annotated[int, Meta(ge=0, le=3650)] = 3
    reveals_a_day: Count = 50
    exports_a_day: Count = 20
    critical_full_screen_after: Duration = Duration("5m")
    quiet_hours_start: time = time(22, 0)
    quiet_hours_end: time = time(7, 0)


class MissedCalls(Section, frozen=True):
    """``[missed_calls]``: by when missed calls are called back, how often, and the hours in which people are called."""

    within: Duration = Duration("2h")
    again_after: Duration = Duration("30m")
    tries: Annotated[int, Meta(ge=1, le=100)] = 3
    day_starts: time = time(8, 0)
    day_ends: time = time(21, 0)


#: The words that make a hot spot critical where the configuration has none.
_FATAL_WORDS = tuple((Path(__file__).parent / "data" / "fatal_words.txt").read_text("utf-8").split())


class HotSpots(Section, frozen=True):
    """``[hot_spots]``: a hot spot is critical where one of ``words`` stands in one of its orders."""

    words: tuple[Text, ...] = _FATAL_WORDS


class Assessment(Section, frozen=True):
    """``[assessment]``: which interpretation applies where the contract is ambiguous."""

    service_ability_rounding: Literal["up", "down"] = "up"
    partial_points: Literal["whole", "share"] = "whole"


class Settings(Section, frozen=True):
    """The content of floorctl.toml."""

    language: Language = DEFAULT_LANGUAGE
    time_zone: TimeZone = TimeZone("Asia/Shanghai")
    platform: Platform = Platform()
    terminal: Terminal = Terminal()
    contract: Contract = Contract()
    limits: Limits = Limits()
    work: Work = Work()
    orders: Orders = Orders()
    alerts: Alerts = Alerts()
    missed_calls: MissedCalls = MissedCalls()
    hot_spots: HotSpots = HotSpots()
    assessment: Assessment = Assessment()
    order_limits: tuple[OrderLimit, ...] = tuple(
        msgspec.convert({"from": row.begins, "source": row.source, **row.working_days}, OrderLimit)
        for row in SHIPPED_LIMITS
    )


class Config(Settings, frozen=True):
    """The settings in use. ``path``: the file that they were read from; None if there was none."""

    path: Path | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The floor's time zone."""
        return self.time_zone.info

    def work_calendar(self) -> WorkCalendar:
        """Make the departments' calendar: ``[work]`` and ``[[order_limits]]``."""
        work, limits = self.work, [row.limits for row in self.order_limits]
        return WorkCalendar(
            self.zone, work.day_starts, work.day_ends, work.holidays, work.extra_workdays, order_limits=limits
        )

    @property
    def data_dir(self) -> Path:
        """The folder of cache and journal: ``terminal.data_dir``, else $FLOORCTL_DATA_DIR, else the user's."""
        if self.terminal.data_dir:
            return Path(self.terminal.data_dir).expanduser()
        if from_env := os.environ.get("FLOORCTL_DATA_DIR"):
            return Path(from_env)
        from platformdirs import user_data_path

        return user_data_path("floorctl", appauthor=False)


_DEFAULTS = Settings()
#: The keys that are lists of tables, each with one of its tables.
_LISTS: dict[str, Section] = {"order_limits": _DEFAULTS.order_limits[0]}


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
    try:
        settings = msgspec.convert(document, Settings, builtin_types=(date, time), dec_hook=_from_text)
    except msgspec.ValidationError as error:
        raise _explained(str(error), document, path) from error
    config = Config(**asdict(settings), path=path)
    # Two keys together: no type of either.
    if config.work.day_ends <= config.work.day_starts:
        raise _wrong("bad_value", "work.day_ends", config.work.day_ends, path)
    if config.missed_calls.day_ends <= config.missed_calls.day_starts:
        raise _wrong("bad_value", "missed_calls.day_ends", config.missed_calls.day_ends, path)
    _check_limits(config, path)
    # Not by a type: the reason (no TLS, a user name in it) has a sentence of its own, which names the file.
    url = address.tidy(config.platform.url)
    url = url and address.read(url, path).url
    return replace(config, platform=replace(config.platform, url=url))


def _check_limits(config: Config, path: Path | None) -> None:
    """Check what no type of a row states: there are rows, no two begin on one day, and urgent orders have some time.

    Raises:
        UsageError: one of these does not hold.
    """
    rows = config.order_limits
    if not rows:
        raise _wrong("bad_value", "order_limits", [], path)
    begun: set[date | None] = set()
    for number, row in enumerate(rows, 1):
        if row.begins in begun:
            if row.begins is None:
                raise UsageError("error.config_missing_key", path=path or "", key=f"order_limits[{number}].from")
            raise _wrong("bad_value", f"order_limits[{number}].from", row.begins, path)
        if row.special_urgent.seconds <= 0:
            raise _wrong("bad_value", f"order_limits[{number}].special_urgent", row.special_urgent, path)
        begun.add(row.begins)


def _from_text(kind: type[Duration | TimeZone], value: object) -> Duration | TimeZone:
    """Return ``value`` as one of the types that msgspec does not know (its ``dec_hook``).

    Raises:
        ValueError: it is not text, or not the text of such a value.
    """
    if not isinstance(value, str):
        raise ValueError(f"Expected `str`, got `{type(value).__name__}`")  # noqa: TRY004  msgspec adds the key to it
    return kind.checked(value)


def _explained(message: str, document: Any, path: Path | None) -> UsageError:
    """Return the error for a message of msgspec: which key, what is wrong with its value, which keys there are."""
    if message.startswith(_UNKNOWN_KEY):
        return _unknown(*next(_unknown_keys(document)), path)
    at_key = _AT_KEY.search(message)
    key, value = _looked_up(at_key[1] if at_key else "", document)
    if missing := _MISSING_KEY.match(message):
        return UsageError("error.config_missing_key", path=path or "", key=f"{key}.{missing[1]}")
    if not _WRONG_TYPE.match(message):
        return _wrong("bad_value", key, value, path)
    if isinstance(getattr(_DEFAULTS, key, None), Section):
        return UsageError("error.config_not_table", path=path or "", key=key)
    return _wrong("wrong_type", key, value, path)


def _looked_up(at: str, document: Any) -> tuple[str, Any]:
    """Return the key that msgspec names, and its value: ``order_limits[0].help`` is ``order_limits[1].help`` to people.

    A list of plain values is one value; only tables are counted.
    """
    key, value = "", document
    for step in _STEP.findall(at):
        if not step.isdigit():
            key, value = f"{key}.{step}" if key else step, value[step]
        elif key in _LISTS:
            key, value = f"{key}[{int(step) + 1}]", value[int(step)]
    return key, value


def _wrong(error: str, key: str, value: Any, path: Path | None) -> UsageError:
    """Return the error ``error.config_bad_value`` or ``error.config_wrong_type`` for the value of a key."""
    return UsageError(f"error.config_{error}", path=path or "", key=key, value=_shown(key, value))


def _unknown_keys(
    document: dict[str, Any], section: Section = _DEFAULTS, prefix: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the keys of ``document`` that the file cannot have: section (with a dot) and name, in the file's order."""
    for key, value in document.items():
        if key not in section.__struct_encode_fields__:
            yield prefix, key
        elif key in _LISTS:
            for number, row in enumerate(value, 1):
                yield from _unknown_keys(row, _LISTS[key], f"{key}[{number}].")
        elif isinstance(inner := getattr(section, key, None), Section):
            yield from _unknown_keys(value, inner, f"{key}.")


def _unknown(prefix: str, key: str, path: Path | None) -> UsageError:
    """Return the error for an unknown key; it names the key probably meant, of any section, else all of this one."""
    home = prefix.rstrip(".").partition("[")[0]
    at_home = {name.rpartition(".")[2]: name for name in _keys() if name.rpartition(".")[0] == home}
    elsewhere = {name.rpartition(".")[2]: name for name in _keys()}
    word = typed.plain(key)
    near = at_home.get(typed.like(word, at_home) or "") or elsewhere.get(word)
    where = {"path": path or "", "key": f"{prefix}{key}" if _BARE.fullmatch(key) else prefix + as_toml(key)}
    if near is not None:
        return UsageError("error.config_unknown_key", **where, near=near)
    return UsageError("error.config_unknown_key_at_all", **where, known=t("cli.list_comma").join(at_home))


def _keys() -> Iterator[str]:
    """Yield the dotted name of every key and section."""
    for name in _DEFAULTS.__struct_fields__:
        yield name
        section = _LISTS.get(name, getattr(_DEFAULTS, name))
        if isinstance(section, Section):
            yield from (f"{name}.{key}" for key in section.__struct_encode_fields__)


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
        return f"[{', '.join(as_toml(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {as_toml(item)}' for key, item in value.items())}}}"
    return str(value)


def _shown(key: str, value: Any) -> str:
    """Return ``value`` in TOML syntax for an error message: without passwords, at most ``_SHOWN`` characters."""
    is_address = key == "platform.url" and isinstance(value, str)
    text = as_toml(address.shown(value)) if is_address else _PASSWORD.sub("…@", as_toml(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
