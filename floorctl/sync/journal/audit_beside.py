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
_TOLD_AT, _TOLD_BYTES = _NEWEST.size, 32


class Beside(msgspec.Struct, frozen=True):
    """Contents of the file.

    ``newest``: the end of the trail when an entry was last added, None if unknown. ``told``: the last head that the
    platform received with a command that it applied (hexadecimal; empty if it has none).
    """

    newest: Head | None
    told: str


def path_beside(journal: Path) -> Path:
    """Return the path of the file."""
    return journal.with_name(journal.name + ".heads")


def read(journal: Path) -> Beside:
    """Return the file's contents."""
    found = _read(journal, _TOLD_AT, _TOLD_BYTES)
    return Beside(_newest(journal), found.hex() if len(found) == _TOLD_BYTES and any(found) else "")


def follows(journal: Path, db: Connection, ended: Head) -> bool:
    """Whether the trail continues the one whose end is in the file (or the file holds none).

    A head in the file that is in no trail any more must not be overwritten: it shows that entries were cut off.
    """
    known = _newest(journal)
    return known is None or (known.seq <= ended.seq and audit_chain.hash_at(db, known.seq) == known.hash)


def note(journal: Path, ended: Head) -> None:
    """Record the end of the trail."""
    _write(journal, 0, _NEWEST.pack(ended.seq, ended.hash))


def note_told(journal: Path, head: str) -> None:
    """Record a head (hexadecimal) that the platform has received."""
    _write(journal, _TOLD_AT, bytes.fromhex(head))


def cut(beside: Beside, db: Connection) -> Flaw | None:
    """Return a flaw if the trail lacks one of the heads in ``beside``, else None. Reads the whole trail.

    ``beside`` must be read before the state of ``db`` that is checked: entries added meanwhile are recorded at once.
    """
    head, last = beside.newest, beside.told
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


def _write(journal: Path, place: int, what: bytes) -> None:
    with suppress(OSError):
        descriptor = os.open(path_beside(journal), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, what, place)
        finally:
            os.close(descriptor)


def _read(journal: Path, place: int, size: int) -> bytes:
    try:
        descriptor = os.open(path_beside(journal), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.pread(descriptor, size, place)
    finally:
        os.close(descriptor)
