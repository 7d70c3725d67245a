"""Signing in and out at the platform, and remembering who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from floorctl.config import Config
from floorctl.errors import FloorctlError, UsageError
from floorctl.views import Signed

if TYPE_CHECKING:
    from floorctl.sync.client import Client
    from floorctl.sync.journal import Journal
    from floorctl.sync.wire import Session

_T = TypeVar("_T")


def signed(journal: Journal) -> Signed | None:
    """Who is signed in according to the journal, or None."""
    session = journal.session()
    if session is None:
        return None
    return Signed(session.person_id, session.name, frozenset(session.roles), session.floor, session.expires_at)


def sign_in(config: Config, journal: Journal, employee_no: str, password: str) -> Session:
    """Sign in at the configured platform and keep the session.

    Raises:
        NotAllowedError: the number or the password is wrong.
        UsageError: no platform is configured.
        FloorctlError: the platform can't be reached or makes no sense.

    """
    session = _ask(config, journal, lambda client: client.sign_in(employee_no, password))
    journal.save_session(session, platform=config.platform.url)
    return session


def sign_out(config: Config, journal: Journal) -> None:
    """Forget the session here, and end it at the platform where that can be reached."""
    try:
        _ask(config, journal, lambda client: client.sign_out())
    except FloorctlError:
        pass  # what the platform does not hear of expires by itself; leaving must always be possible
    finally:
        journal.forget_session()


def _ask(config: Config, journal: Journal, ask: Callable[[Client], Coroutine[Any, Any, _T]]) -> _T:
    import asyncio  # who is signed in is asked at every start, and needs none of this

    return asyncio.run(_with_client(config, journal, ask))


async def _with_client(config: Config, journal: Journal, ask: Callable[[Client], Coroutine[Any, Any, _T]]) -> _T:
    if not config.platform.url:
        raise UsageError("error.no_platform")
    from floorctl.sync.client import Client

    session = journal.session()
    client = Client(
        config.platform.url,
        timeout=config.platform.timeout,
        ca_file=config.platform.ca_file,
        token=session.token if session else None,
        terminal=config.terminal.name,
    )
    try:
        return await ask(client)
    finally:
        await client.close()
