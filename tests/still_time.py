"""An event loop whose time stands still while anything works, and jumps to the next timer when nothing does.

A test that waits for minutes takes only as long as its work, and its timers fire in the same order on any machine.
Tests marked ``still_time`` run on it. Events from outside the process (a socket, another process) can't be awaited this
way: such tests run on real time.
"""

import asyncio
import itertools
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, TypeVar, TypeVarTuple, Unpack

from textual import _time

_T = TypeVar("_T")
_Args = TypeVarTuple("_Args")

#: Real seconds between two checks of a thread that works.
_LOOK_AGAIN = 0.02
#: Real seconds after which work that has not ended counts as stuck.
_STUCK = 20.0


class StillClock:
    """A monotonic clock that only ``jump`` moves."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.at

    def jump(self, seconds: float) -> None:
        """Move the clock forward."""
        self.at += seconds


class _Selector(selectors.DefaultSelector):
    """Waits while threads work; if none does, moves the clock instead of waiting."""

    loop: "StillLoop"

    def select(self, timeout: float | None = None) -> Any:
        """Return the ready events; if nothing is ready or working, jump to the next timer."""
        if timeout is not None and timeout <= 0:
            return super().select(0)
        began = time.perf_counter()
        while True:
            # Read before polling: work that ends in between has notified the loop, which must run before time moves.
            nothing_at_work = not self.loop.at_work
            if ready := super().select(0):
                return ready
            if nothing_at_work:
                if self.loop.wake_at_rest():
                    return ready
                if timeout is not None:
                    self.loop.clock.jump(timeout)
                    return ready
                return super().select(_LOOK_AGAIN)
            if ready := super().select(_LOOK_AGAIN):
                return ready
            if time.perf_counter() - began > _STUCK:
                raise TimeoutError("work in a thread does not end")


class StillLoop(asyncio.SelectorEventLoop):
    """An event loop on a clock that stands still while it or one of its threads works."""

    def __init__(self, clock: StillClock) -> None:
        self.clock = clock
        #: Number of pieces of work in threads that have not ended.
        self.at_work = 0
        #: Seconds on ``clock`` before each piece of work begins; simulates a slow disk.
        self.slowness = 0.0
        #: Number of pieces of work that are delayed by ``slowness``.
        self.delayed = 0
        self._resting: list[tuple[float, asyncio.Future[None]]] = []
        self._counting = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "work")
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Return the clock's time."""
        return self.clock()

    async def rest(self, after: float = -inf) -> float:
        """Wait until nothing works and time is about to jump; return the time.

        ``after``: wait further until the clock has moved past this time.
        """
        resting = self.create_future()
        self._resting.append((after, resting))
        await resting
        return self.time()

    def wake_at_rest(self) -> bool:
        """Wake the tasks that wait in ``rest``; return whether there were any."""
        woken = [each for after, each in self._resting if after < self.clock.at]
        self._resting = [(after, each) for after, each in self._resting if after >= self.clock.at]
        for each in woken:
            if not each.done():
                each.set_result(None)
        return bool(woken)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[_Args]], _T], *args: *_Args
    ) -> asyncio.Future[_T]:
        """Run ``func`` in the loop's only thread, after ``slowness`` seconds."""
        if not self.slowness:
            return self._submit(func, *args)
        # If the awaiting task is cancelled, the work goes on, as a thread that waits for a disk would.
        work = asyncio.ensure_future(self._later(self.slowness, func, *args), loop=self)
        work.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # retrieve its error
        return asyncio.shield(work)

    async def _later(self, seconds: float, func: Callable[..., Any], *args: Any) -> Any:
        self.delayed += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self.delayed -= 1
        return await self._submit(func, *args)

    def _submit(self, func: Callable[..., Any], *args: Any) -> "asyncio.Future[Any]":
        with self._counting:
            self.at_work += 1
        work = self._pool.submit(func, *args)
        future = asyncio.wrap_future(work, loop=self)
        work.add_done_callback(self._ended)  # after the callback that notifies the loop
        return future

    def _ended(self, _work: "Future[Any]") -> None:
        with self._counting:
            self.at_work -= 1

    def add_signal_handler(self, sig: int, callback: Callable[[Unpack[_Args]], object], *args: *_Args) -> None:
        """Ignore: a signal is meant for the test process, not for the cockpit under test."""

    def close(self) -> None:
        """Close the loop and end its thread."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        super().close()


class StillTimeLoop(StillLoop):
    """A loop on its own clock, which replaces the monotonic clock of the process until the loop is closed."""

    def __init__(self) -> None:
        super().__init__(StillClock())
        self._before = time.monotonic, time.thread_time, _time.time, _time.get_time, vars(_time)["monotonic"]
        # The cost of a frame is zero in still time, so that a slow machine skips as many frames as a fast one.
        costs = itertools.repeat(0.0)
        time.monotonic, time.thread_time = self.clock, costs.__next__
        _time.time = _time.get_time = vars(_time)["monotonic"] = self.clock

    def close(self) -> None:
        """Close the loop and restore the real clocks."""
        if not self.is_closed():
            time.monotonic, time.thread_time, _time.time, _time.get_time, vars(_time)["monotonic"] = self._before
        super().close()


@contextmanager
def still_time() -> Iterator[StillTimeLoop]:
    """Provide an event loop on still time inside the block."""
    loop = StillTimeLoop()
    try:
        asyncio.set_event_loop(loop)
        yield loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


#: The time of day at which still time begins.
_BEGAN = datetime.now(UTC).replace(microsecond=0)


def utc_now() -> datetime:
    """Return the time of day; that of still time if the running event loop is a ``StillLoop``."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return datetime.now(UTC)
    return _BEGAN + timedelta(seconds=loop.time()) if isinstance(loop, StillLoop) else datetime.now(UTC)
