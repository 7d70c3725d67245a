"""Push: commands from the journal to the platform, in order per entity, several entities at once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError, NotFoundError, RefusedError
from floorctl.rules.commands import registry
from floorctl.rules.commands.capability import SETTING, capability
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
#: Seconds after the end of a wait at which it is forgotten: another process has settled its command long ago.
_FORGOTTEN_AFTER = 600.0
#: Commands read from the journal at a time.
_LOOKED_UP = 100


class _RetryWait:
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
        self._retry_waits: dict[str, _RetryWait] = {}
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

    def look_up_again(self) -> None:
        """Discard the commands already looked up: others have to go before them."""
        self._ready = []
        self._wake.set()

    def resume(self) -> None:
        """End back-off waits after a reconnect, except those that the platform asked for."""
        for wait in self._retry_waits.values():
            if not wait.ordered:
                wait.until = 0.0
        self._failures, self._not_before = 0, 0.0
        self._wake.set()

    def hold(self) -> None:
        """Hold sending for up to ``Pace.hold_for_feed`` seconds after a reconnect, until the feed has caught up.

        So commands that the platform lost are sent again first. A second call before ``release`` does not extend it: a
        terminal that can't read the feed can still send.
        """
        if not self.feed_unheard:
            self.feed_unheard = True
            self._held_until = self._pace.now() + self._pace.hold_for_feed

    def release(self) -> None:
        """Resume sending: the feed was read to its end."""
        self.feed_unheard = False
        self._held_until = 0.0
        self.look_up_again()

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
                await asyncio.sleep(self._pace.retry_disk_after)
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
            await self._look_up_ready()
        while self._ready and len(self._sending) < self._at_once and self._pace.now() >= self._next_at:
            item = self._ready.pop(0)
            if item.id in self._sending or self._waits_for_retry(item):
                continue
            task = asyncio.create_task(self._send(item))
            self._sending[item.id] = task
            task.add_done_callback(partial(self._sent, item.id))
            if not self._ready:
                await self._look_up_ready()

    async def _look_up_ready(self) -> None:
        now = self._pace.now()
        for id_ in [id_ for id_, wait in self._retry_waits.items() if wait.until + _FORGOTTEN_AFTER < now]:
            del self._retry_waits[id_]
        # The result also holds commands in flight and waiting ones; they must not crowd out those behind them.
        sendable = await self._disk(self._sendable, _LOOKED_UP + len(self._sending) + len(self._retry_waits))
        self._ready = [item for item in sendable if item.id not in self._sending and not self._waits_for_retry(item)]

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

    def _waits_for_retry(self, item: "OutboxItem") -> bool:
        wait = self._retry_waits.get(item.id)
        return wait is not None and self._pace.now() < wait.until

    def _sent(self, id_: str, _task: asyncio.Task[None]) -> None:
        del self._sending[id_]
        self._wake.set()

    async def _pause(self) -> None:
        """Wait until another command may be sent."""
        now = self._pace.now()
        times = [wait.until for wait in self._retry_waits.values() if wait.until > now]
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
                await self._store_answer(partial(self._forget_rejected, item.made_by, token))
            await self._store_answer(partial(self._journal.mark_failed, item.id, _reason(error)))
        else:
            self._succeeded(item)
            await self._store_answer(partial(self._journal.mark_applied, item.id, outcome))
        if token is not None and token != self._link.client.token:
            await self._end_second_session(item.made_by)

    async def _end_second_session(self, person_id: str) -> None:
        """End the session of a person whose last command is sent, if it is not the one signed in."""
        if person_id in await self._disk(self._journal.unsent_people):
            return
        second = await self._write(partial(self._journal.forget_second_session, person_id))
        if second is not None and (token := second.token_for(self._link.client.platform)):
            with suppress(PlatformError):  # a session that the platform is not told to end expires by itself
                await self._link.client.end_session(token)

    def _forget_rejected(self, person_id: str, token: str | None) -> None:
        second = self._journal.session_of(person_id)
        signed_in = self._journal.session()
        if second is not None and second.token == token and (signed_in is None or signed_in.token != token):
            self._journal.forget_second_session(person_id)

    def _disk_failed(self, item: "OutboxItem", error: FloorctlError) -> None:
        self.disk_problem = error.key
        self._retry_waits.setdefault(item.id, _RetryWait(self._pace)).begin(self._pace.retry_disk_after)

    async def _park(self, item: "OutboxItem", error: ProblemAnswer) -> None:
        state = "conflict" if error.status == 409 else "refused"
        await self._store_answer(partial(self._journal.park, item.id, state, error.problem))
        if (needed := capability(item.kind, item.data)) and _is_unknown_kind(error):
            await self._store_answer(partial(self._note_unsupported, needed))
        if item.automatic:
            # No person made it, so none decides on it; a rule raises it again if it still holds.
            await self._store_answer(partial(self._journal.drop, item.id, error.problem.title))

    def _note_unsupported(self, needed: str) -> None:
        """Keep what this platform, of an older contract, does not know, so that it is not offered again."""
        known: list[str] = self._journal.setting(SETTING, [])
        if needed not in known:
            self._journal.set_setting(SETTING, [*known, needed])

    async def _store_answer(self, writing: Callable[[], None]) -> None:
        """Store the platform's answer even while the engine is stopping."""
        await asyncio.shield(asyncio.ensure_future(self._write(writing)))

    def _succeeded(self, item: "OutboxItem") -> None:
        self._link.answered()
        self._retry_waits.pop(item.id, None)
        soon = self._pace.now() + self._pace.retry_unanswered_within
        for wait in self._retry_waits.values():
            if wait.lost:
                wait.until = min(wait.until, soon)
        self._failures, self._not_before = 0, 0.0
        self._at_once = min(self._at_once * 2, MOST_AT_ONCE)

    def _failed(self, item: "OutboxItem", error: PlatformError) -> None:
        if isinstance(error, Unauthorized):
            self._link.rejected(error.token)
            return
        later = error.retry_after if isinstance(error, TryLater) else None
        self._retry_waits.setdefault(item.id, _RetryWait(self._pace)).begin(later, lost=isinstance(error, Unreachable))
        self._failures += 1
        self._at_once = max(1, self._at_once // 2)
        if self._failures > 1:
            self._not_before = self._pace.now() + self._pace.attempts_apart
        if not isinstance(error, TryLater):
            self._link.doubt.set()


def _is_unknown_kind(error: ProblemAnswer) -> bool:
    """Return whether the platform says that it does not know a command's kind: 422, or 400 without any field."""
    fields = {each.field for each in error.problem.errors}
    return (error.status == 422 and "kind" in fields) or (error.status == 400 and not fields)


def _reason(error: PlatformError) -> str:
    if isinstance(error, Unreachable) and error.sent:
        return "error.network_no_answer"
    return f"{error.key} {error.status}" if isinstance(error, TryLater) else error.key
