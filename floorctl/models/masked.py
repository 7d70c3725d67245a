"""Values with personal data in them: what is shown of one, and what opens it."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Grant:
    """Permission to see personal data as it is. ``entry``: the number of the audit entry that was written for it.

    Only ``floorctl.floor.guard`` makes one, once the entry is on the disk.
    """

    __slots__ = ("entry",)

    def __init__(self, entry: int) -> None:
        self.entry = entry

    def __repr__(self) -> str:
        return f"Grant(entry={self.entry})"


class Sight(NamedTuple):
    """How a record is shown: opened by ``grant`` for so many seconds more, or masked."""

    grant: Grant | None = None
    seconds: float = 0.0


MASKED = Sight()


class Masked(Generic[T]):
    """A value with personal data in it. Everything but ``open`` gives the masked form; ``mask`` makes that."""

    __slots__ = ("_mask", "_plain", "_shown")

    def __init__(self, plain: T, mask: Callable[[T], T]) -> None:
        self._plain = plain
        self._mask: Callable[[T], T] | None = mask
        self._shown = plain

    @property
    def shown(self) -> T:
        """The value with its personal data masked."""
        if self._mask is not None:  # once: most of what a list holds is never looked at
            self._shown, self._mask = self._mask(self._plain), None
        return self._shown

    def holds(self, plain: object) -> bool:
        """Whether it was made of this very object."""
        return self._plain is plain

    def open(self, grant: Grant) -> T:
        """The value as it is.

        Raises:
            TypeError: ``grant`` is none.
        """
        if not isinstance(grant, Grant):
            raise TypeError("personal data opens with a grant of the audit trail only")
        return self._plain

    def seen(self, grant: Grant | None) -> T:
        """The value as it is with a grant, masked without one."""
        return self.shown if grant is None else self.open(grant)

    def __str__(self) -> str:
        return str(self.shown)

    def __repr__(self) -> str:
        return f"Masked({self.shown!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Masked) and bool(self._plain == other._plain)

    def __hash__(self) -> int:
        return hash(self._plain)
