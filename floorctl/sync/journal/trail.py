"""The part of the journal for the audit trail: adding entries, reading and verifying it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import structs

from floorctl.errors import FloorctlError
from floorctl.models.base import Ref
from floorctl.sync import audit_chain
from floorctl.sync.audit_chain import Entry, Verdict
from floorctl.sync.journal import trail_ends
from floorctl.sync.journal.trail_ends import StoredEnds
from floorctl.sync.opening import connect
from floorctl.sync.sqlite import Connection, readable_errors, snapshot

T = TypeVar("T")


class Trail(ABC):
    """Audit entries of other things than commands: reveals, exports, sign-ins, refusals. Commands add their own."""

    _path: Path
    _key: bytes

    @abstractmethod
    def _read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the journal."""

    @abstractmethod
    def _write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the journal in one transaction."""

    def audit(self, what: str, *, who: str, subject: Ref | None = None, detail: Mapping[str, Any] | None = None) -> int:
        """Add an entry; it is on the disk when this returns. Return its number."""
        return self._write(lambda db: audit_chain.append(db, what, who=who, subject=subject, detail=detail))

    def trail(self, *, limit: int, offset: int = 0, without: Collection[str] = ()) -> tuple[list[Entry], int]:
        """Return a window of the trail, newest first, and the number of all entries."""
        return self._read(
            lambda db: (
                audit_chain.entries(db, limit=limit, offset=offset, without=without),
                audit_chain.count(db, without=without),
            )
        )

    def uses_since(self, at: float) -> dict[str, int]:
        """Return how often data was revealed and exported since ``at`` (seconds since 1970)."""
        return self._read(lambda db: audit_chain.uses_since(db, at))

    def verify_trail(self) -> Verdict:
        """Read the whole trail and what it covers, in one state of the journal; other writers are not blocked."""
        with (
            readable_errors(self._path, "error.journal_damaged"),
            closing(connect(self._path, self._key, durable=True, readonly=True)) as db,
        ):
            stored = trail_ends.read(self._path)
            with snapshot(db):
                verdict = judge(db, stored)
                restored = _restored(db)
                if verdict.flaw is not None and verdict.flaw.how == "cut":
                    verdict = self._explained(db, stored, verdict, [name for name, _ in restored])
                return structs.replace(verdict, restored=restored)

    def _explained(self, db: Connection, stored: StoredEnds, verdict: Verdict, names: list[str]) -> Verdict:
        """Clear a "cut" flaw if the missing ends are in a verified trail of files kept by restores.

        ``names``: the files that the trail itself names as kept.
        """
        platform_head = bytes.fromhex(stored.platform_head)
        newest = stored.newest.hash if stored.newest and stored.newest.seq else b""
        missing = {head for head in (newest, platform_head) if head and not audit_chain.has_hash(db, head)}
        platform_head_file = ""
        for name in names:
            kept = self._path.with_name(name)
            with suppress(FloorctlError), closing(connect(kept, self._key, durable=True, readonly=True)) as other:
                if audit_chain.verify(other)[1] is not None:
                    continue
                found = {head for head in missing if audit_chain.has_hash(other, head)}
                platform_head_file = name if platform_head in found else platform_head_file
                missing -= found
        return verdict if missing else structs.replace(verdict, flaw=None, platform_head_file=platform_head_file)


def _restored(db: Connection) -> tuple[tuple[str, int], ...]:
    """Return file name and entries of each restore in the trail, newest first; only names without a folder."""
    restored = []
    for (text,) in db.execute("SELECT detail FROM audit WHERE what = 'restored' ORDER BY seq DESC").fetchall():
        detail = msgspec.json.decode(text)
        name = str(detail.get("file", ""))
        if name and Path(name).name == name:
            restored.append((name, int(detail.get("entries", 0))))
    return tuple(restored)


def judge(db: Connection, stored: StoredEnds) -> Verdict:
    """Return whether the trail in ``db`` verifies, by itself and against the heads that were read before."""
    entries, flaw = audit_chain.verify(db)
    ended = audit_chain.head(db)
    return Verdict(
        entries=entries,
        flaw=flaw or trail_ends.find_cut(stored, db),
        head=ended.hash.hex() if ended.seq else "",
        platform_head=stored.platform_head,
        end_stored=stored.newest is not None or not ended.seq,
    )
