"""What changed is told with the rows that were decoded when it came, as long as they are the newest that is known."""

import asyncio
from typing import Any

import msgspec
import pytest

from floorctl.floor.read_model import ReadModel
from floorctl.models.base import Held
from floorctl.models.floor import Seat
from floorctl.sync.batch import Batch, Removed
from floorctl.sync.cache.file import CacheFile
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.engine.notifier import Notifier
from floorctl.sync.platform import wire
from tests.sync.hostile_platform import HostilePlatform
from tests.sync.storage import CALENDAR, seat
from tests.sync.syncing import SyncTerminal, until

MADE = seat()


class Counted:
    """Wraps a decoder and counts what it decodes."""

    def __init__(self, decoder: Any) -> None:
        self.number = 0
        self._decoder = decoder

    def decode(self, data: Any) -> Any:
        self.number += 1
        return self._decoder.decode(data)


@pytest.mark.still_time
async def test_a_seats_change_is_decoded_once_and_read_back_from_no_disk(
    platform: HostilePlatform, terminal: SyncTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await platform.put("seat", "s-1", msgspec.to_builtins(seat()))
    model = ReadModel(terminal.cache, terminal.journal, CALENDAR)

    def zone() -> str:
        shown = model.value(Seat, "s-1")
        return "" if shown is None else shown.zone

    async with terminal.syncing(on_changed=model.apply):
        await until(lambda: terminal.mode == "live" and zone())
        decoder, read, reads = Counted(wire._entities["seat"]), CacheFile.read, []
        monkeypatch.setitem(wire._entities, "seat", decoder)
        monkeypatch.setattr(CacheFile, "read", lambda self, work: reads.append(work) or read(self, work))
        await platform.put("seat", "s-1", msgspec.to_builtins(seat(zone="Z区")))
        await until(lambda: zone() == "Z区")
    assert decoder.number == 1
    assert reads == []


def test_of_several_rows_of_an_entity_the_last_stays() -> None:
    batch = Batch({"seat": {"a"}}, {"seat": {"a": Held("a", 1, MADE)}})
    batch.add(Batch({"seat": {"a", "b"}}, {"seat": {"a": Removed(2), "b": Held("b", 1, MADE)}}))
    assert batch.ids == {"seat": {"a", "b"}}
    assert batch.rows == {"seat": {"a": Removed(2), "b": Held("b", 1, MADE)}}


def test_a_later_change_without_its_row_has_the_entity_read() -> None:
    batch = Batch({"seat": {"a", "b"}}, {"seat": {"a": Held("a", 1, MADE), "b": Held("b", 1, MADE)}})
    batch.add(Batch({"seat": {"a"}}))
    assert batch.ids == {"seat": {"a", "b"}}
    assert batch.rows == {"seat": {"b": Held("b", 1, MADE)}}


def test_that_any_of_a_kind_may_have_changed_outlives_later_changes() -> None:
    batch = Batch({"seat": set()})
    batch.add(Batch({"seat": {"a"}}, {"seat": {"a": Held("a", 1, MADE)}}))
    assert batch == Batch({"seat": set()})


@pytest.mark.still_time
async def test_rows_of_data_that_was_deleted_are_not_reported() -> None:
    told: list[Any] = []

    def status(_status: ConnectionStatus) -> None: ...

    notifier = Notifier(told.append, lambda: told.append("missed"), status)
    notifier.changed(Batch({"seat": {"a"}}, {"seat": {"a": Held("a", 9, MADE)}}))
    notifier.missed()
    await notifier.flush()
    await asyncio.to_thread(notifier.close)
    assert told == ["missed"]
