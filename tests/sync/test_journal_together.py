"""Writes that go to the disk together: each for itself whole, all of them behind one commit."""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from floorctl.errors import NotFoundError
from floorctl.models import Command, Ref
from floorctl.sync.journal import Journal, new_command_id
from floorctl.sync.link import Disk
from floorctl.sync.together import Together
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


@pytest.fixture
def commits(journal: Journal) -> list[str]:
    """Every commit from now on."""
    seen: list[str] = []
    journal._db.set_trace_callback(lambda statement: seen.append(statement) if statement == "COMMIT" else None)
    return seen


def made(journal: Journal, number: int) -> str:
    command = Command(
        id=new_command_id(), kind="order.problem", target=Ref("order", f"o-{number}"), made_at=NOW,
        data={"problem": "无"}, base_version=None,
    )  # fmt: skip
    return journal.append(command, by="p-1001").id


def states(journal: Journal, ids: list[str]) -> list[str]:
    return [item.state if (item := journal.get(each)) else "gone" for each in ids]


def test_of_several_writes_one_that_raises_has_not_happened_and_the_others_have(journal: Journal) -> None:
    ids = [made(journal, n) for n in range(3)]
    calls: list[Callable[[], bytes]] = [partial(journal.claim, each, None) for each in (ids[0], "nobody's", ids[2])]
    first, missing, last = journal.together(calls)
    assert isinstance(missing, NotFoundError)
    assert isinstance(first, bytes)
    assert ids[2].encode() in last  # type: ignore[operator]
    assert states(journal, ids) == ["sending", "waiting", "sending"]


def test_a_write_that_fails_half_way_leaves_nothing_of_itself_behind(journal: Journal) -> None:
    (id_,) = [made(journal, 1)]

    def half() -> None:
        def work(db: object) -> None:
            db.execute("UPDATE command SET state = 'dropped'")  # type: ignore[attr-defined]
            raise NotFoundError("error.no_such_command", id="x")

        journal._write(work)

    assert isinstance(journal.together([half])[0], NotFoundError)
    assert states(journal, [id_]) == ["waiting"]


def test_where_the_transaction_fails_as_a_whole_none_of_its_writes_has_happened(journal: Journal) -> None:
    ids = [made(journal, n) for n in range(2)]

    def broken() -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        journal.together([partial(journal.claim, ids[0], None), broken])
    assert states(journal, ids) == ["waiting", "waiting"]
    assert isinstance(journal.claim(ids[1], None), bytes)


async def test_writes_that_come_while_the_disk_is_busy_share_one_commit(
    journal: Journal, disk: Disk, commits: list[str]
) -> None:
    ids = [made(journal, n) for n in range(40)]
    commits.clear()
    together = Together(journal, disk)
    bodies = await asyncio.gather(*(together(partial(journal.claim, each, None)) for each in ids))
    assert all(each.encode() in body for each, body in zip(ids, bodies, strict=True))
    assert len(commits) <= 2
    assert set(states(journal, ids)) == {"sending"}


async def test_what_one_write_raises_reaches_the_one_who_asked_and_nobody_else(journal: Journal, disk: Disk) -> None:
    ids = [made(journal, 1), "nobody's", made(journal, 2)]
    together = Together(journal, disk)
    asked = (together(partial(journal.claim, each, None)) for each in ids)
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(each) for each in results] == [bytes, NotFoundError, bytes]


async def test_nobody_who_stops_waiting_keeps_a_write_from_happening(journal: Journal, disk: Disk) -> None:
    id_ = made(journal, 1)
    together = Together(journal, disk)
    asking = asyncio.ensure_future(together(partial(journal.claim, id_, None)))
    await asyncio.sleep(0)
    asking.cancel()
    await together.finish()
    assert states(journal, [id_]) == ["sending"]
