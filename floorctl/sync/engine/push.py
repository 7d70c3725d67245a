"""The way out: commands from the journal to the platform, in order per entity, a few entities at once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError, NotFoundError, RefusedError
from floorctl.rules.commands import registry
from floorctl.sync.engine.backoff import Backoff
from floorctl.sync.engine.group_commit import Together
from floorctl.sync.engine.link import Disk, Link
from floorctl.sync.journal.ordering import base_to_send
from floorctl.sync.pace import USUAL, Pace
from floorctl.sync.platform.errors import PlatformError, ProblemAnswer, TryLater, Unauthorized, Unreachable

if TYPE_CHECKING:
    from floorctl.sync.journal.journal import Journal
    from floorctl.sync.outbox_item import OutboxItem
    from floorctl.sync.stored_session import StoredSession

#: Commands on their way at once, each of another entity.
MOST_AT_ONCE = 8
#: How many commands are looked up at a time.
_LOOK_AHEAD = 100


class _Rest:
    """A command that failed: when it may be tried again, and what cuts that short.

    ``ordered``: the platform named the time, so nothing does. ``lost``: no answer came at all.
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
    """Sends what waits. Belongs to one event loop. ``on_settled`` is given the ids of commands whose state changed.

    ``disk_problem`` is the catalogue key of what is wrong with the journal, if anything is. ``feed_unheard``: the link
    is new, and the feed was not heard to its end since.
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
        self._write = Together(journal, disk)
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
        """The journal may have something new."""
        self._wake.set()

    def look_again(self) -> None:
        """What was found to be sent is so no more: something else goes before it."""
        self._ready = []
        self._wake.set()

    def resume(self) -> None:
        """The link is back: waits that nobody asked for are over."""
        for rest in self._resting.values():
            if not rest.ordered:
                rest.until = 0.0
        self._failures, self._not_before = 0, 0.0
        self._wake.set()

    def hold(self) -> None:
        """The link is new: what the platform has lost meanwhile goes first, and the feed is about to tell.

        Not for long, though, and not again before it has told: who can't hear the feed can act all the same.
        """
        if not self.feed_unheard:
            self.feed_unheard = True
            self._held_until = self._pace.now() + self._pace.hears_within

    def release(self) -> None:
        """The feed was heard to its end."""
        self.feed_unheard = False
        self._held_until = 0.0
        self.look_again()

    @property
    def _next_at(self) -> float:
        return max(self._not_before, self._held_until)

    async def run(self) -> None:
        """Send whatever waits, for ever."""
        while True:
            await self._link.ready()
            self._wake.clear()
            try:
                await self._start_some()
            except FloorctlError as error:  # the journal can't be read just now
                self.disk_problem = error.key
                await asyncio.sleep(self._pace.disk_again)
            else:
                await self._pause()

    async def drain(self) -> None:
        """Try everything that waits once; return when the rest has to wait for something.

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
        """Break off what is being sent; it stays in the journal, to be sent again with the same bytes."""
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
            del self._resting[id_]  # settled by somebody else, long ago
        # Those being sent and those that rest are found too; they must not hide the ones behind them.
        found = await self._disk(self._sendable, _LOOK_AHEAD + len(self._sending) + len(self._resting))
        self._ready = [item for item in found if item.id not in self._sending and not self._rests(item)]

    def _sendable(self, limit: int) -> "list[OutboxItem]":
        """What can be sent now; a signature waits until there is a session of the one who gave it."""
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
        """Wait until something may have become possible."""
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
            return  # a person set it aside in the meantime
        except FloorctlError as error:
            self._disk_failed(item, error)
            return
        try:
            await self._deliver(item, body, token)
        except FloorctlError as error:
            # What the platform said could not be written down: it is asked again, and says the same again.
            self._disk_failed(item, error)
        else:
            self.disk_problem = None
        self._on_settled({item.id})

    def _claim(self, item: "OutboxItem") -> tuple[bytes, str | None]:
        """The body to send, and the token to send it with: None for that of whoever is signed in."""
        session = None if item.automatic else self._session_of(item.made_by)
        if session is None and registry.signs(item.kind):  # it was given up since it was looked for
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
                # Their session is over, perhaps not that of the one signed in: a signature waits for them to sign in
                # again, anything else goes out all the same.
                await self._finish(partial(self._forget_rejected, item.made_by, token))
            await self._finish(partial(self._journal.failed, item.id, _reason(error)))
        else:
            self._succeeded(item)
            await self._finish(partial(self._journal.applied, item.id, outcome))
        if token is not None and token != self._link.client.token:
            await self._end_session_beside(item.made_by)

    async def _end_session_beside(self, person_id: str) -> None:
        """Whose last command has gone out need not stay signed in beside the one who is."""
        if person_id in await self._disk(self._journal.unsent_people):
            return
        kept = await self._write(partial(self._journal.forget_session_beside, person_id))
        if kept is not None and (token := kept.token_for(self._link.client.platform)):
            with suppress(PlatformError):  # what the platform does not hear of expires by itself
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
            # No person made it, so no person is asked; a rule raises it again if it still holds.
            await self._finish(partial(self._journal.drop, item.id, error.problem.title))

    async def _finish(self, writing: Callable[[], None]) -> None:
        """Write down what the platform said even when everything is being stopped."""
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
