"""Push: commands from the journal to the platform, in order per entity, several entities at once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError, NotFoundError, RefusedError
from floorctl.rules.commands import registry
from floorctl.sync.engine.backoff import Backoff
from floorctl.sync.engine.group_commit import GroupCommit
from floorctl.sync.engine.link import Disk, Link
from floorctl.sync.journal.ordering import base_to_send
from floorctl.sync.pace import USUAL, Pace
from floorctl.sync.platform.errors import PlatformError, ProblemAnswer, TryLater, Unauthorized, Unreachable

if TYPE_CHECKING:
    from floorctl.sync.journal.journal import Journal
    from floorctl.sync.outbox_item import OutboxItem
    from floorctl.sync.stored_session import StoredSession

#: Commands in flight at once, each for another entity.
MOST_AT_ONCE = 8
#: Commands read from the journal at a time.
_LOOK_AHEAD = 100


class _Rest:
    """The wait of a failed command before it is tried again.

    ``ordered``: the platform named the time, so nothing shortens it. ``lost``: no answer came at all.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self.backoff = Backoff(pace)
        self.until = 0.0
        self.ordered = False
        self.lost = False

    def begin(self, retry_after: float | None, *, lost: bool = False) -> None:
        self.ordered = retry_after is not None
        self.lost = lost
        self.until = self._pace.now() + self.backoff.failed(retry_after)


