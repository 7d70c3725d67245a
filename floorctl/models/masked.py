"""Wrappers for personal data: shown masked, readable in full only with a ``Grant`` for the record that they are of."""

from collections.abc import Callable, Collection
from typing import Generic, NamedTuple, TypeVar

from floorctl.models.base import Ref

T = TypeVar("T")


class Grant:
    """Permission to read the personal data of some records. ``entry``: the number of the audit entry that records it.

    It covers the records of ``kind`` with these ``ids``; None: every record of the kind, as an export needs it.
    ``confidential``: also those that are confidential. Only ``floorctl.floor.audit`` creates one, after the entry is on
    the disk.
    """

    __slots__ = ("_ids", "_kind", "confidential", "entry")

    def __init__(self, entry: int, kind: str, ids: Collection[str] | None, *, confidential: bool = False) -> None:
        self.entry = entry
        self.confidential = confidential
        self._kind = kind
        self._ids = None if ids is None else frozenset(ids)

    def covers(self, record: Ref) -> bool:
        """Return whether the personal data of ``record`` may be read with this grant."""
        return record.kind == self._kind and (self._ids is None or record.id in self._ids)

    def __repr__(self) -> str:
        return f"Grant(entry={self.entry}, kind={self._kind!r})"


class Sight(NamedTuple):
    """How a record is shown: in full by ``grant`` for ``seconds`` more, or masked if there is no grant."""

    grant: Grant | None = None
    seconds: float = 0.0


MASKED = Sight()


class Masked(Generic[T]):
    """A value with personal data. Only ``open``, and ``seen`` with a grant, return it unmasked; ``mask`` masks it.

    ``records``: the record that the value is of; several where it is also shown as a part of another, as the order
    behind a sample is. A grant for one of them opens it. ``confidential``: whether only a grant that says so opens
    it, or a function that finds out, which is called when that is first asked.
    """

    __slots__ = ("_confidential", "_mask", "_plain", "_records", "_shown")

    def __init__(
        self, plain: T, mask: Callable[[T], T], *records: Ref, confidential: bool | Callable[[], bool] = False
    ) -> None:
        self._plain = plain
        self._confidential = confidential
        self._records = records
        self._mask: Callable[[T], T] | None = mask
        self._shown = plain

    @property
    def confidential(self) -> bool:
        """Whether only a grant for what is confidential opens it."""
        if not isinstance(self._confidential, bool):
            self._confidential = self._confidential()
        return self._confidential

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
            ValueError: it is for other records, or not for confidential ones and this is one.
        """
        if not isinstance(grant, Grant):
            raise TypeError("personal data opens with a grant of the audit trail only")
        if not any(map(grant.covers, self._records)):
            raise ValueError(f"{grant} does not cover {self._records}")
        if not grant.confidential and self.confidential:
            raise ValueError(f"{grant} does not cover what is confidential")
        return self._plain

    def seen(self, grant: Grant | None) -> T:
        """Return the value unmasked with a grant, masked without one or where it is confidential and the grant is not.

        Raises:
            ValueError: the grant is for other records.
        """
        if grant is None or (not grant.confidential and self.confidential):
            return self.shown
        return self.open(grant)

    def __str__(self) -> str:
        return str(self.shown)

    def __repr__(self) -> str:
        return f"Masked({self.shown!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Masked) and bool(self._plain == other._plain)

    def __hash__(self) -> int:
        return hash(self._plain)
