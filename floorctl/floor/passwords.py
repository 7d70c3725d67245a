"""Passwords that this terminal can tell by itself, how often a wrong one may be tried, and the one kept in the keyring.

Of a password only an argon2id hash is kept, in the encrypted journal, for a week after its owner last signed in at the
platform from here. With it a locked screen is opened, and somebody signs in while the platform can't be reached.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from floorctl.errors import NotAllowedError
from floorctl.models.base import Time
from floorctl.sync.keys import keyring
from floorctl.sync.keys.keyring import KeyringTrouble

if TYPE_CHECKING:
    from floorctl.floor.ports import Settings
    from floorctl.sync.platform.wire import Session

#: Seconds for which somebody who signed in here may do so without the platform.
OFFLINE_FOR = 7 * 86_400.0
#: Wrong passwords that may be tried, and for how many seconds none may be after them.
FREE_TRIES = 5
PAUSE = 300.0
#: A clock that was set back by more than this is not believed.
_CLOCK_BACK = 3600.0
_PEOPLE, _TRIES = "verifiers", "tries"
_SERVICE = "floorctl password"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signed in here: the hash of the password, when that was, and who they are at the platform."""

    verifier: str
    at: float
    person_id: str
    name: str
    roles: tuple[str, ...]
    floor: str
    expires_at: Time
    platform: str


def remember(settings: Settings, employee_no: str, password: str, session: Session, platform: str) -> None:
    """Keep that this person signed in here just now. Takes a tenth of a second."""
    from argon2 import PasswordHasher

    now = time.time()
    known = Known(
        verifier=PasswordHasher().hash(password),
        at=now,
        person_id=session.person_id,
        name=session.name,
        roles=session.roles,
        floor=session.floor,
        expires_at=session.expires_at,
        platform=platform,
    )
    people = {number: each for number, each in _people(settings).items() if now - each.at < OFFLINE_FOR}
    settings.set_setting(_PEOPLE, people | {employee_no: known})


def forget(settings: Settings, employee_no: str) -> None:
    """The platform does not take this password any more: it opens nothing here either."""
    people = _people(settings)
    if people.pop(employee_no, None) is not None:
        settings.set_setting(_PEOPLE, people)


def person_known(settings: Settings, employee_no: str, platform: str) -> Known | None:
    """Who signed in here with this number at this platform within the week, None where nobody did."""
    known = _people(settings).get(employee_no)
    if known is None or known.platform.rstrip("/") != platform.rstrip("/"):
        return None
    return known if -_CLOCK_BACK < time.time() - known.at < OFFLINE_FOR else None


def fits(known: Known, password: str) -> bool:
    """Whether this is the person's password. Takes a tenth of a second."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(known.verifier, password)
    except (VerificationError, InvalidHashError):
        return False


def _people(settings: Settings) -> dict[str, Known]:
    return msgspec.convert(settings.setting(_PEOPLE, {}), dict[str, Known])


# -- how often


def take_try(settings: Settings) -> None:
    """Count a try before it is made, so that one that is broken off counts too; see ``right`` and ``refund_attempt``.

    Raises:
        NotAllowedError: ``error.too_many_tries``: five were wrong, and five minutes have not passed.

    """
    now, tries = time.time(), settings.setting(_TRIES, {"wrong": 0, "at": 0.0})
    wrong, since = int(tries["wrong"]), now - float(tries["at"])
    if wrong >= FREE_TRIES:
        # A clock that was set back must not close the terminal for longer than the pause.
        if 0 <= since < PAUSE:
            raise NotAllowedError("error.too_many_tries", n=math.ceil((PAUSE - since) / 60))
        wrong = 0 if since >= PAUSE else FREE_TRIES - 1
    settings.set_setting(_TRIES, {"wrong": wrong + 1, "at": now})


def right(settings: Settings) -> None:
    """The password was right."""
    settings.set_setting(_TRIES, None)


def refund_attempt(settings: Settings) -> None:
    """Do not count an attempt that the platform could not verify."""
    tries: dict[str, Any] = settings.setting(_TRIES, {"wrong": 1, "at": 0.0})
    settings.set_setting(_TRIES, {**tries, "wrong": max(0, int(tries["wrong"]) - 1)})


# -- the one in the system's keyring


def keep(platform: str, employee_no: str, password: str) -> None:
    """Put a password into the system's keyring, for signing in again without a person.

    Raises:
        KeyringTrouble: it was not kept.

    """
    keyring.put(_SERVICE, f"{employee_no} {platform}", password)


def kept(platform: str, employee_no: str) -> str | None:
    """The password that was put into the keyring, if one was and the keyring gives it out."""
    with suppress(KeyringTrouble):
        return keyring.get(_SERVICE, f"{employee_no} {platform}")
    return None


def drop_kept(platform: str, employee_no: str) -> None:
    """Take a password out of the keyring again.

    Raises:
        KeyringTrouble: it is still there, or the keyring does not tell.

    """
    keyring.drop(_SERVICE, f"{employee_no} {platform}")