class Push:
    """Sends waiting commands. Belongs to one event loop. ``on_settled`` receives the ids of commands whose state
    changed.

    ``disk_problem`` is the catalogue key of the journal's current error, if any. ``feed_unheard``: since the link came
    back, the feed has not been read to its end.
    """

    def __init__(
        self,
        link: Link,
        journal: "Journal",
        disk: Disk,
        *,
        on_settled: Callable[[set[str]], None],
        pace: Pace = USUAL,
    ) -> None:
        self._link = link
        self._pace = pace
        self._journal = journal
        self._disk = disk
        self._write = GroupCommit(journal, disk)
        self._on_settled = on_settled
        self._wake = asyncio.Event()
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, _Rest] = {}
        self._ready: list[OutboxItem] = []
        self._at_once = MOST_AT_ONCE
        self._failures = 0
        self._not_before = 0.0
        self.feed_unheard = False
        self._held_until = 0.0
        self.disk_problem: str | None = None

    def poke(self) -> None:
        """Look for new commands in the journal soon."""
        self._wake.set()

    def look_again(self) -> None:
        """Discard the commands already looked up: others have to go before them."""
        self._ready = []
        self._wake.set()

    def resume(self) -> None:
        """End back-off waits after a reconnect, except those that the platform asked for."""
        for rest in self._resting.values():
            if not rest.ordered:
                rest.until = 0.0
        self._failures, self._not_before = 0, 0.0
        self._wake.set()

    def hold(self) -> None:
        """Hold sending for up to ``Pace.hears_within`` seconds after a reconnect, until the feed has caught up.

        So commands that the platform lost are sent again first. A second call before ``release`` does not extend it: a
        terminal that can't read the feed can still send.
        """
        if not self.feed_unheard:
            self.feed_unheard = True
            self._held_until = self._pace.now() + self._pace.hears_within

    def release(self) -> None:
        """Resume sending: the feed was read to its end."""
        self.feed_unheard = False
        self._held_until = 0.0
        self.look_again()

    @property
    def _next_at(self) -> float:
        return max(self._not_before, self._held_until)

    async def run(self) -> None:
        """Send waiting commands until cancelled."""
        while True:
            await self._link.ready()
            self._wake.clear()
            try:
                await self._start_some()
            except FloorctlError as error:  # the journal can't be read now
                self.disk_problem = error.key
                await asyncio.sleep(self._pace.disk_again)
            else:
                await self._pause()

    async def drain(self) -> None:
        """Try every waiting command once; return when the remaining ones have to wait.

        Raises:
            FloorctlError: the journal can't be read.

        """
        self._link.doubt.clear()
        while self._link.signed_in.is_set() and not self._link.doubt.is_set():
            await self._start_some()
            if self._sending:
                await asyncio.wait(self._sending.values(), return_when=asyncio.FIRST_COMPLETED)
            elif self._ready:
                await asyncio.sleep(max(0.0, self._next_at - self._pace.now()))
            else:
                return
        if self._sending:
            await asyncio.wait(self._sending.values())

    async def close(self) -> None:
        """Cancel the sends in flight; their commands stay in the journal and are sent again with the same bytes."""
        tasks = list(self._sending.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._write.finish()

    async def _start_some(self) -> None:
        if not self._ready:
            await self._look()
        while self._ready and len(self._sending) < self._at_once and self._pace.now() >= self._next_at:
            item = self._ready.pop(0)
            if item.id in self._sending or self._rests(item):
                continue
            task = asyncio.create_task(self._send(item))
            self._sending[item.id] = task
            task.add_done_callback(partial(self._sent, item.id))
            if not self._ready:
                await self._look()

    async def _look(self) -> None:
        now = self._pace.now()
        for id_ in [id_ for id_, rest in self._resting.items() if rest.until + 600 < now]:
            del self._resting[id_]  # settled by another process long ago
        # The result also holds commands in flight and waiting ones; they must not crowd out those behind them.
        found = await self._disk(self._sendable, _LOOK_AHEAD + len(self._sending) + len(self._resting))
        self._ready = [item for item in found if item.id not in self._sending and not self._rests(item)]

    def _sendable(self, limit: int) -> "list[OutboxItem]":
        """Return commands that can be sent now; one that signs waits for a session of the person who signed."""
        return [
            item
            for item in self._journal.sendable(limit)
            if not registry.signs(item.kind) or self._session_of(item.made_by) is not None
        ]

    def _session_of(self, person_id: str) -> "StoredSession | None":
        session = self._journal.session_of(person_id)
        return session if session is not None and session.token_for(self._link.client.platform) else None

    def _rests(self, item: "OutboxItem") -> bool:
        rest = self._resting.get(item.id)
        return rest is not None and self._pace.now() < rest.until

    def _sent(self, id_: str, _task: asyncio.Task[None]) -> None:
        del self._sending[id_]
        self._wake.set()

    async def _pause(self) -> None:
        """Wait until another command may be sent."""
        now = self._pace.now()
        times = [rest.until for rest in self._resting.values() if rest.until > now]
        if self._ready and len(self._sending) < self._at_once:
            times.append(self._next_at)
        try:
            async with asyncio.timeout(max(0.01, min(times) - now) if times else None):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _send(self, item: "OutboxItem") -> None:
        try:
            body, token = await self._write(partial(self._claim, item))
        except (NotFoundError, RefusedError):
            return  # a person set it aside meanwhile
        except FloorctlError as error:
            self._disk_failed(item, error)
            return
        try:
            await self._deliver(item, body, token)
        except FloorctlError as error:
            # The outcome was not stored: the command is sent again and the platform gives the same answer.
            self._disk_failed(item, error)
        else:
            self.disk_problem = None
        self._on_settled({item.id})

    def _claim(self, item: "OutboxItem") -> tuple[bytes, str | None]:
        """Return the body to send and its token (None: use that of the person signed in)."""
        session = None if item.automatic else self._session_of(item.made_by)
        if session is None and registry.signs(item.kind):  # the session was given up meanwhile
            raise NotFoundError("error.not_signed_in")
        token = session.token if session is not None else None
        base_version = base_to_send(item, self._journal.predecessor(item))
        return self._journal.claim(item.id, base_version), token

    async def _deliver(self, item: "OutboxItem", body: bytes, token: str | None) -> None:
        try:
            outcome = await self._link.client.send(body, item.id, token=token)
        except ProblemAnswer as error:
            self._succeeded(item)
            await self._park(item, error)
        except PlatformError as error:
            self._failed(item, error)
            if isinstance(error, Unauthorized) and token is not None:
                # Their session has ended, perhaps not that of the person signed in: a command that signs waits until
                # they sign in again, any other is sent all the same.
                await self._finish(partial(self._forget_rejected, item.made_by, token))
            await self._finish(partial(self._journal.failed, item.id, _reason(error)))
        else:
            self._succeeded(item)
            await self._finish(partial(self._journal.applied, item.id, outcome))
        if token is not None and token != self._link.client.token:
            await self._end_session_beside(item.made_by)

    async def _end_session_beside(self, person_id: str) -> None:
        """End the session of a person whose last command is sent, if it is not the one signed in."""
        if person_id in await self._disk(self._journal.unsent_people):
            return
        kept = await self._write(partial(self._journal.forget_session_beside, person_id))
        if kept is not None and (token := kept.token_for(self._link.client.platform)):
            with suppress(PlatformError):  # a session that the platform is not told to end expires by itself
                await self._link.client.end_session(token)

    def _forget_rejected(self, person_id: str, token: str | None) -> None:
        kept = self._journal.session_of(person_id)
        signed_in = self._journal.session()
        if kept is not None and kept.token == token and (signed_in is None or signed_in.token != token):
            self._journal.forget_session_beside(person_id)

    def _disk_failed(self, item: "OutboxItem", error: FloorctlError) -> None:
        self.disk_problem = error.key
        self._resting.setdefault(item.id, _Rest(self._pace)).begin(self._pace.disk_again)

    async def _park(self, item: "OutboxItem", error: ProblemAnswer) -> None:
        state = "conflict" if error.status == 409 else "refused"
        await self._finish(partial(self._journal.parked, item.id, state, error.problem))
        if item.automatic:
            # No person made it, so none decides on it; a rule raises it again if it still holds.
            await self._finish(partial(self._journal.drop, item.id, error.problem.title))

    async def _finish(self, writing: Callable[[], None]) -> None:
        """Store the platform's answer even while the engine is stopping."""
        await asyncio.shield(asyncio.ensure_future(self._write(writing)))

    def _succeeded(self, item: "OutboxItem") -> None:
        self._link.answered()
        self._resting.pop(item.id, None)
        soon = self._pace.now() + self._pace.lost_again
        for rest in self._resting.values():
            if rest.lost:
                rest.until = min(rest.until, soon)
        self._failures, self._not_before = 0, 0.0
        self._at_once = min(self._at_once * 2, MOST_AT_ONCE)

    def _failed(self, item: "OutboxItem", error: PlatformError) -> None:
        if isinstance(error, Unauthorized):
            self._link.rejected(error.token)
            return
        later = error.retry_after if isinstance(error, TryLater) else None
        self._resting.setdefault(item.id, _Rest(self._pace)).begin(later, lost=isinstance(error, Unreachable))
        self._failures += 1
        self._at_once = max(1, self._at_once // 2)
        if self._failures > 1:
            self._not_before = self._pace.now() + self._pace.attempts_apart
        if not isinstance(error, TryLater):
            self._link.doubt.set()


def _reason(error: PlatformError) -> str:
    if isinstance(error, Unreachable) and error.sent:
        return "error.network_no_answer"
    return f"{error.key} {error.status}" if isinstance(error, TryLater) else error.key
