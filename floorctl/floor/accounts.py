"""Sign in and out at the platform, and store who is signed in.

A person's commands are sent under their own session, which is kept until they are sent, even after another person has
signed in. A handover needs two signatures, so a second person can sign in beside the first, only to sign. If the
platform can't be reached, people who signed in here within the last 7 days can sign; their signatures wait here until
they sign in at the platform again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from floorctl.config import Config
from floorctl.errors import FloorctlError, NotAllowedError, UsageError
from floorctl.floor import passwords
from floorctl.floor.platform_client import platform_client
from floorctl.floor.views import Signed
from floorctl.sync.keys.keyring import KeyringTrouble
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.floor.ports import Sessions
    from floorctl.sync.platform.client import Client
    from floorctl.sync.platform.wire import Session
    from floorctl.sync.stored_session import StoredSession

_T = TypeVar("_T")
_NUMBER = re.compile(r"[\w.@+-]{1,64}")
#: Setting: the employee number whose password is in the keyring.
_KEPT = "password_kept"


def signed(sessions: Sessions) -> Signed | None:
    """Return who is signed in according to the stored session, or None."""
    session = sessions.session()
    return None if session is None else _signed(session)


def number(text: str) -> str:
    """Return the employee number in ``text``, as typed by a person.

    Raises:
        UsageError: it is empty or not a valid number.

    """
    found = typed.compact(text)
    if not found:
        raise UsageError("error.no_employee_no")
    if _NUMBER.fullmatch(found) is None:
        raise UsageError("error.employee_no_form", number=found)
    return found


def sign_in(config: Config, sessions: Sessions, employee_no: str, password: str) -> Session:
    """Sign in at the configured platform and store the session.

    Raises:
        NotAllowedError: the number or the password is wrong.
        UsageError: no platform is configured.
        FloorctlError: the platform can't be reached, or its answer is not valid.

    """
    from floorctl.sync.platform.errors import Unauthorized

    try:
        session = _ask(config, sessions, lambda client: client.sign_in(employee_no, password))
    except Unauthorized as error:
        raise NotAllowedError("error.wrong_password") from error
    _keep_for_unsent(sessions, session.person_id)
    sessions.save_session(session, platform=config.platform.url, employee_no=employee_no)
    passwords.remember(sessions, employee_no, password, session, config.platform.url)
    return session


def sign_in_offline(sessions: Sessions, employee_no: str, known: passwords.Known) -> None:
    """Sign somebody in while the platform can't be reached; their session there begins when it can be."""
    from floorctl.sync.platform.wire import Session

    session = Session(
        person_id=known.person_id,
        name=known.name,
        roles=known.roles,
        floor=known.floor,
        expires_at=known.expires_at,
        server_time=known.expires_at,
    )
    _keep_for_unsent(sessions, known.person_id)
    sessions.save_session(session, platform=known.platform, employee_no=employee_no, offline=True)


def unreachable(error: FloorctlError) -> bool:
    """Whether signing in failed because the platform could not be reached, and not because it refused."""
    from floorctl.sync.platform.errors import BrokenAnswer, TryLater, Unreachable

    return isinstance(error, Unreachable | BrokenAnswer) or (isinstance(error, TryLater) and error.status >= 500)


def keep_password(config: Config, sessions: Sessions, employee_no: str, password: str) -> None:
    """Store the password in the system's keyring.

    Raises:
        KeyringTrouble: it was not stored.

    """
    passwords.keep(config.platform.url, employee_no, password)
    sessions.set_setting(_KEPT, employee_no)


def kept_password(config: Config, sessions: Sessions) -> tuple[str, str] | None:
    """Return number and password of the person signed in, or None; reads the keyring only if theirs is in it."""
    session = sessions.session()
    number = sessions.setting(_KEPT)
    if session is None or not number or session.employee_no != number:
        return None
    password = passwords.kept(config.platform.url, number)
    return (number, password) if password else None


def sign_out(config: Config, sessions: Sessions) -> None:
    """Delete the session here, and end it at the platform if that can be reached.

    The session of a person with unsent commands is kept until those are sent.

    Raises:
        FloorctlError: ``error.password_left``: signed out, but the password could not be removed from the keyring.

    """
    left = False
    try:
        if not _keep_for_unsent(sessions):
            _ask(config, sessions, lambda client: client.sign_out())
    except FloorctlError:
        pass  # a session that the platform was not asked to end expires; signing out must not fail
    finally:
        number = sessions.setting(_KEPT)
        if number:
            try:
                passwords.drop_kept(config.platform.url, number)
            except KeyringTrouble:
                left = True
            sessions.set_setting(_KEPT, None)
        sessions.forget_session()
    if left:
        raise FloorctlError("error.password_left", number=number)


# -- the second signer


def sign_in_beside(config: Config, sessions: Sessions, employee_no: str, password: str) -> Signed:
    """Sign somebody in for a signature; the session of the person signed in is not changed.

    Raises:
        NotAllowedError: ``error.second_person_unknown``: the number or the password is wrong.
        UsageError: no platform is configured.
        FloorctlError: the platform can't be reached, or its answer is not valid.

    """
    from floorctl.sync.platform.errors import Unauthorized
    from floorctl.sync.stored_session import StoredSession

    try:
        session = _ask(config, sessions, lambda client: client.sign_in(employee_no, password))
    except Unauthorized as error:
        raise NotAllowedError("error.second_person_unknown") from error
    stored = StoredSession.of(session, config.platform.url, employee_no)
    sessions.keep_second_session(stored)
    passwords.remember(sessions, employee_no, password, session, config.platform.url)
    return _signed(stored)


def end_beside(config: Config, sessions: Sessions, person_id: str) -> None:
    """End the second session of a person, unless commands of theirs wait to be sent."""
    if person_id in sessions.unsent_people():
        return
    kept = sessions.forget_second_session(person_id)
    if kept is not None:
        token = kept.token_for(config.platform.url)
        with suppress(FloorctlError):
            if token:
                _ask(config, sessions, lambda client: client.end_session(token))


def _keep_for_unsent(sessions: Sessions, next_person: str = "") -> bool:
    """Keep the session of the person signed in if they have unsent commands; return whether it was kept.

    Their commands are then sent in their name, and not in that of whoever signs in next.
    """
    session = sessions.session()
    if session is None or session.person_id == next_person or session.person_id not in sessions.unsent_people():
        return False
    sessions.keep_second_session(session)
    return True


# -- requests


def _signed(session: StoredSession) -> Signed:
    return Signed(session.person_id, session.name, frozenset(session.roles), session.floor, session.expires_at)


def _ask(config: Config, sessions: Sessions, ask: Callable[[Client], Coroutine[Any, Any, _T]]) -> _T:
    import asyncio  # imported here because ``signed`` is called at every start and doesn't need it

    return asyncio.run(_with_client(config, sessions, ask))


async def _with_client(config: Config, sessions: Sessions, ask: Callable[[Client], Coroutine[Any, Any, _T]]) -> _T:
    session = sessions.session()
    client = platform_client(config, session.token_for(config.platform.url) if session else None)
    try:
        return await ask(client)
    finally:
        await client.close()
