"""State of the link to the platform, shared by all who use it: is anybody signed in, does the platform answer."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from floorctl.sync.pace import USUAL, Pace
from floorctl.sync.platform.errors import PlatformError, TryLater, Unreachable

if TYPE_CHECKING:
    from floorctl.sync.platform.client import Client

T = TypeVar("T")
P = ParamSpec("P")

#: Failures in a row that take the link down. A single one does if nothing was heard within ``Pace.heard_recently``.
_IN_A_ROW = 3


class Disk:
    """One thread for the blocking work of one database; calls run in the order in which they were made."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in the thread; its exception is raised here."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait until the work that was begun is done."""
        self._thread.shutdown(wait=True)


class Link:
    """Whether requests make sense now. Belongs to one event loop.

    While the link is down only ``Watch`` sends requests, at its back-off; all others wait in ``ready``. So a platform
    that is down gets no more requests than one back-off allows, and all continue as soon as it answers.
    """

    def __init__(self, client: "Client", pace: Pace = USUAL) -> None:
        self.client = client
        self._pace = pace
        self.problem: str | None = None
        self.rejected_token: str | None = None
        self.retry_after: float | None = None
        self.signed_in = asyncio.Event()
        self.up = asyncio.Event()
        self.up.set()
        #: Set when there is a reason to doubt the link; ``Watch`` then asks the platform.
        self.doubt = asyncio.Event()
        #: Called when the link has come back, to end back-off waits.
        self.on_return: Callable[[], None] = lambda: None
        self._down = asyncio.Event()
        self._failures = 0
        self._started_at = self._pace.now()

    async def ready(self) -> None:
        """Wait until somebody is signed in and the platform answers."""
        while not (self.signed_in.is_set() and self.up.is_set()):
            await self.signed_in.wait()
            await self.up.wait()

    @property
    def quiet(self) -> float:
        """Seconds since the feed was last heard; before that, since the start."""
        return self._pace.now() - (self.client.heard_at or self._started_at)

    @property
    def silent(self) -> bool:
        """Whether nothing was heard for ``Pace.offline_after`` seconds, so that the data shown is not live."""
        return self.quiet >= self._pace.offline_after

    def answered(self) -> None:
        """Record an answer that conforms to the contract."""
        self.retry_after = None
        self._failures = 0
        if not self.up.is_set():
            self._down.clear()
            self.up.set()
            self.on_return()

    def failed(self, error: PlatformError | None) -> None:
        """Record that the feed did not answer, or not as the contract says (None: it has been silent for too long).

        Occasional lost requests, with answers in between, do not take the link down.
        """
        self._failures += 1
        self.doubt.set()
        if self._failures < _IN_A_ROW and self.quiet < self._pace.heard_recently and isinstance(error, Unreachable):
            return
        if error is not None:
            self.problem = error.key
        elif self.problem is None:
            self.problem = "error.network_unreachable"
        self.retry_after = error.retry_after if isinstance(error, TryLater) else None
        self.up.clear()
        self._down.set()

    def rejected(self, token: str | None) -> None:
        """Record that the platform no longer accepts the session of ``token``, or that a person has ended it."""
        if token != self.client.token:
            return  # a late answer to an earlier session
        self.rejected_token = token
        self.signed_in.clear()
        self._down.set()

    def signed(self, token: str) -> None:
        """Record that somebody is signed in, with ``token``."""
        self.client.token = token
        self.problem = None
        if self.up.is_set():
            self._down.clear()
        self.signed_in.set()
        self.doubt.set()

    async def while_up(self, work: Coroutine[Any, Any, None], nudge: asyncio.Event) -> None:
        """Run ``work`` until it ends, the link goes down, somebody signs out, or ``nudge`` is set.

        Raises:
            PlatformError: raised by ``work``.

        """
        working = asyncio.ensure_future(work)
        ends = [asyncio.ensure_future(self._down.wait()), asyncio.ensure_future(nudge.wait())]
        try:
            await asyncio.wait([working, *ends], return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            nudge.clear()
            for task in (working, *ends):
                task.cancel()
            await asyncio.gather(working, *ends, return_exceptions=True)
