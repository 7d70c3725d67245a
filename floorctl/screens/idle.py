"""When the terminal locks because nobody touches it, and who may unlock it while the platform can't be reached."""

import time

from floorctl.config import duration


class Idle:
    """Counts the time since somebody last did something, and knows the person who signed in here by their password.

    Only a slow hash of the password is kept, in memory, and only of the sign-in of this run.
    """

    def __init__(self, lock_after: str) -> None:
        self._lock_after = duration(lock_after)
        self._last = time.monotonic()
        self._known: tuple[str, str] | None = None

    def touched(self) -> None:
        """Somebody did something."""
        self._last = time.monotonic()

    def too_long(self) -> bool:
        """True where nobody has done anything for the time of ``[terminal] lock_after`` (0: it never locks)."""
        return 0 < self._lock_after <= time.monotonic() - self._last

    def remember(self, employee_no: str, password: str) -> None:
        """Keep that this person signed in here just now. Takes a few hundred milliseconds: for a worker thread."""
        from argon2 import PasswordHasher

        self._known = (employee_no, PasswordHasher().hash(password))

    def knows(self, employee_no: str, password: str) -> bool:
        """True where this person signed in here in this run, with this password. For a worker thread."""
        from argon2 import PasswordHasher
        from argon2.exceptions import VerificationError

        if self._known is None or self._known[0] != employee_no:
            return False
        try:
            return PasswordHasher().verify(self._known[1], password)
        except VerificationError:
            return False
