"""The checks of ``doctor``. None changes anything, apart from what opening the floor changes."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from floorctl.errors import FloorctlError
from floorctl.floor.command_words import broken_words
from floorctl.i18n import t, term
from floorctl.text.errors import system_words
from floorctl.text.numbers import milliseconds, tenths

if TYPE_CHECKING:
    from floorctl.cli.invocation import Invocation
    from floorctl.config import Config
    from floorctl.floor.floor import Floor

Level = Literal["ok", "warn", "fail"]

#: Seconds of difference to the platform's clock above which a warning is given.
_CLOCK_OFF = 5.0
_SMALLEST_TERMINAL = (80, 24)
#: The most contradictions in one sentence; a platform that counts wrong does so in every quarter hour.
_MOST_NAMED = 20
#: The month in which the next year's holidays are named.
_NAMED_IN = 11
#: Bytes of one page of a database: a smaller file is not a database.
_SMALLEST = 4096


@dataclass(frozen=True)
class Check:
    """The result of one check. ``key`` is the catalogue key of its sentence."""

    name: str
    level: Level
    key: str
    params: dict[str, Any] = field(default_factory=dict)

    def sentence(self) -> str:
        """The result as a sentence in the current language."""
        params = dict(self.params)
        if isinstance(reason := params.get("reason"), str):
            params["reason"] = system_words(reason)
        return t(self.key, **params)


def examine(run: Invocation) -> Iterator[Check]:
    """Run all checks; yield each result at once."""
    try:
        config = run.config
    except FloorctlError as error:
        yield _failed("config", error)
        yield terminal(run)
        yield glyphs(run)
        return
    yield (
        Check("config", "ok", "cli.doctor.config.none")
        if config.path is None
        else Check("config", "ok", "cli.doctor.config.file", {"path": config.path})
    )
    yield from _data(config)
    try:
        floor = run.floor()
    except FloorctlError as error:
        yield _failed("floor", error)
    else:
        try:
            yield _set_aside(floor)
            yield _figures(floor)
            yield _signed_in(floor)
            yield _outbox(floor)
        finally:
            floor.close()
    yield from _platform(config)
    yield _holidays(config)
    yield terminal(run)
    yield glyphs(run, config.terminal.glyphs)


def _failed(name: str, error: FloorctlError) -> Check:
    return Check(name, "fail", error.key, dict(error.params))


def _data(config: Config) -> Iterator[Check]:
    folder = config.data_dir
    try:
        found = folder.stat()
    except FileNotFoundError:
        yield Check("data", "ok", "cli.doctor.data.none", {"path": folder})
        return
    except OSError as error:
        yield Check("data", "fail", "cli.doctor.data.unreadable", {"path": folder, "reason": error.strerror or ""})
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Check("data", "fail", "cli.doctor.data.unwritable", {"path": folder})
        return
    found_unfit = False
    for check in _file_system(folder):
        found_unfit = found_unfit or check.level == "fail"
        yield check
    loose = [each.name for each in sorted(folder.iterdir()) if each.is_file() and _open_to_others(each)]
    if loose:
        yield Check(
            "data", "warn", "cli.doctor.data.files_open", {"path": folder, "files": t("cli.list_comma").join(loose)}
        )
    elif stat.S_IMODE(found.st_mode) & 0o077:
        yield Check("data", "warn", "cli.doctor.data.open", {"path": folder})
    else:
        yield Check("data", "ok", "cli.doctor.data.good", {"path": folder})
    # A database may be a link; its logs are in the folder of the link's target.
    folders = {folder, *(Path(os.path.realpath(folder / f"{name}.db")).parent for name in ("journal", "cache"))}
    if aside := sorted({_named(log, folder) for each in folders for log in each.glob("*.db-*.aside-*")}):
        yield Check("logs", "warn", "cli.doctor.logs.aside", {"path": folder, "files": t("cli.list_comma").join(aside)})
    if (folder / "data.key.place").exists() and not found_unfit:  # without locks, opening would hang
        yield from _databases(config)


def _named(file: Path, folder: Path) -> str:
    return file.name if file.parent == folder else str(file)


def _file_system(folder: Path) -> Iterator[Check]:
    from floorctl.sync.locks import unfit_error
    from floorctl.sync.machine import shared_kind

    if (lacks := unfit_error(folder)) is not None:
        yield _failed("data", lacks)
    elif kind := shared_kind(folder):
        yield Check("data", "warn", "cli.doctor.data.shared", {"path": folder, "kind": kind})


def _open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _databases(config: Config) -> Iterator[Check]:
    from floorctl.cli.invocation import ask_passphrase
    from floorctl.sync.keys.data_key import data_key
    from floorctl.sync.keys.keys import MARKER_FILE

    folder = config.data_dir
    try:
        key = data_key(folder, config.terminal.key, ask_passphrase)
    except FloorctlError as error:
        yield _failed("key", error)
        return
    where = (folder / MARKER_FILE).read_text("ascii").split()[0]
    yield Check("key", "ok", f"cli.doctor.key.{where}")
    for name in ("journal", "cache"):
        if os.path.lexists(folder / f"{name}.db"):
            yield _database(name, folder / f"{name}.db", key)


def _database(name: str, path: Path, key: bytes) -> Check:
    from floorctl.sync.cache.file import SCHEMA as CACHE_SCHEMA
    from floorctl.sync.opening import check_place, connect
    from floorctl.sync.sqlite import readable_errors

    try:
        check_place(path)
        if path.stat().st_size < _SMALLEST:
            return Check(name, "fail", f"cli.doctor.{name}.damaged", {"path": path})
        with readable_errors(path):
            db = connect(path, key, durable=name == "journal", readonly=True)
            try:
                torn = db.execute("PRAGMA cipher_integrity_check").fetchall()
                sound = not torn and db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
                schema = int(db.execute("PRAGMA user_version").fetchone()[0])
            finally:
                db.close()
    except FloorctlError as error:
        return _failed(name, error)
    if not sound:
        return Check(name, "fail", f"cli.doctor.{name}.damaged", {"path": path})
    if name == "cache" and schema != CACHE_SCHEMA:
        return Check(name, "warn", "cli.doctor.cache.old", {"schema": schema, "current": CACHE_SCHEMA})
    size = tenths(Fraction(path.stat().st_size, 1_048_576))
    return Check(name, "ok", "cli.doctor.database.good", {"size": size, "schema": schema})


def _set_aside(floor: Floor) -> Check:
    found = floor.outbox.set_aside()
    if not found:
        return Check("entities", "ok", "cli.doctor.entities.good")
    first = found[0]
    params = {"n": len(found), "kind": term("kind", first.kind), "id": first.id, "reason": broken_words(first.reason)}
    return Check("entities", "warn", "cli.doctor.entities.set_aside", params)


def _figures(floor: Floor) -> Check:
    found = floor.outbox.contradictions()
    if not found:
        return Check("figures", "ok", "cli.doctor.figures.good")
    named = [each.sentence() for each in found[:_MOST_NAMED]] + ["…"] * (len(found) > _MOST_NAMED)
    which = t("cli.list_semicolon").join(named)
    return Check("figures", "warn", "cli.doctor.figures.contradict", {"n": len(found), "which": which})


def _signed_in(floor: Floor) -> Check:
    person = floor.session.person
    if person is None:
        return Check("session", "warn", "cli.doctor.session.nobody")
    if not floor.session.at_configured_platform():
        return Check("session", "warn", "cli.doctor.session.elsewhere", {"name": person.name})
    until = person.expires_at.astimezone(floor.config.zone).strftime("%Y-%m-%d %H:%M")
    if person.expires_at <= floor.now():
        return Check("session", "warn", "cli.doctor.session.expired", {"name": person.name, "until": until})
    return Check("session", "ok", "cli.doctor.session.good", {"name": person.name, "until": until})


def _outbox(floor: Floor) -> Check:
    status = floor.status.connection()
    parked = status.refused + status.conflicts
    if parked:
        return Check("outbox", "warn", "cli.doctor.outbox.parked", {"n": parked, "waiting": status.waiting})
    if status.waiting:
        return Check("outbox", "warn", "cli.doctor.outbox.waiting", {"n": status.waiting})
    return Check("outbox", "ok", "cli.doctor.outbox.good")


def _platform(config: Config) -> Iterator[Check]:
    if not config.platform.url:
        yield Check("platform", "warn", "cli.doctor.platform.none")
        return
    yield from _way(config)
    try:
        offset, trip = asyncio.run(_ask(config))
    except FloorctlError as error:
        yield _failed("platform", error)
        return
    how = "tls" if config.platform.url.startswith("https:") else "plain"
    params = {"url": config.platform.url, "ms": milliseconds(trip)}
    yield Check("platform", "ok", f"cli.doctor.platform.{how}", params)
    if offset is None:
        return
    seconds = tenths(abs(offset).total_seconds())
    if abs(offset).total_seconds() > _CLOCK_OFF:
        yield Check("clock", "warn", "cli.doctor.clock.off", {"seconds": seconds})
    else:
        yield Check("clock", "ok", "cli.doctor.clock.good", {"seconds": seconds})


def _way(config: Config) -> Iterator[Check]:
    """The route to the platform, and warnings about proxy variables of the environment that are invalid."""
    from floorctl import address
    from floorctl.sync.platform.route import route

    way = route(address.read(config.platform.url))
    for each in way.skipped:
        params = {"variable": each.variable, "value": each.value}
        yield Check("proxy", "warn", f"cli.doctor.proxy.bad_{each.why}", params)
    proxy = "" if way.proxy is None else way.proxy.authority
    params = {"proxy": proxy, "variable": way.variable, "entry": way.entry}
    yield Check("way", "ok", f"cli.doctor.way.{way.why}", params)


async def _ask(config: Config) -> tuple[timedelta | None, float]:
    """The difference of this machine's clock to the platform's (None: not known), and the round trip in seconds."""
    import time

    from floorctl.floor.platform_client import platform_client
    from floorctl.sync.platform.errors import Unauthorized

    client = platform_client(config, _token(config))
    began = time.monotonic()
    try:
        session = await client.who_am_i()
    except Unauthorized:
        return None, time.monotonic() - began  # it answers as the contract says, which is all that was checked
    finally:
        await client.close()
    trip = time.monotonic() - began
    return datetime.now(UTC) - timedelta(seconds=trip / 2) - session.server_time, trip


def _token(config: Config) -> str | None:
    from floorctl.cli.invocation import ask_passphrase
    from floorctl.sync.journal.journal import Journal
    from floorctl.sync.keys.data_key import data_key

    path = config.data_dir / "journal.db"
    if not path.exists():
        return None
    try:
        journal = Journal.open(path, data_key(config.data_dir, config.terminal.key, ask_passphrase))
    except FloorctlError:
        return None
    try:
        session = journal.session()
        return session.token_for(config.platform.url) if session else None
    finally:
        journal.close()


def _holidays(config: Config) -> Check:
    return holidays(config, datetime.now(config.zone).date())


def holidays(config: Config, today: date) -> Check:
    """Check that the holidays of this year are known, and from November on those of the next.

    The State Council names the next year's in November, and limits set at the end of a year reach into the next.
    """
    calendar = config.work_calendar()
    for year in (today.year, today.year + 1):
        calendar.is_working_day(today.replace(year=year, month=1, day=2))
    unknown = sorted(calendar.unknown_years)
    if today.year in unknown:
        return Check("holidays", "warn", "cli.doctor.holidays.unknown", {"year": today.year})
    if unknown and today.month >= _NAMED_IN:
        return Check("holidays", "warn", "cli.doctor.holidays.next_due", {"year": unknown[0]})
    if unknown:
        return Check("holidays", "ok", "cli.doctor.holidays.next_unknown", {"year": unknown[0]})
    return Check("holidays", "ok", "cli.doctor.holidays.good", {"year": today.year + 1})


def glyphs(run: Invocation, chosen: str = "auto") -> Check:
    """How wide the terminal draws characters of ambiguous width; ``chosen``: the setting ``terminal.glyphs``.

    The terminal is queried where answers are written, so not with ``--json``, which must print only the document.
    """
    from floorctl.tty.width import measured

    cells = None if run.output.json else measured()
    if cells is None:
        return Check("glyphs", "ok", "cli.doctor.glyphs.unknown")
    if cells == 1:
        return Check("glyphs", "ok", "cli.doctor.glyphs.one")
    return Check("glyphs", "ok" if chosen == "ascii" else "warn", f"cli.doctor.glyphs.two.{chosen}")


def terminal(run: Invocation) -> Check:
    """Check the terminal's encoding, size and colours."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding != "utf8":
        return Check("terminal", "fail", "cli.doctor.terminal.encoding", {"encoding": sys.stdout.encoding or "?"})
    if not sys.stdout.isatty():
        return Check("terminal", "ok", "cli.doctor.terminal.none")
    size = os.get_terminal_size(sys.stdout.fileno())
    params = {"columns": size.columns, "lines": size.lines, "colors": run.output.console.color_system or "0"}
    if size.columns < _SMALLEST_TERMINAL[0] or size.lines < _SMALLEST_TERMINAL[1]:
        return Check("terminal", "warn", "cli.doctor.terminal.small", params)
    return Check("terminal", "ok", "cli.doctor.terminal.good", params)
