"""Terminals without screens: each an engine with an encrypted cache and journal of its own, as a cockpit has them.

``python -m tools.load.terminals URL FOLDER FIRST COUNT NUMBER PASSWORD``. On standard input come lines of JSON, each
answered with one: ``{"do": "act", "every": 10}`` lets every terminal act once in so many seconds from now on (0: not
any more), ``{"do": "burst", "each": 50}`` lets all make so many commands at once and waits until the platform has
applied them, ``{"do": "report"}`` tells what was seen since the last report, ``{"do": "settle", "probe": 7,
"versions": FILE}`` waits until all have read as far, and says what they lack. It ends with its standard input.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from floorctl.calendar import WorkCalendar
from floorctl.clock import PlatformClock
from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Department
from floorctl.sync.batch import Batch
from floorctl.sync.cache.cache import Cache
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.engine.engine import Engine
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.outbox_item import new_command_id
from floorctl.sync.platform.client import Client

#: What the load test changes to see how long it takes until a terminal has it.
PROBE = Ref("department", "d-probe")
_PATIENCE = 900.0


class Terminal:
    """One terminal; what it sees is noted by the engine's threads."""

    def __init__(self, url: str, folder: Path, name: str) -> None:
        self._url, self._name = url, name
        key = data_key(folder, "file")
        self.cache = Cache.open(folder / "cache.db", key, WorkCalendar(ZoneInfo("Asia/Shanghai")))
        self.journal = Journal.open(folder / "journal.db", key)
        self.clock = PlatformClock()
        self.live = False
        self.person = ""
        #: Number of a probe → when it was here; ids that changed here; seconds from each command's making to its end.
        self.probes: dict[int, float] = {}
        self.changes = 0
        self.acted: list[float] = []
        self._made: dict[str, float] = {}
        self._rng = random.Random(name)
        self._orders: list[str] = []
        self._engine = Engine(
            self.cache,
            self.journal,
            self._client,
            self.clock,
            on_changed=self._changed,
            on_connection_status=self._stands,
            watched=True,
        )

    def _client(self) -> Client:
        return Client(self._url, terminal=self._name)

    async def sign_in(self, number: str, password: str) -> None:
        """Sign in at the platform."""
        client = self._client()
        try:
            session = await client.sign_in(number, password)
        finally:
            await client.close()
        self.person = session.person_id
        self.journal.save_session(session, platform=self._url)

    async def run(self) -> None:
        """Sync until ``stop``."""
        await self._engine.run()

    def stop(self) -> None:
        """End ``run``."""
        self._engine.stop()

    def _changed(self, batch: Batch) -> None:
        now, changed = time.monotonic(), batch.ids
        self.changes += sum(len(ids) for kind, ids in changed.items() if kind != "outbox")
        if PROBE.id in changed.get(PROBE.kind, ()):
            row = self.cache.get(PROBE.kind, PROBE.id)
            if row is not None and isinstance(row.value, Department):
                self.probes[int(row.value.name)] = now
        for each in changed.get("outbox", ()):
            if (made := self._made.get(each)) is None or (item := self.journal.get(each)) is None:
                continue
            if item.state not in ("waiting", "sending"):
                self.acted.append(now - made)
                del self._made[each]

    def _stands(self, status: ConnectionStatus) -> None:
        self.live = status.mode == "live"

    def act(self, many: int) -> None:
        """Make ``many`` commands, each on an order of this terminal's choice."""
        if not self._orders:
            self._orders = [held.id for held in self.cache.orders(OrderFilter(), self.clock.now(), limit=1000)[0]]
        for order in self._rng.sample(self._orders, min(many, len(self._orders))):
            command = Command(
                id=new_command_id(),
                kind="order.problem",
                target=Ref("order", order),
                made_at=self.clock.now(),
                data={"problem": f"没有核对来电人的地址，派单后被退回（{self._name}）"},
                base_version=None,
            )
            self._made[command.id] = time.monotonic()
            self.journal.append(command, by=self.person)
        self._engine.poke()

    @property
    def unsettled(self) -> int:
        """Commands that the platform has not answered yet, as far as this terminal was told."""
        return len(self._made)

    def behind(self, versions: dict[str, dict[str, int]]) -> list[str]:
        """What is held in no version, or an older one than the platform had: kind → id → version."""
        found = []
        for kind, wanted in versions.items():
            held = self.cache.all(kind)
            found += [f"{kind} {each}" for each in wanted if each not in held or held[each].version < wanted[each]]
        return found

    def close(self) -> None:
        """Close the files."""
        self.cache.close()
        self.journal.close()


