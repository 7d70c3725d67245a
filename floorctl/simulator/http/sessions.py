"""Sessions of the platform: signing in, their duration, and the limit on wrong passwords."""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Annotated

import msgspec
from sqlalchemy import text

from floorctl.i18n import t
from floorctl.models.team import Person
from floorctl.simulator.http.accounts import Account, hashed, verified
from floorctl.simulator.http.problem_response import ProblemResponse
from floorctl.simulator.store.store import Reading, Store

#: Seconds, by this machine's clock, that a session lasts.
SESSION_SECONDS = 12 * 3600.0
#: Wrong passwords in a row before a number has to wait, and for how many seconds: doubled each further time.
FREE_TRIES = 5
_FIRST_WAIT, _LONGEST_WAIT = 30.0, 900.0
_REMEMBERED_NUMBERS = 10_000

_ADD_ACCOUNT = text(
    "INSERT INTO account (employee_no, person_id, roles, password_hash) "
    "VALUES (:employee_no, :person_id, :roles, :password_hash) ON CONFLICT (employee_no) DO NOTHING"
)
_ACCOUNT = text("SELECT person_id, roles, password_hash FROM account WHERE employee_no = :employee_no")
_ADD_SESSION = text(
    "INSERT INTO session (token_hash, employee_no, terminal, ends_at) "
    "VALUES (:token_hash, :employee_no, :terminal, :ends_at)"
)
_SESSION = text(
    "SELECT account.person_id, account.roles, session.terminal, session.ends_at FROM session "
    "JOIN account ON account.employee_no = session.employee_no WHERE token_hash = :token_hash AND ends_at > :now"
)
_END_SESSION = text("DELETE FROM session WHERE token_hash = :token_hash")


class Credentials(msgspec.Struct, frozen=True):
    """The body of a sign-in request."""

    employee_no: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    terminal: Annotated[str, msgspec.Meta(max_length=64)] = ""


@dataclass(frozen=True)
class SignedIn:
    """The person and the terminal of a request's session."""

    person_id: str
    name: str
    roles: tuple[str, ...]
    terminal: str
    floor: str
    expires_at: datetime


class Throttle:
    """Makes a number wait after wrong passwords in a row.

    Every try counts as wrong until it is known to be right, so that many at once gain nothing.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def count_try(self, number: str) -> float:
        """Count a try and return 0, or return the seconds left to wait before one counts."""
        now = self._monotonic()
        with self._lock:
            tries, until = self._tries.pop(number, (0, 0.0))
            if now >= until:
                tries += 1
                over = tries - FREE_TRIES
                until = now + min(_FIRST_WAIT * 2.0 ** min(over, 16), _LONGEST_WAIT) if over >= 0 else 0.0
                left = 0.0
            else:
                left = until - now
            self._tries[number] = (tries, until)
            if len(self._tries) > _REMEMBERED_NUMBERS:
                self._tries.popitem(last=False)
        return left

    def reset(self, number: str) -> None:
        """Reset the count after a right password."""
        with self._lock:
            self._tries.pop(number, None)


class Sessions:
    """The sessions of a store. Its methods block on the disk, and signing in on hashing too."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._throttle = Throttle()

    def enrol(self, accounts: Iterable[Account]) -> None:
        """Add accounts; a number that exists already keeps its password."""
        with self._store.transaction() as changing:
            for account in accounts:
                if changing.execute(_ACCOUNT, {"employee_no": account.employee_no}).one_or_none() is None:
                    row = {
                        "employee_no": account.employee_no,
                        "person_id": account.person_id,
                        "roles": " ".join(account.roles),
                        "password_hash": hashed(account.password),
                    }
                    changing.execute(_ADD_ACCOUNT, row)

    def sign_in(self, credentials: Credentials) -> tuple[str, SignedIn]:
        """Return a new session's token and its person.

        Raises:
            ProblemResponse: 401, a wrong number or password; 429, too many tries.

        """
        if wait := self._throttle.count_try(credentials.employee_no):
            raise ProblemResponse(429, "platform.declined.too_many_tries", retry_after=wait)
        number = credentials.employee_no
        with self._store.reading() as reading:
            # PostgreSQL accepts no NUL in text, and no number has one.
            known = (
                None if "\0" in number else reading.connection.execute(_ACCOUNT, {"employee_no": number}).one_or_none()
            )
        if not verified(credentials.password, known.password_hash if known else None):
            raise ProblemResponse(401, "platform.declined.wrong_password")
        self._throttle.reset(number)
        token = secrets.token_urlsafe(32)
        row = {
            "token_hash": _digest(token),
            "employee_no": number,
            "terminal": credentials.terminal.replace("\0", ""),
            "ends_at": time.time() + SESSION_SECONDS,
        }
        with self._store.transaction() as changing:
            changing.execute(_ADD_SESSION, row)
            signed_in = self._read(changing, row["token_hash"])
        assert signed_in is not None
        return token, signed_in

    def authenticate(self, token: str) -> SignedIn:
        """Return the person and terminal of the session of ``token``.

        Raises:
            ProblemResponse: 401, there is no such session, or it has ended.

        """
        with self._store.reading() as reading:
            signed_in = self._read(reading, _digest(token))
        if signed_in is None:
            raise ProblemResponse(401, "platform.declined.signed_out")
        return signed_in

    def sign_out(self, token: str) -> None:
        """End the session of ``token``."""
        with self._store.transaction() as changing:
            changing.execute(_END_SESSION, {"token_hash": _digest(token)})

    def _read(self, reading: Reading, digest: object) -> SignedIn | None:
        now = time.time()
        found = reading.connection.execute(_SESSION, {"token_hash": digest, "now": now}).one_or_none()
        if found is None:
            return None
        person = reading.get("person", found.person_id)
        clock = self._store.clock
        return SignedIn(
            person_id=found.person_id,
            name=person.data.name if person and isinstance(person.data, Person) else found.person_id,
            roles=tuple(found.roles.split()),
            terminal=found.terminal,
            floor=reading.setting("floor") or t("platform.floor"),
            # The session lasts by this machine's clock; the contract requires its end in platform time.
            expires_at=clock.now() + timedelta(seconds=(found.ends_at - now) * clock.speed),
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
