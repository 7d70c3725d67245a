"""The part of the journal that keeps the audit trail."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from floorctl.models.base import Ref
from floorctl.sync import audit, audit_beside
from floorctl.sync.audit import Entry, Flaw
from floorctl.sync.audit_beside import Beside
from floorctl.sync.database import Connection, connect, snapshot, translated

T = TypeVar("T")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the trail verifies. ``entries``: how many do. ``flaw``: the first that does not, None where all do.

    ``head`` is the hash of the last entry, ``told`` the last that the platform has (hexadecimal, empty: none), so that
    the two can be compared there. ``beside``: whether it is known beside the journal where the trail ended; without
    it only the platform knows whether some was cut off at the end.
    """

    entries: int
    flaw: Flaw | None
    head: str
    told: str
    beside: bool


class Trail(ABC):
    """Entries of what is no command: reveals, exports, sign-ins, what was refused. Commands write theirs themselves."""

    _path: Path
    _key: bytes

    @abstractmethod
    def _read(self, work: Callable[[Connection], T]) -> T:
        """Do ``work`` on the journal."""

    @abstractmethod
    def _write(self, work: Callable[[Connection], T]) -> T:
        """Do ``work`` on the journal in one transaction."""

    def audit(
        self, what: str, *, who: str, subject: Ref | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Add an entry; it is on the disk when this returns."""
        self._write(lambda db: audit.append(db, what, who=who, subject=subject, detail=detail))

    def trail(self, *, limit: int, offset: int = 0, without: Collection[str] = ()) -> tuple[list[Entry], int]:
        """A window of the trail, newest first, and how many entries there are in all."""
        return self._read(
            lambda db: (
                audit.entries(db, limit=limit, offset=offset, without=without), audit.count(db, without=without),
            )
        )  # fmt: skip

    def uses_since(self, at: float) -> dict[str, int]:
        """How often something was revealed and exported since ``at`` (seconds since 1970)."""
        return self._read(lambda db: audit.uses_since(db, at))

    def verify_trail(self) -> Verdict:
        """Read the whole trail and what it tells of, in one state, while others go on writing."""
        with (
            translated(self._path, "error.journal_damaged"),
            closing(connect(self._path, self._key, durable=True, readonly=True)) as db,
        ):
            beside = audit_beside.read(self._path)
            with snapshot(db):
                return judge(db, beside)


def judge(db: Connection, beside: Beside) -> Verdict:
    """Whether the trail in ``db`` verifies, by itself and against what stood beside it before."""
    entries, flaw = audit.verify(db)
    ended = audit.head(db)
    return Verdict(
        entries=entries,
        flaw=flaw or audit_beside.cut(beside, db),
        head=ended.hash.hex() if ended.seq else "",
        told=beside.told,
        beside=beside.newest is not None or not ended.seq,
    )
