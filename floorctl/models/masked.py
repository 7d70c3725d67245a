"""Wrappers for personal data: shown masked, readable in full only with a ``Grant``."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Grant:
    """Permission to read personal data. ``entry``: the number of the audit entry that records it.

    Only ``floorctl.floor.audit`` creates one, after the entry is on the disk.
    """

    __slots__ = ("entry",)

    def __init__(self, entry: int) -> None:
        self.entry = entry

    def __repr__(self) -> str:
        return f"Grant(entry={self.entry})"


class Sight(NamedTuple):
    """How a record is shown: in full by ``grant`` for ``seconds`` more, or masked if there is no grant."""

    grant: Grant | None = None
    seconds: float = 0.0


MASKED = Sight()


class Masked(Generic[T]):
    """A value with personal data. Only ``open``, and ``seen`` with a grant, return it unmasked; ``mask`` masks it."""

    __slots__ = ("_mask", "_plain", "_shown")

    def __init__(self, plain: T, mask: Callable[[T], T]) -> None:
        self._plain = plain
        self._mask: Callable[[T], T] | None = mask
        self._shown = plain

    @property
    def shown(self) -> T:
        """The value with its personal data masked."""
        if self._mask is not None:  # lazy and once: most of a list's values are never shown
            self._shown, self._mask = self._mask(self._plain), None
        return self._shown

    def holds(self, plain: object) -> bool:
        """Return whether this was made from the object ``plain`` itself (identity, not equality)."""
        return self._plain is plain

    def open(self, grant: Grant) -> T:
        """Return the value unmasked.

        Raises:
            TypeError: ``grant`` is not a ``Grant``.
        """
        if not isinstance(grant, Grant):
            raise TypeError("personal data opens with a grant of the audit trail only")
        return self._plain

    def seen(self, grant: Grant | None) -> T:
        """Return the value unmasked with a grant, masked without one."""
        return self.shown if grant is None else self.open(grant)

    def __str__(self) -> str:
        return str(self.shown)

    def __repr__(self) -> str:
        return f"Masked({self.shown!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Masked) and bool(self._plain == other._plain)

    def __hash__(self) -> int:
        return hash(self._plain)
