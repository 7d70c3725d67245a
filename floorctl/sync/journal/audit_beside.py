"""What stands beside the journal of its audit trail: where it ended last, and the last head that the platform was told.

Two heads in a small file, written after each entry. It is no promise, only what makes a trail show that was cut short
at its end: the entries that are left verify, but they end before what stands here.
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
    """What stands there: where the trail ended when an entry was last added, None where nobody knows, and the last head
    that the platform has with a command that it applied (hexadecimal; empty where it has none).
    """

    newest: Head | None
    told: str


def path_beside(journal: Path) -> Path:
    """The file."""
    return journal.with_name(journal.name + ".heads")


def read(journal: Path) -> Beside:
    """What stands beside it now."""
    found = _read(journal, _TOLD_AT, _TOLD_BYTES)
    return Beside(_newest(journal), found.hex() if len(found) == _TOLD_BYTES and any(found) else "")


def follows(journal: Path, db: Connection, ended: Head) -> bool:
    """Whether the trail that ends here now is the one whose end stands beside it (or none does), only longer.

    What stands there and is in no trail any more must be left as it is: it shows that some was cut.
    """
    known = _newest(journal)
    return known is None or (known.seq <= ended.seq and audit_chain.hash_at(db, known.seq) == known.hash)


def note(journal: Path, ended: Head) -> None:
    """The trail ends here now."""
    _write(journal, 0, _NEWEST.pack(ended.seq, ended.hash))


def note_told(journal: Path, head: str) -> None:
    """The platform has been told this head (hexadecimal)."""
    _write(journal, _TOLD_AT, bytes.fromhex(head))


def cut(beside: Beside, db: Connection) -> Flaw | None:
    """Whether the trail ends before one of the heads that stood beside it, or goes another way. Reads all of it.

    ``beside`` was read before the state of ``db`` that is looked at: what is added meanwhile is noted there at once.
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
