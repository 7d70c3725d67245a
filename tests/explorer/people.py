"""The people of the explored terminal, and signing in to the platform in this process, without a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from floorctl.sync.platform.errors import Unauthorized, Unreachable
from tests.quality_stage import CHIEF, ME, OTHER
from tests.sync.storage import session

if TYPE_CHECKING:
    from floorctl.sync.platform import wire
    from tests.explorer.world import World
    from tests.still_time import StillClock

#: The password of everybody.
PASSWORD = "right u1"
#: Employee numbers; the first is whoever the walk begins with.
NUMBERS = ("1001", "1000", "1002", "1003")
_OTHER_PEOPLE = {
    "1000": (CHIEF, "吴督", "supervisor"),
    "1002": (OTHER, "周检", "shift_lead"),
    "1003": ("p-1003", "郑质", "inspector"),
}


def session_of(number: str, role: str) -> wire.Session:
    """The session that the platform gives to this number; ``role``: of who begins the walk."""
    person, name, has = _OTHER_PEOPLE.get(number, (ME, "钱进", role))
    return msgspec.structs.replace(session(has, person, token=person), name=name)


class _Platform:
    """Signs in and out as the platform does."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def sign_in(self, number: str, password: str) -> wire.Session:
        """Return the session if number and password are right and the platform can be reached."""
        if self._world.unreachable:
            raise Unreachable("explored outage")
        if number not in NUMBERS or password != PASSWORD:
            raise Unauthorized
        return session_of(number, self._world.role)

    async def sign_out(self) -> None:
        """Nothing is left of it."""

    async def end_session(self, _token: str) -> None:
        """Nothing is left of it."""


@contextmanager
def signing_in_at(world: Callable[[], World], clock: StillClock) -> Iterator[None]:
    """Make sign-ins ask the platform of ``world()``, and measure their waits on ``clock``."""
    began, at = time.time(), clock()

    def ask(_config: Any, _journal: Any, asks: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        try:
            asks(_Platform(world())).send(None)
        except StopIteration as answer:
            return answer.value
        raise AssertionError("signing in awaits something")

    clock_module = SimpleNamespace(time=lambda: began + clock() - at)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("floorctl.floor.accounts._ask", ask)
        patched.setattr("floorctl.floor.passwords.time", clock_module)
        patched.setattr("floorctl.floor.session.time", clock_module)
        yield
