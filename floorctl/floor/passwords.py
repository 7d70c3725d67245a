"""Check passwords without the platform, limit failed attempts, and store a password in the system's keyring.

Only an argon2id hash of a password is stored, in the encrypted journal, for 7 days after the person last signed in at
the platform from here. It is used to unlock the screen, and to sign in while the platform can't be reached.
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

#: Seconds after a sign-in during which the same person may sign in without the platform.
OFFLINE_FOR = 7 * 86_400.0
#: Failed attempts before the pause, and its length in seconds.
FREE_TRIES = 5
PAUSE = 300.0
#: A hash is not accepted if the clock is more than this many seconds before the sign-in.
_CLOCK_BACK = 3600.0
_PEOPLE, _TRIES = "verifiers", "tries"
_SERVICE = "floorctl password"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A person who signed in here: the password's hash, the sign-in time (Unix seconds), their platform data."""

    verifier: str
    at: float
    person_id: str
    name: str
    roles: tuple[str, ...]
    floor: str
    expires_at: Time
    platform: str


def remember(settings: Settings, employee_no: str, password: str, session: Session, platform: str) -> None:
    """Store the hash and the data of a person who has just signed in. Takes a tenth of a second."""
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
    """Delete the hash of a password that the platform no longer accepts."""
    people = _people(settings)
    if people.pop(employee_no, None) is not None:
        settings.set_setting(_PEOPLE, people)


def person_known(settings: Settings, employee_no: str, platform: str) -> Known | None:
    """Return who signed in here with this number at this platform within the last 7 days, or None."""
    known = _people(settings).get(employee_no)
    if known is None or known.platform.rstrip("/") != platform.rstrip("/"):
        return None
    return known if -_CLOCK_BACK < time.time() - known.at < OFFLINE_FOR else None


def fits(known: Known, password: str) -> bool:
    """Return whether ``password`` matches the stored hash. Takes a tenth of a second."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(known.verifier, password)
    except (VerificationError, InvalidHashError):
        return False


def _people(settings: Settings) -> dict[str, Known]:
    return msgspec.convert(settings.setting(_PEOPLE, {}), dict[str, Known])


# -- limiting attempts


def take_try(settings: Settings) -> None:
    """Count an attempt before it is made, so that an interrupted one counts too; see ``right`` and ``refund_attempt``.

    Raises:
        NotAllowedError: ``error.too_many_tries``: five attempts failed, and five minutes have not passed.

    """
    now, tries = time.time(), settings.setting(_TRIES, {"wrong": 0, "at": 0.0})
    wrong, since = int(tries["wrong"]), now - float(tries["at"])
    if wrong >= FREE_TRIES:
        # A clock that was set back must not lock the terminal for longer than the pause.
        if 0 <= since < PAUSE:
            raise NotAllowedError("error.too_many_tries", n=math.ceil((PAUSE - since) / 60))
        wrong = 0 if since >= PAUSE else FREE_TRIES - 1
    settings.set_setting(_TRIES, {"wrong": wrong + 1, "at": now})


def right(settings: Settings) -> None:
    """Reset the count after a correct password."""
    settings.set_setting(_TRIES, None)


def refund_attempt(settings: Settings) -> None:
    """Do not count an attempt that the platform could not verify."""
    tries: dict[str, Any] = settings.setting(_TRIES, {"wrong": 1, "at": 0.0})
    settings.set_setting(_TRIES, {**tries, "wrong": max(0, int(tries["wrong"]) - 1)})


# -- the system's keyring


def keep(platform: str, employee_no: str, password: str) -> None:
    """Store a password in the system's keyring, for renewing a session without asking.

    Raises:
        KeyringTrouble: it was not stored.

    """
    keyring.put(_SERVICE, f"{employee_no} {platform}", password)


def kept(platform: str, employee_no: str) -> str | None:
    """Return the password stored in the keyring, or None if there is none or the keyring can't be read."""
    with suppress(KeyringTrouble):
        return keyring.get(_SERVICE, f"{employee_no} {platform}")
    return None


def drop_kept(platform: str, employee_no: str) -> None:
    """Delete a password from the keyring.

    Raises:
        KeyringTrouble: it is still there, or the keyring can't tell.

    """
    keyring.drop(_SERVICE, f"{employee_no} {platform}")
