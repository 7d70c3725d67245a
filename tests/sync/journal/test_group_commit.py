"""Writes that go to the disk together: each for itself whole, all of them behind one commit."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from floorctl.errors import FloorctlError, NotFoundError
from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.sync.engine.group_commit import GroupCommit
from floorctl.sync.engine.link import Disk
from floorctl.sync.journal.journal import Journal
from floorctl.sync.opening import connect
from floorctl.sync.outbox_item import new_command_id
from tests.sync.storage import KEY, NOW


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal.open(tmp_path / "journal.db", KEY)
    yield journal
    journal.close()


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk("test")
    yield disk
    disk.close()


def commits(folder: Path) -> int:
    """Return the number of commits in the write-ahead log: its frames that state the size of the database."""
    log = (folder / "journal.db-wal").read_bytes()
    page, salts = int.from_bytes(log[8:12], "big"), log[16:24]
    frames = (log[at : at + 24] for at in range(32, len(log), 24 + page))
    return sum(frame[4:8] != bytes(4) and frame[8:16] == salts for frame in frames)


def made(journal: Journal, number: int) -> str:
    command = Command(
        id=new_command_id(),
        kind="order.problem",
        target=Ref("order", f"o-{number}"),
        made_at=NOW,
        data={"problem": "无"},
        base_version=None,
    )
    return journal.append(command, by="p-1001").id


def states(journal: Journal, ids: list[str]) -> list[str]:
    return [item.state if (item := journal.get(each)) else "gone" for each in ids]


def test_of_several_writes_one_that_raises_has_not_happened_and_the_others_have(journal: Journal) -> None:
    ids = [made(journal, n) for n in range(3)]
    calls: list[Callable[[], bytes]] = [partial(journal.claim, each, None) for each in (ids[0], "nobody's", ids[2])]
    first, missing, last = journal.write_together(calls)
    assert isinstance(missing, NotFoundError)
    assert isinstance(first, bytes)
    assert ids[2].encode() in last  # type: ignore[operator]
    assert states(journal, ids) == ["sending", "waiting", "sending"]


def test_a_write_that_fails_half_way_leaves_nothing_of_itself_behind(journal: Journal, tmp_path: Path) -> None:
    ids = [made(journal, n) for n in range(2)]
    with closing(connect(tmp_path / "journal.db", KEY, durable=True)) as db:
        # What happens to a command is written behind what it is now.
        when = "AFTER INSERT ON event WHEN NEW.command_seq = 1"
        db.execute(f"CREATE TRIGGER full {when} BEGIN SELECT RAISE(ABORT, 'full'); END")
    failed, claimed = journal.write_together([partial(journal.claim, each, None) for each in ids])
    assert isinstance(failed, FloorctlError)
    assert isinstance(claimed, bytes)
    assert states(journal, ids) == ["waiting", "sending"]


def test_where_the_transaction_fails_as_a_whole_none_of_its_writes_has_happened(journal: Journal) -> None:
    ids = [made(journal, n) for n in range(2)]

    def broken() -> bytes:
        raise ZeroDivisionError

    calls: list[Callable[[], bytes]] = [partial(journal.claim, ids[0], None), broken]
    with pytest.raises(ZeroDivisionError):
        journal.write_together(calls)
    assert states(journal, ids) == ["waiting", "waiting"]
    assert isinstance(journal.claim(ids[1], None), bytes)


async def test_writes_that_come_while_the_disk_is_busy_share_one_commit(
    journal: Journal, disk: Disk, tmp_path: Path
) -> None:
    ids = [made(journal, n) for n in range(37)]
    with closing(connect(tmp_path / "journal.db", KEY, durable=True)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ids += [made(journal, n) for n in range(3)]
    assert commits(tmp_path) == 3, "one each"
    together = GroupCommit(journal, disk)
    bodies = await asyncio.gather(*(together(partial(journal.claim, each, None)) for each in ids))
    assert all(each.encode() in body for each, body in zip(ids, bodies, strict=True))
    assert 4 <= commits(tmp_path) <= 5
    assert set(states(journal, ids)) == {"sending"}


async def test_what_one_write_raises_reaches_the_one_who_asked_and_nobody_else(journal: Journal, disk: Disk) -> None:
    ids = [made(journal, 1), "nobody's", made(journal, 2)]
    together = GroupCommit(journal, disk)
    asked = (together(partial(journal.claim, each, None)) for each in ids)
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in results] == [bytes, NotFoundError, bytes]


async def test_nobody_who_stops_waiting_keeps_a_write_from_happening(journal: Journal, disk: Disk) -> None:
    id_ = made(journal, 1)
    together = GroupCommit(journal, disk)
    asking = asyncio.ensure_future(together(partial(journal.claim, id_, None)))
    await asyncio.sleep(0)
    asking.cancel()
    await together.finish()
    assert states(journal, [id_]) == ["sending"]
