"""What the tests of the simulated floor share: a clock that stands where it is put, and a floor in a store."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from floorctl.models.base import Entity
from floorctl.simulator.seed.seed import seed_floor
from floorctl.simulator.store.store import Store
from floorctl.simulator.world.world import World

ZONE = ZoneInfo("Asia/Shanghai")
#: A Wednesday that is worked.
TEN = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)
SEED = 11


class StandingClock:
    """Tells the time that it was given."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Floor:
    """A store with a seeded floor, and the world that runs it; counters are written at every step."""

    def __init__(self, store: Store, at: datetime) -> None:
        self.store = store
        self.clock = StandingClock(at)
        self.world = World(store, self.clock, refresh=0.0)

    def go(self, seconds: float, *, every: float | None = None) -> None:
        end = self.clock.at + timedelta(seconds=seconds)
        while every is not None and self.clock.at + timedelta(seconds=every) < end:
            self.clock.at += timedelta(seconds=every)
            self.world.step()
        self.clock.at = end
        self.world.step()

    def restarted(self) -> "Floor":
        return Floor(self.store, self.clock.at)

    def get(self, kind: str, entity_id: str) -> Entity:
        row = self.store.get(kind, entity_id)
        assert row is not None, (kind, entity_id)
        return row.data

    def all(self, kind: str) -> dict[str, Entity]:
        return {entity_id: row.data for entity_id, row in self.store.all(kind)}

    def put(self, kind: str, entity_id: str, entity: Entity) -> None:
        with self.store.transaction() as tx:
            tx.put(kind, entity_id, entity)


@contextmanager
def floor(
    at: datetime = TEN,
    *,
    seats: int = 49,
    orders: int = 10_000,
    seed: int = SEED,
    path: str | Path | None = None,
    anew: bool = False,
) -> Iterator[Floor]:
    """A freshly seeded floor at ``at``, in a file of its own: a copy of one that is seeded once, or ``anew``."""
    store = Store(path)
    try:
        if anew or path is not None:
            _seed(store, at, seats, orders, seed)
        else:
            assert store.database.path is not None
            with closing(sqlite3.connect(store.database.path)) as mine:
                _seeded(at, seats, orders, seed).backup(mine)
        opened = Floor(store, at)
        opened.world.step()
        yield opened
    finally:
        store.close()


@lru_cache(maxsize=4)
def _seeded(at: datetime, seats: int, orders: int, seed: int) -> sqlite3.Connection:
    """The data of a floor before its first step, in memory."""
    store, kept = Store(None), sqlite3.connect(":memory:")
    _seed(store, at, seats, orders, seed)
    assert store.database.path is not None
    with closing(sqlite3.connect(store.database.path)) as seeded:
        seeded.backup(kept)
    store.close()
    return kept


def _seed(store: Store, at: datetime, seats: int, orders: int, seed: int) -> None:
    seed_floor(store, StandingClock(at), seed=seed, seats=seats, zone=ZONE, orders=orders)