class Terminals:
    """The terminals of this process, and what standard input asks of them."""

    def __init__(self, terminals: list[Terminal]) -> None:
        self._terminals = terminals
        self._acting: asyncio.Task[None] | None = None

    async def until(self, holds: Callable[[Terminal], object]) -> None:
        """Wait until it is so for every terminal.

        Raises:
            TimeoutError: it is not, after a quarter of an hour.

        """
        async with asyncio.timeout(_PATIENCE):
            for each in self._terminals:
                while not holds(each):
                    await asyncio.sleep(0.02)

    async def do_act(self, every: float) -> dict[str, Any]:
        """Every terminal acts once in ``every`` seconds; not any more where it is 0."""
        if self._acting is not None:
            self._acting.cancel()
            with suppress(asyncio.CancelledError):
                await self._acting
            self._acting = None
            await self.until(lambda each: not each.unsettled)
        if every:
            self._acting = asyncio.create_task(self._act(every))
        return {}

    async def _act(self, every: float) -> None:
        while True:
            for each in random.sample(self._terminals, len(self._terminals)):
                await asyncio.sleep(every / len(self._terminals))
                await asyncio.to_thread(each.act, 1)

    async def do_burst(self, each: int) -> dict[str, Any]:
        """All make ``each`` commands; returns when the last was applied."""
        began = time.monotonic()
        await asyncio.gather(*(asyncio.to_thread(terminal.act, each) for terminal in self._terminals))
        await self.until(lambda terminal: not terminal.unsettled)
        return {"began": began, "ended": time.monotonic()}

    async def do_report(self) -> dict[str, Any]:
        """What was seen since the last report."""
        told: dict[str, Any] = {"probes": [], "changes": 0, "acted": []}
        for each in self._terminals:
            seen, each.probes = each.probes, {}
            told["probes"].append(sorted(seen.items()))
            told["changes"] += each.changes
            told["acted"] += each.acted
            each.changes, each.acted = 0, []
        return told

    async def do_settle(self, probe: int, versions: str) -> dict[str, Any]:
        """Once all have seen the probe with this number: what any holds in an older version than stands in the file
        ``versions``, written before that probe, and how all commands stand.
        """

        def seen(each: Terminal) -> bool:
            row = each.cache.get(PROBE.kind, PROBE.id)
            return row is not None and isinstance(row.value, Department) and int(row.value.name) >= probe

        await self.until(seen)
        wanted = json.loads(Path(versions).read_text("utf-8"))
        behind = [found for each in self._terminals for found in await asyncio.to_thread(each.behind, wanted)]
        counts = [each.journal.counts() for each in self._terminals]
        states = {state: sum(each.get(state, 0) for each in counts) for state in counts[0]}
        return {"behind": behind, "states": states}

    async def answer(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Do what a line asks for."""
        do: Callable[..., Awaitable[dict[str, Any]]] = getattr(self, f"do_{wanted.pop('do')}")
        return await do(**wanted)


async def _main(url: str, folder: Path, first: int, count: int, number: str, password: str) -> None:
    terminals = []
    for at in range(first, first + count):
        (folder / str(at)).mkdir(parents=True)
        terminals.append(Terminal(url, folder / str(at), f"T-{at}"))
        await terminals[-1].sign_in(number, password)
    began = time.monotonic()
    running = [asyncio.create_task(each.run()) for each in terminals]
    ours = Terminals(terminals)
    await ours.until(lambda each: each.live)
    print(json.dumps({"first_sync": time.monotonic() - began}), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await ours.answer(json.loads(line))), flush=True)
    for each in terminals:
        each.stop()
    await asyncio.gather(*running)
    for each in terminals:
        each.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5], sys.argv[6]))
