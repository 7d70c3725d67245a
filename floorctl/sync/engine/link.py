"""The link to the platform as everything that uses it sees it: is anybody signed in, does anything come back."""

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

#: So many failures in a row take the link down, and one does if nothing was heard just now.
_IN_A_ROW = 3


class Disk:
    """One thread for the blocking work of one database, in the order in which it was asked for."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` in the thread; what it raises is raised here."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait for the work that was begun."""
        self._thread.shutdown(wait=True)


class Link:
    """Whether requests make sense now. Belongs to one event loop.

    While it is down only ``Watch`` asks, at its own pace, and everybody else waits in ``ready``: so however many things
    want the platform, one that is gone is asked no more often than one back-off allows, and all go on the moment that
    it answers.
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
        #: Set when somebody has a reason to doubt the link; ``Watch`` finds out.
        self.doubt = asyncio.Event()
        #: Called when the link has come back: who waits out a failure of its own need wait no longer.
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
        """Seconds since the feed last said anything; since the start, where it has not yet."""
        return self._pace.now() - (self.client.heard_at or self._started_at)

    @property
    def silent(self) -> bool:
        """Whether nothing has been heard for so long that what is shown is no longer live."""
        return self.quiet >= self._pace.offline_after

    def answered(self) -> None:
        """The platform answered as the contract says."""
        self.retry_after = None
        self._failures = 0
        if not self.up.is_set():
            self._down.clear()
            self.up.set()
            self.on_return()

    def failed(self, error: PlatformError | None) -> None:
        """The feed did not answer, or not as the contract says; None: it has been silent for too long.

        A request lost here and there, with answers to others between, does not take the link down.
        """
        self._failures += 1
        self.doubt.set()
        if self._failures < _IN_A_ROW and self.quiet < self._pace.just_now and isinstance(error, Unreachable):
            return
        if error is not None:
            self.problem = error.key
        elif self.problem is None:
            self.problem = "error.network_unreachable"
        self.retry_after = error.retry_after if isinstance(error, TryLater) else None
        self.up.clear()
        self._down.set()

    def rejected(self, token: str | None) -> None:
        """The platform does not know the session of ``token`` any more (or a person has ended it)."""
        if token != self.client.token:
            return  # a late answer to somebody who was signed in before
        self.rejected_token = token
        self.signed_in.clear()
        self._down.set()

    def signed(self, token: str) -> None:
        """Somebody is signed in, with ``token``."""
        self.client.token = token
        self.problem = None
        if self.up.is_set():
            self._down.clear()
        self.signed_in.set()
        self.doubt.set()

    async def while_up(self, work: Coroutine[Any, Any, None], nudge: asyncio.Event) -> None:
        """Do ``work`` until it ends, the link goes down, somebody signs out, or ``nudge`` is set.

        Raises:
            PlatformError: ``work`` did.

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
