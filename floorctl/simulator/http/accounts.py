"""The accounts of the embedded platform: at least one per role, with passwords derived from its seed."""

import hashlib
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP's minimum: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Without letters that are easily misread in print.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Account:
    """A person who may sign in; ``password`` is only known if the platform's seed is."""

    employee_no: str
    roles: tuple[str, ...]
    password: str

    @property
    def person_id(self) -> str:
        """The id of the account's Person entity."""
        return f"p-{self.employee_no}"


_ROLES = {
    "1001": ("supervisor",),
    "1002": ("shift_lead",),
    "1003": ("shift_lead",),
    "1004": ("inspector",),
    "1005": ("inspector",),
    "1006": ("viewer",),
}


def accounts(seed: int) -> tuple[Account, ...]:
    """Return the accounts of a platform seeded with ``seed``: the same ones every time."""
    return tuple(Account(number, roles, _password(seed, number)) for number, roles in _ROLES.items())


def _password(seed: int, employee_no: str) -> str:
    digest = hashlib.sha256(f"{seed}:{employee_no}".encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])


def hashed(password: str) -> str:
    """Return the Argon2 hash of ``password``, which is stored in its place."""
    return _HASHER.hash(password)


@cache
def _nobody() -> str:
    """Return a hash to compare with if the number is unknown, so that the time of the answer does not reveal it."""
    return _HASHER.hash("nobody")


def verified(password: str, password_hash: str | None) -> bool:
    """Whether ``password`` matches the hash; takes as long if there is none (None)."""
    try:
        return _HASHER.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
