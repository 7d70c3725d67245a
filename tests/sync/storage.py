"""Pages of the feed, made by hand, and places to keep them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from floorctl.models import Command, Ref
from floorctl.sync import wire
from floorctl.sync.cache import Cache
from floorctl.sync.journal import Journal, new_command_id
from floorctl.worktime import WorkCalendar

KEY = bytes(range(32))
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
CALENDAR = WorkCalendar(ZONE)


def open_cache(folder: Path, key: bytes = KEY) -> Cache:
    return Cache.open(folder / "cache.db", key, CALENDAR)


def open_journal(folder: Path, key: bytes = KEY) -> Journal:
    return Journal.open(folder / "journal.db", key)


def change(kind: str, id_: str, version: int, data: Any = None) -> dict[str, Any]:
    """A change, or a tombstone where there is no data."""
    found = {"kind": kind, "id": id_, "version": version, "deleted": data is None}
    return found if data is None else found | {"data": data}


def page(*changes: dict[str, Any], cursor: str = "c1", at: datetime = NOW) -> wire.Page:
    text = json.dumps(
        {"changes": changes, "next": cursor, "more": False, "server_time": at.isoformat()}, ensure_ascii=False
    )
    return wire.read_page(text.encode())


def order(n: int = 1, /, **fields: Any) -> dict[str, Any]:
    found = {
        "number": f"{n:012d}",
        "line": "12345",
        "channel": "phone",
        "type": "help",
        "urgency": "normal",
        "state": "received",
        "title": "小区门口路灯不亮",
        "received_at": (NOW - timedelta(hours=1)).isoformat(),
    }
    return found | fields


def alert(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "other",
        "severity": "warning",
        "title": "排队激增",
        "subject": {"kind": "queue", "id": "q-12345"},
        "raised_at": NOW.isoformat(),
        "state": "open",
        "steps": [],
    } | fields


def seat(**fields: Any) -> dict[str, Any]:
    return {
        "number": "01",
        "zone": "A区",
        "kind": "general",
        "state": "ready",
        "since": NOW.isoformat(),
        "skills": ["q-12345"],
    } | fields


def command(kind: str, target: Ref, data: dict[str, Any], base_version: int | None = None) -> Command:
    return Command(id=new_command_id(), kind=kind, target=target, made_at=NOW, data=data, base_version=base_version)


def outcome(id_: str, version: int | None) -> wire.Outcome:
    return wire.Outcome(id=id_, applied_at=datetime.now(UTC), version=version)
