"""Time that stands still while something works and jumps to the next timer when nothing does.

What waits for minutes takes as long as its work, not as its waiting, and the same timers are due at the same places,
however slow the machine is. Tests marked ``still_time`` run on it. What comes from outside of the process (a socket,
another process) can't be waited for like this: such tests run on real time.
"""

import asyncio
import itertools
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

from textual import _time

#: Seconds of real time to wait for a thread that works.
_LOOK_AGAIN = 0.02
#: Real seconds after which work that has not ended counts as stuck.
_STUCK = 20.0


class StillClock:
    """A monotonic clock that only ``jump`` moves."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.at

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds


class _Selector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Waits for threads at work; where there are none, moves the clock instead of waiting."""

    loop: "StillLoop"

    def select(self, timeout: float | None = None) -> Any:
        """What is ready; with nothing ready and nothing at work, the next timer is due at once."""
        if timeout is not None and timeout <= 0:
            return super().select(0)
        began = time.perf_counter()
        while True:
            # Asked before what is ready: work that ends in between has told the loop, and no time may pass before that.
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
        #: Pieces of work that were given to threads and have not ended.
        self.at_work = 0
        #: Seconds on ``clock`` that each piece of work takes before it begins: a slow disk.
        self.slowness = 0.0
        #: Pieces of work that the slow disk has not begun.
        self.delayed = 0
        self._resting: list[tuple[float, asyncio.Future[None]]] = []
        self._counting = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "work")
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """The clock's time."""
        return self.clock()

    async def rest(self, after: float = -inf) -> float:
        """Wait until nothing works and nothing is left to be done before time jumps; returns the time.

        ``after``: not before time has jumped from there.
        """
        resting = self.create_future()
        self._resting.append((after, resting))
        await resting
        return self.time()

    def wake_at_rest(self) -> bool:
        """Tell those who wait for it that all is at rest; whether there were any."""
        woken = [each for after, each in self._resting if after < self.clock.at]
        self._resting = [(after, each) for after, each in self._resting if after >= self.clock.at]
        for each in woken:
            if not each.done():
                each.set_result(None)
        return bool(woken)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Run ``func`` in the one thread, after the time that a slow disk takes."""
        if not self.slowness:
            return self._submit(func, *args)
        # Who waits for it may go; a thread that has begun to wait for a disk goes on all the same.
        work = asyncio.ensure_future(self._later(self.slowness, func, *args), loop=self)
        work.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # nobody's where they have gone
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
        work.add_done_callback(self._ended)  # after the loop has been told
        return future

    def _ended(self, _work: "Future[Any]") -> None:
        with self._counting:
            self.at_work -= 1

    def add_signal_handler(self, *_: Any) -> None:
        """A signal ends the one who walks, not the cockpit that is walked through."""

    def close(self) -> None:
        """End the thread, too."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        super().close()


class StillTimeLoop(StillLoop):
    """A loop on a clock of its own, which everything that asks for the monotonic time sees until it is closed."""

    def __init__(self) -> None:
        super().__init__(StillClock())
        self._before = time.monotonic, time.thread_time, _time.time, _time.get_time, _time.monotonic
        # What a frame costs is told in still time, too: a slow machine then leaves out as many frames as a fast one.
        costs = itertools.repeat(0.0)
        time.monotonic, time.thread_time = self.clock, costs.__next__
        _time.time = _time.get_time = _time.monotonic = self.clock

    def close(self) -> None:
        """End the thread, and give everybody the machine's time back."""
        if not self.is_closed():
            time.monotonic, time.thread_time, _time.time, _time.get_time, _time.monotonic = self._before
        super().close()


@contextmanager
def still_time() -> Iterator[StillTimeLoop]:
    """A loop on still time, for as long as the context lasts."""
    loop = StillTimeLoop()
    try:
        asyncio.set_event_loop(loop)
        yield loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


#: When the still time of a loop begins.
_BEGAN = datetime.now(UTC).replace(microsecond=0)


def utc_now() -> datetime:
    """The time of day: that of still time where the running event loop is on it."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return datetime.now(UTC)
    return _BEGAN + timedelta(seconds=loop.time()) if isinstance(loop, StillLoop) else datetime.now(UTC)
