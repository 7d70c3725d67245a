"""A terminal's cache and journal on real files, and an engine between them and a platform."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import time as clock_time
from math import inf
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from floorctl.calendar import WorkCalendar
from floorctl.clock import PlatformClock
from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.sync.batch import Batch
from floorctl.sync.cache.cache import Cache
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.engine.engine import Engine
from floorctl.sync.engine.notifier import Followers
from floorctl.sync.journal.journal import Journal
from floorctl.sync.outbox_item import OutboxItem, new_command_id
from floorctl.sync.pace import Pace
from floorctl.sync.platform.client import Client
from floorctl.sync.process.one_shot import OneShot
from tests.build import Entities
from tests.memory_network import MemoryNetwork
from tests.still_time import StillLoop, utc_now

KEY = bytes(32)


class SyncTerminal:
    """One data folder, signed in at ``url``; records what its engine reports."""

    def __init__(
        self, folder: Path, url: str, *, watched: bool = True, timeout: float = 10, network: MemoryNetwork | None = None
    ) -> None:
        self.network = network
        self.folder = folder
        self.url = url
        self.watched = watched
        self.timeout = timeout
        calendar = WorkCalendar(ZoneInfo("Asia/Shanghai"), clock_time(9), clock_time(17), (), ())
        self.cache = Cache.open(folder / "cache.db", KEY, calendar)
        self.journal = Journal.open(folder / "journal.db", KEY)
        self.pace = Pace(now=asyncio.get_running_loop().time)
        self.clock = PlatformClock(self.pace.now, utc_now)
        self.changed: dict[str, set[str]] = {}
        self.statuses: list[ConnectionStatus] = []
        self.missed = 0

    def sign_in(self, token: str = "token-0", role: str = "supervisor") -> None:
        """Store a session that has expired by its time, so that the platform's answer decides whether it is valid."""
        now = utc_now()
        session = Entities(now).session(role, token=token, name="王芳", expires_at=now)
        self.journal.save_session(session, self.url)

    def engine(
        self,
        password: Callable[[], tuple[str, str] | None] | None = None,
        followers: Followers | None = None,
        on_changed: Callable[[Batch], None] | None = None,
    ) -> Engine:
        return Engine(
            self.cache,
            self.journal,
            self._client,
            self.clock,
            on_changed=on_changed or self._record_batch,
            on_missed=self._record_miss,
            on_connection_status=self.statuses.append,
            followers=followers,
            watched=self.watched,
            password=password,
            pace=self.pace,
        )

    @property
    def one_shot(self) -> OneShot:
        return OneShot(self.folder, self.cache, self.journal, self.engine)

    def _client(self) -> Client:
        transport = self.network.transport if self.network is not None else None
        return Client(self.url, timeout=self.timeout, make_transport=transport)

    @asynccontextmanager
    async def syncing(self, **options: Any) -> AsyncIterator[Engine]:
        self.statuses.clear()
        engine = self.engine(**options)
        running = asyncio.create_task(engine.run())
        try:
            yield engine
        finally:
            engine.stop()
            await asyncio.wait_for(running, 10)

    def act(
        self, target: str = "o-1", *, kind: str = "order.urge", automatic: bool = False, **fields: Any
    ) -> OutboxItem:
        data = fields.pop("data", {"level": 1})
        command = Command(
            id=new_command_id(),
            kind=kind,
            target=Ref(kind.split(".", maxsplit=1)[0], target),
            made_at=utc_now(),
            data=data,
            base_version=fields.pop("base_version", None),
        )
        return self.journal.append(command, by="p-1001", automatic=automatic, **fields)

    def state(self, item: OutboxItem) -> str:
        found = self.journal.get(item.id)
        assert found is not None
        return found.state

    @property
    def mode(self) -> str:
        return self.statuses[-1].mode if self.statuses else ""

    def close(self) -> None:
        self.cache.close()
        self.journal.close()

    def _record_batch(self, batch: Batch) -> None:
        for kind, ids in batch.ids.items():
            self.changed.setdefault(kind, set()).update(ids)

    def _record_miss(self) -> None:
        self.missed += 1


async def until(holds: Callable[[], object], seconds: float = 15.0, why: str = "") -> float:
    """Wait until ``holds()`` is true; return how many seconds of the event loop it took.

    On still time it is called whenever all is at rest, before each jump: nothing changes in between.
    """
    loop = asyncio.get_running_loop()
    started, looked = loop.time(), -inf
    deadline = loop.call_later(seconds, lambda: None)  # so that there is a moment to jump to
    try:
        while True:
            if isinstance(loop, StillLoop):
                looked = await loop.rest(looked)
                found = holds()
            else:
                await asyncio.sleep(0.02)
                found = await asyncio.to_thread(holds)
            if found:
                return loop.time() - started
            assert loop.time() - started < seconds, f"in vain for {seconds} s: {why}"
    finally:
        deadline.cancel()
