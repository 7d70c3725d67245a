"""Who may sign in at the embedded platform: one of each role, with passwords that follow from its seed."""

import hashlib
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# What OWASP advises as the least: 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Without what is easily misread on a printed line.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Account:
    """Someone who may sign in; ``password`` is known only where the platform's seed is."""

    employee_no: str
    roles: tuple[str, ...]
    password: str

    @property
    def person_id(self) -> str:
        """The id of the Person entity behind it."""
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
    """The accounts of a platform seeded with ``seed``: the same ones every time."""
    return tuple(Account(number, roles, _password(seed, number)) for number, roles in _ROLES.items())


def _password(seed: int, employee_no: str) -> str:
    digest = hashlib.sha256(f"{seed}:{employee_no}".encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])


def hashed(password: str) -> str:
    """The Argon2 hash of ``password``, to be stored in its place."""
    return _HASHER.hash(password)


@cache
def _nobody() -> str:
    """Compared with where nobody has that number, so that the answer takes as long and tells nothing."""
    return _HASHER.hash("nobody")


def verified(password: str, password_hash: str | None) -> bool:
    """Whether ``password`` is the one hashed; as slow where there is nobody (None)."""
    try:
        return _HASHER.verify(password_hash or _nobody(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
