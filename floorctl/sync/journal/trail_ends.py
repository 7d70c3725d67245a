"""A file beside the journal with the end of its audit trail and the last head that the platform received.

Two heads, written after each entry. They prove nothing, but reveal a trail that was cut short: the remaining entries
verify, but end before the heads in this file.
"""

import os
import struct
from contextlib import suppress
from pathlib import Path

import msgspec

from floorctl.sync import audit_chain
from floorctl.sync.audit_chain import Flaw, Head
from floorctl.sync.sqlite import Connection

_NEWEST = struct.Struct(">Q32s")
_PLATFORM_HEAD_AT, _HEAD_BYTES = _NEWEST.size, 32


class StoredEnds(msgspec.Struct, frozen=True):
    """Contents of the file.

    ``newest``: the end of the trail when an entry was last added, None if unknown. ``platform_head``: the last head
    that the platform received with a command that it applied (hexadecimal; empty if it has none).
    """

    newest: Head | None
    platform_head: str


def path_of(journal: Path) -> Path:
    """Return the path of the file."""
    return journal.with_name(journal.name + ".heads")


def read(journal: Path) -> StoredEnds:
    """Return the file's contents."""
    head = _read(journal, _PLATFORM_HEAD_AT, _HEAD_BYTES)
    return StoredEnds(_newest(journal), head.hex() if len(head) == _HEAD_BYTES and any(head) else "")


def follows(journal: Path, db: Connection, ended: Head) -> bool:
    """Whether the trail continues the one whose end is in the file (or the file holds none).

    A head in the file that is in no trail any more must not be overwritten: it shows that entries were cut off.
    """
    known = _newest(journal)
    return known is None or (known.seq <= ended.seq and audit_chain.hash_at(db, known.seq) == known.hash)


def record_end(journal: Path, ended: Head) -> None:
    """Store the end of the trail in the file."""
    _write(journal, 0, _NEWEST.pack(ended.seq, ended.hash))


def record_platform_head(journal: Path, head: str) -> None:
    """Store a head (hexadecimal) that the platform has received."""
    _write(journal, _PLATFORM_HEAD_AT, bytes.fromhex(head))


def find_cut(stored: StoredEnds, db: Connection) -> Flaw | None:
    """Return a flaw if the trail lacks one of the heads in ``stored``, else None. Reads the whole trail.

    ``stored`` must be read before the state of ``db`` that is checked: entries added meanwhile are recorded at once.
    """
    head, last = stored.newest, stored.platform_head
    ended = audit_chain.head(db).seq
    if head is not None and head.seq and audit_chain.hash_at(db, head.seq) != head.hash:
        return Flaw(min(head.seq, ended + 1), "cut")
    if last and not audit_chain.has_hash(db, bytes.fromhex(last)):
        return Flaw(ended + 1, "cut")
    return None


def _newest(journal: Path) -> Head | None:
    try:
        return Head(*_NEWEST.unpack(_read(journal, 0, _NEWEST.size)))
    except struct.error:
        return None


def _write(journal: Path, place: int, content: bytes) -> None:
    with suppress(OSError):
        descriptor = os.open(path_of(journal), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, content, place)
        finally:
            os.close(descriptor)


def _read(journal: Path, place: int, size: int) -> bytes:
    try:
        descriptor = os.open(path_of(journal), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(descriptor, size, place)
    finally:
        os.close(descriptor)
