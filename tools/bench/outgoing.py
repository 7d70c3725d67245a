"""The journal: how fast commands become durable, and how fast a full one is sent."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

import msgspec

from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.opening import connect
from floorctl.sync.outbox_item import new_command_id
from floorctl.sync.sqlite import Connection, transaction
from tools.bench.data import _cache, engine
from tools.bench.measure import Row, median, spread
from tools.bench.place import SMALL_ORDERS, Place
from tools.bench.quiet import DAY, HOUR, ZONE

_BLOCK = 100
#: Pages that a command dirties: its row, its number, its id, its turn, its target, its entry in the audit trail.
_PAGES = 6


def _command(number: int) -> Command:
    return Command(
        id=new_command_id(),
        kind="order.problem",
        target=Ref("order", f"b-{number % SMALL_ORDERS:07d}"),
        made_at=datetime.combine(DAY, HOUR, ZONE),
        data={"problem": "没有核对来电人的地址，派单后被退回"},
        base_version=None,
    )


def durable(place: Place) -> Iterator[Row]:
    """Commands appended one by one; in turns with single rows committed at FULL by plain SQLite.

    And, to tell what the cipher takes of it, with transactions of as many encrypted pages that hold next to nothing.
    """
    path = place.folder / "plain.db"
    journal = Journal.open(place.folder / "journal.db", bytes(range(32)))
    pages = connect(place.folder / "pages.db", bytes(range(32)), durable=True)
    with closing(journal), closing(pages), closing(sqlite3.connect(path, isolation_level=None)) as db:
        for page in range(_PAGES):
            pages.execute(f"CREATE TABLE page_{page} (seq INTEGER PRIMARY KEY, body BLOB)")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE command (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)")
        ours, peer, bare = [], [], []
        for block in range(place.times(15)):
            commands = [_command(block * _BLOCK + each) for each in range(_BLOCK)]
            began = time.perf_counter()
            for command in commands:
                journal.append(command, by="p-1001")
            between = time.perf_counter()
            for command in commands:
                db.execute("INSERT INTO command (id, body) VALUES (?, ?)", (command.id, msgspec.json.encode(command)))
            ours.append(_BLOCK / (between - began))
            peer.append(_BLOCK / (time.perf_counter() - between))
            bare.append(_BLOCK / _commit_pages(pages))
    ratio = median(ours) / median(peer)
    yield Row(
        "journal: commands a second, each durable",
        "≥ 0.5 × single-row commits at FULL",
        spread(ours, scale=1, unit="/s"),
        f"{spread(peer, scale=1, unit='/s')}; {_PAGES} pages through SQLCipher alone {median(bare):,.0f} /s",
        ratio,
        0.5,
        f"{ratio:.2f} ×",
        at_least=True,
    )


def _commit_pages(db: Connection) -> float:
    began = time.perf_counter()
    for _ in range(_BLOCK):
        with transaction(db):
            for page in range(_PAGES):
                db.execute(f"INSERT INTO page_{page} (body) VALUES (?)", (bytes(60),))
    return time.perf_counter() - began


def drain(place: Place, commands: int) -> Iterator[Row]:
    """Commands on as many orders, made while nobody could be reached, sent in one go."""
    home = place.home("drain", place.small)
    journal = Journal.open(home.data / "journal.db", data_key(home.data, "file"))
    with closing(journal), closing(_cache(home)) as cache:
        for number in range(commands):
            journal.append(_command(number), by="p-1001")
        sending = engine(home, cache, journal)
        began = time.perf_counter()
        asyncio.run(sending.push_once())
        seconds = time.perf_counter() - began
        counts = journal.counts()
    if counts["applied"] != commands:
        raise RuntimeError(counts)
    rate = commands / seconds
    yield Row(
        f"draining {commands:,} queued commands", "≥ 500/s on loopback", f"{rate:,.0f}/s", "", rate, 500, at_least=True
    )
