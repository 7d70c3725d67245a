"""Pages of the feed, made by hand, and caches and journals to store them in."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from floorctl.calendar import WorkCalendar
from floorctl.models.base import Entity, Ref
from floorctl.models.command import Command
from floorctl.sync.cache.cache import Cache
from floorctl.sync.journal.journal import Journal
from floorctl.sync.opening import connect
from floorctl.sync.outbox_item import new_command_id
from floorctl.sync.platform import wire
from tests.build import Entities, as_sent

KEY = bytes(range(32))
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
CALENDAR = WorkCalendar(ZONE)

_made = Entities(NOW)
order, alert, seat, shift, pause = _made.order, _made.alert, _made.seat, _made.shift, _made.pause
session = _made.session


def open_cache(folder: Path, key: bytes = KEY) -> Cache:
    return Cache.open(folder / "cache.db", key, CALENDAR)


def damaged_caches(folder: Path) -> list[Path]:
    """Return the caches that were set aside as damaged, without their logs."""
    return [file for file in folder.glob("cache.db.damaged-*") if not file.name.endswith(("-wal", "-shm"))]


def open_journal(folder: Path, key: bytes = KEY) -> Journal:
    return Journal.open(folder / "journal.db", key)


def torn_pages(folder: Path) -> list[str]:
    """Return a message for each page of the journal that does not verify."""
    with closing(connect(folder / "journal.db", KEY, durable=True, readonly=True)) as db:
        return [str(message) for (message,) in db.execute("PRAGMA cipher_integrity_check")]


def change(kind: str, id_: str, version: int, data: Entity | dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a change; without ``data`` a tombstone. A dictionary is sent as it is, valid or not."""
    found = {"kind": kind, "id": id_, "version": version, "deleted": data is None}
    return found if data is None else found | {"data": as_sent(data) if isinstance(data, Entity) else data}


def page(*changes: dict[str, Any], cursor: str = "c1", at: datetime = NOW) -> wire.Page:
    text = json.dumps(
        {"changes": changes, "next": cursor, "more": False, "server_time": at.isoformat()}, ensure_ascii=False
    )
    return wire.read_page(text.encode())


def command(kind: str, target: Ref, data: dict[str, Any], base_version: int | None = None) -> Command:
    return Command(id=new_command_id(), kind=kind, target=target, made_at=NOW, data=data, base_version=base_version)


def outcome(id_: str, version: int | None) -> wire.Outcome:
    return wire.Outcome(id=id_, applied_at=datetime.now(UTC), version=version)
