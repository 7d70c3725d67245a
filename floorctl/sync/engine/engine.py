"""The sync engine of a terminal: composes pull, push and watch, and reports changes and the connection's status."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from floorctl.clock import PlatformClock
from floorctl.errors import FloorctlError
from floorctl.rules.commands.capability import SETTING as UNSUPPORTED
from floorctl.rules.commands.roles import READABLE
from floorctl.sync.batch import Batch
from floorctl.sync.cache.filling import Filling
from floorctl.sync.connection_status import ConnectionStatus, Mode
from floorctl.sync.engine.link import Disk, Link
from floorctl.sync.engine.notifier import Followers, Notifier
from floorctl.sync.engine.pull import Pull
from floorctl.sync.engine.push import Push
from floorctl.sync.engine.replay import send_lost_again, send_unseen_again
from floorctl.sync.engine.watch import Watch
from floorctl.sync.pace import USUAL, Pace
from floorctl.sync.platform.errors import PlatformError, Unauthorized

if TYPE_CHECKING:
    from floorctl.sync.cache.cache import Cache
    from floorctl.sync.journal.journal import Journal
    from floorctl.sync.platform.client import Client
    from floorctl.sync.stored_session import StoredSession

OnChanged = Callable[[Batch], None]
OnConnectionStatus = Callable[[ConnectionStatus], None]
#: Returns (employee number, password) if they are stored for signing in without a person, else None.
Password = Callable[[], tuple[str, str] | None]

#: Orders added to the search index in one batch; after each batch indexing pauses for twice its duration.
_INDEX_BATCH = 100
#: Old limits that are counted anew at once.
_LIMITS_BATCH = 1000
_FEED_KINDS = "feed_kinds"


class Engine:
    """Syncs one terminal with its platform.

    ``make_client`` makes the client in the engine's thread, so that its libraries are imported there. ``on_changed``
    receives the batch of entities that changed in the cache, with the ids of changed commands under ``outbox``;
    ``on_missed`` is called when anything may have changed; ``on_connection_status`` receives the connection's status.
    They are called from one of the engine's threads, never two calls at a time. ``watched``: a person is looking, so
    the platform's return is noticed within seconds. ``password``: for one silent sign-in when the session has ended.
    ``pace``: the intervals and time-outs used.
    """

    def __init__(
        self,
        cache: "Cache",
        journal: "Journal",
        make_client: "Callable[[], Client]",
        clock: PlatformClock,
        *,
        on_changed: OnChanged = lambda _changed: None,
        on_missed: Callable[[], None] = lambda: None,
        on_connection_status: OnConnectionStatus = lambda _status: None,
        followers: Followers | None = None,
        watched: bool = False,
        password: Password | None = None,
        pace: Pace = USUAL,
    ) -> None:
        self._pace = pace
        self._cache = cache
        self._journal = journal
        self._make_client = make_client
        self._clock = clock
        self._on_changed = on_changed
        self._on_missed = on_missed
        self._on_connection_status = on_connection_status
        self._followers = followers
        self._watched = watched
        self._password = password
        self._counts: dict[str, int] = {}
        self._session_known = False
        #: (person, token) for which no silent sign-in is possible, so that it is not tried again.
        self._refused_sign_in: tuple[str, str | None] | None = None
        #: Person who signed in while the platform could not be reached, until the platform has checked the password.
        self._offline_person: str | None = None
        self._on_progress: Callable[[int, int], None] | None = None
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None
        self._poked = asyncio.Event()
        self._to_index = asyncio.Event()
        self._filling = Filling(pace)

    # -- callable from any thread

    def poke(self) -> None:
        """Read the journal soon: it has a new command, decision or session."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._poke_in_loop)

    def stop(self) -> None:
        """Make ``run`` end soon."""
        self._stopping = True
        if self._loop is not None and self._running is not None:
            self._loop.call_soon_threadsafe(self._running.cancel)

    # -- in the event loop

    async def run(self) -> None:
        """Sync until ``stop``.

        Raises:
            FloorctlError: the client can't be made (a certificate file that can't be read).

        """
        await self._open()
        self._running = asyncio.ensure_future(self._keep_moving())
        if self._stopping:  # stop() was called before there was a task to cancel
            self._running.cancel()
        try:
            await self._running
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        finally:
            await self._close()

    async def sync_once(self, *, full: bool = False, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Bring the cache up to date (``full``: from the beginning), send what waits, and return.

        ``on_progress`` receives how many entities have come and how many there are (0: not known).

        Raises:
            Unauthorized: nobody is signed in.
            PlatformError: the platform could not be asked.
            FloorctlError: the cache or the journal can't be written.

        """
        self._on_progress = on_progress
        await self._open()
        try:
            await self._signed_in(lambda: self._sync_both_ways(full=full))
            await self._notifier.flush()
        finally:
            await self._close()

    async def _sync_both_ways(self, *, full: bool) -> None:
        await self._pull.find_place()
        if full:
            await self._journal_disk(self._journal.set_setting, UNSUPPORTED, None)  # it may have been upgraded
            await self._pull.restart()
        await self._pull.catch_up_or_restart()
        await self._drain()
        await self._pull.catch_up()

    async def push_once(self) -> None:
        """Send the waiting commands that can be sent now, and return.

        Raises:
            Unauthorized: nobody is signed in.
            FloorctlError: the journal can't be read or written.

        """
        await self._open()
        try:
            await self._signed_in(self._drain)
        finally:
            await self._close()

    async def _drain(self) -> None:
        await self._push.drain()
        if not self._link.signed_in.is_set():
            raise Unauthorized(self._link.client.token)

    async def _open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._cache_disk = Disk("floorctl-cache")
        self._journal_disk = Disk("floorctl-journal")
        self._notifier = Notifier(
            self._on_changed, self._on_missed, self._on_connection_status, self._followers, self._pace
        )
        client = self._make_client()
        client.on_time = self._clock.observe
        client.now = self._pace.now
        self._link = Link(client, self._pace)
        self._pull = Pull(
            self._link,
            self._cache,
            self._cache_disk,
            on_changed=self._notifier.changed,
            on_orders=self._orders_came,
            on_missed=self._notifier.missed,
            on_state=self._state_changed,
            before_swap=self._resend_lost,
            on_read_to_end=self._feed_read_to_end,
            pace=self._pace,
        )
        self._push = Push(self._link, self._journal, self._journal_disk, on_settled=self._settled, pace=self._pace)
        self._watch = Watch(self._link, self._pull, watched=self._watched, on_tick=self._report_status, pace=self._pace)
        self._link.on_return = self._link_returned

    async def _close(self) -> None:
        for part in (self._watch, self._push, self._pull):
            await part.close()
        await self._link.client.close()
        # Let the threads finish what they have begun, so that no answer of the platform is lost.
        for thread in (self._notifier, self._cache_disk, self._journal_disk):
            await asyncio.to_thread(thread.close)
        self._loop = None

    async def _keep_moving(self) -> None:
        self._push.hold()
        async with asyncio.TaskGroup() as tasks:
            for work in (
                self._notifier.run,
                self._watch_journal,
                self._pull.run,
                self._push.run,
                self._watch.run,
                self._resend_missing_regularly,
                self._index,
            ):
                tasks.create_task(work())

    # -- changes of the journal, including sessions

    async def _watch_journal(self) -> None:
        edition: tuple[int, int] | None = None
        while True:
            try:
                now = await self._journal_disk(lambda: self._journal.edition)
                if now != edition or self._poked.is_set():
                    edition = now
                    self._poked.clear()
                    await self._apply_session()
                    self._session_known = True
                    self._counts = await self._journal_disk(self._journal.counts)
                    self._push.poke()
                    self._report_status()
                elif not self._link.signed_in.is_set():
                    await self._sign_in_silently()
            except FloorctlError as error:
                self._push.disk_problem = error.key
            await asyncio.sleep(self._pace.journal_checks_apart)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.check_journal_every):
                    await self._poked.wait()

    async def _apply_session(self) -> None:
        session = await self._journal_disk(self._journal.session)
        client = self._link.client
        ours = session is not None and session.is_of(client.platform)
        self._offline_person = session.person_id if ours and session is not None and not session.token else None
        if session is None or not session.token or not ours:
            if self._link.signed_in.is_set():
                self._link.rejected(client.token)
            return
        signed_in = session.token == client.token and self._link.signed_in.is_set()
        if signed_in or session.token == self._link.rejected_token:
            return
        await self._tie_cache_to_session(session)
        self._link.signed(session.token)

    async def _tie_cache_to_session(self, session: "StoredSession") -> None:
        """Tie the cache to this floor and these roles.

        Roles differ in what they may read, and the feed does not resend older changes: other roles need a rebuild.
        """
        emptied = await self._cache_disk(self._cache.belong_to, f"{self._link.client.platform} {session.floor}")
        kinds = sorted(frozenset[str]().union(*(READABLE.get(role, frozenset()) for role in session.roles)))
        before = await self._journal_disk(self._journal.setting, _FEED_KINDS)
        if emptied:
            await self._journal_disk(self._journal.set_setting, UNSUPPORTED, None)  # it was another platform's
            self._pull.lose_place()
            self._notifier.missed()
        elif before is not None and before != kinds and await self._cache_disk(lambda: self._cache.cursor) is not None:
            await self._cache_disk(self._cache.start_rebuild)
            self._pull.lose_place()
        if before != kinds:
            await self._journal_disk(self._journal.set_setting, _FEED_KINDS, kinds)

    async def _sign_in_silently(self) -> None:
        """Sign in with the stored password, once per ended session, and only as the person who was signed in."""
        client = self._link.client
        attempt = (self._offline_person or "", client.token)
        if self._password is None or attempt in (("", None), self._refused_sign_in):
            return
        stored = await asyncio.to_thread(self._password)
        if stored is None:
            self._refused_sign_in = attempt
            return
        before = await self._journal_disk(self._journal.session)
        token = client.token
        try:
            session = await client.sign_in(*stored)
        except PlatformError as error:
            if isinstance(error, Unauthorized):  # other errors are not a refusal
                self._refused_sign_in = attempt
            return
        if before is None or session.person_id != before.person_id:
            client.token = token
            self._refused_sign_in = attempt
            return
        await self._journal_disk(self._journal.save_session, session, client.platform)
        self._poked.set()

    async def _signed_in(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run ``work`` with the current session; if it is rejected, once more after a silent sign-in."""
        await self._apply_session()
        if not self._link.signed_in.is_set():
            raise Unauthorized
        try:
            await work()
        except Unauthorized as error:
            self._link.rejected(error.token)
            await self._sign_in_silently()
            await self._apply_session()
            if not self._link.signed_in.is_set():
                raise
            await work()

    # -- reporting

    def _orders_came(self, number: int) -> None:
        self._filling.orders_came(number)
        self._to_index.set()

    async def _resend_lost(self) -> None:
        if lost := await self._journal_disk(send_lost_again, self._cache, self._journal):
            self._settled(lost)
            self._push.look_up_again()

    def _link_returned(self) -> None:
        self._push.resume()
        self._push.hold()

    async def _feed_read_to_end(self) -> None:
        """Send lost commands again once the feed has caught up after an outage, then release those made meanwhile."""
        if self._push.feed_unheard:
            await self._resend_missing(self._pace.missed_after_outage)
            self._push.release()

    async def _resend_missing_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._pace.missed_after / 3)
            if self._pull.caught_up:
                await self._resend_missing(self._pace.missed_after)

    async def _resend_missing(self, after: float) -> None:
        """Send again what was applied but is missing from the feed ``after`` seconds (platform time) later.

        The platform has lost it.
        """
        if self._pull.as_of is None:
            return
        until = self._pull.as_of - timedelta(seconds=after)
        with suppress(FloorctlError):  # reported by the next reader or writer that fails
            if lost := await self._journal_disk(send_unseen_again, self._cache, self._journal, until):
                self._settled(lost)
                self._push.look_up_again()

    def _settled(self, ids: set[str]) -> None:
        self._notifier.changed(Batch({"outbox": ids}))
        self._poked.set()

    def _state_changed(self) -> None:
        if self._pull.progress is not None:
            self._filling.begin()
            self._to_index.set()  # the indexing says when it is over, and no order may come that would wake it
        if self._on_progress is not None and self._pull.progress is not None:
            self._on_progress(*self._pull.progress)
        self._report_status()

    def _poke_in_loop(self) -> None:
        self._push.poke()
        self._poked.set()

    def _report_status(self) -> None:
        self._notifier.connection_status(self._connection_status())

    def _connection_status(self) -> ConnectionStatus:
        mode = self._mode()
        problem = self._pull.disk_problem or self._push.disk_problem
        if mode == "signed_out":
            problem = "error.network_signed_out"
        elif problem is None and mode != "live":
            problem = self._link.problem
        return ConnectionStatus(
            mode=mode,
            as_of=self._pull.as_of,
            offline_seconds=self._link.quiet if mode == "offline" else 0.0,
            first_sync=self._pull.progress or self._filling.progress,
            waiting=self._counts.get("waiting", 0) + self._counts.get("sending", 0),
            refused=self._counts.get("refused", 0),
            conflicts=self._counts.get("conflict", 0),
            problem=problem,
        )

    def _mode(self) -> Mode:
        if self._offline_person is not None and self._refused_sign_in != (
            self._offline_person,
            self._link.client.token,
        ):
            return "offline"
        if not self._link.signed_in.is_set():
            # "Signed out" only after the journal has been asked who is signed in.
            return "signed_out" if self._session_known else "connecting"
        if self._link.silent:
            return "offline"
        return "live" if self._pull.caught_up else "connecting"

    # -- when idle

    async def _index(self) -> None:
        """Add orders to the search index, and count old limits anew, while nothing more urgent runs."""
        self._to_index.set()
        while True:
            await self._to_index.wait()
            if not self._pull.caught_up:
                await asyncio.sleep(self._pace.check_journal_every)
                continue
            self._to_index.clear()
            started = asyncio.get_running_loop().time()
            try:
                remaining = await self._cache_disk(self._cache.index_some, _INDEX_BATCH)
                remaining += await self._cache_disk(self._cache.count_old_limits, _LIMITS_BATCH)
                if self._filling.indexed(*await self._cache_disk(self._cache.search_progress)):
                    self._report_status()
            except FloorctlError:
                await asyncio.sleep(self._pace.retry_index_after)
                continue
            pause = 2 * (asyncio.get_running_loop().time() - started)
            if self._filling.progress is not None:
                pause = self._pace.filling_pause if remaining else self._pace.journal_checks_apart
            if remaining or self._filling.progress is not None:
                self._to_index.set()
            await asyncio.sleep(pause)
