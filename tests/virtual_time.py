"""An event loop whose clock jumps: a second of waiting takes none, and what is decided by time is decided the same.

Tests marked ``virtual_time`` run on it. Time stands still while anything is being done, in worker threads too, and
goes on at once to the next moment that somebody waits for when nothing is. What comes from outside of the process (a
socket, another process) can't be waited for like this: such tests run on real time.
"""

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

#: When virtual time begins.
_BEGAN = datetime.now(UTC).replace(microsecond=0)
#: Real seconds after which a loop that waits for nothing that could ever come gives up.
_NOTHING_COMES = 30.0


class _Jumps(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    """Waits for real while a worker thread is at work; else goes to the moment that is waited for."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> Any:
        if found := super().select(0):
            return found
        if self.loop.working:
            return super().select(None if timeout != 0 else 0)
        if timeout is None:
            if not (found := super().select(_NOTHING_COMES)):
                raise RuntimeError("everybody waits, and nothing is to come")
            return found
        self.loop.passed += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """``time`` begins at 0. ``working`` is how many calls are under way in worker threads."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.working = 0
        selector = _Jumps()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.passed

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """As any loop does; until it is done, time stands still."""
        self.working += 1
        done = super().run_in_executor(executor, func, *args)
        done.add_done_callback(self._worked)
        return done

    def _worked(self, _done: object) -> None:
        self.working -= 1


def utc_now() -> datetime:
    """The time of day: that of virtual time where the running event loop is virtual."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return datetime.now(UTC)
    return _BEGAN + timedelta(seconds=loop.time()) if isinstance(loop, VirtualLoop) else datetime.now(UTC)
