"""A log beside a database that belongs to another one: recognised before the database is opened, and put aside.

SQLite takes any file with a database's name and ``-wal`` or ``-journal`` for that database's log and applies it. If a
backup was copied to the place of a database whose log is still there, that destroys the backup. So a log that no
process uses is checked first:

- Every page, in the database and in its log, is signed with a key that is made of the data's key and of the first 16
  bytes of the database, which are random. A log whose pages are not signed for the database beside it, while the
  database's own are, is another's.
- A copy of the database's own file, put back later, has the same 16 bytes. If the file was touched after its log was
  written, both are tried together on a copy: if they make no sound database with a whole trail, and the file alone
  does, the log is of another state. If neither is sound, both are left as they are.

A log that belongs there, as a killed process leaves it, passes both checks and stays.
"""

import errno
import fcntl
import hashlib
import hmac
import os
import platform
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from floorctl.errors import FloorctlError
from floorctl.sync import audit_chain
from floorctl.sync.sqlite import DamagedError, DatabaseError, is_open_here, logs_put_aside, open_existing

_SALT, _RESERVED, _IV, _SIGNATURE = 16, 80, 16, 64
_WAL_HEAD, _FRAME_HEAD = struct.Struct(">8I"), struct.Struct(">6I")
_WAL_MAGIC = frozenset({0x377F0682, 0x377F0683})
_JOURNAL_HEAD, _JOURNAL_MAGIC = struct.Struct(">8s5I"), bytes.fromhex("d9d505f920a163d7")
#: Byte ranges (start, length) of SQLite's locks: of an open database, and of the log's shared memory.
_DATABASE_LOCKS, _SHARED_LOCK = (1 << 30, 512), (128, 1)
#: Whether the system can report who holds a lock, in this form, without taking it.
_CAN_QUERY_LOCKS = platform.system() == "Linux" and struct.calcsize("P") == 8
#: Pages of a database, or records of a journal, that are searched at most.
_MOST_SEARCHED = 64
#: Bytes of a file above which it is not checked on a copy; its signatures are checked all the same.
_LARGEST_COPIED = 512 * 1024 * 1024


def put_aside_foreign_logs(path: Path, key: bytes, *, page: int, thorough: bool, damaged: str) -> None:
    """Put aside a log beside ``path`` that is not its own. No thread of this process may open a database meanwhile.

    ``page``: bytes in a page. ``thorough``: also try file and log together.

    Raises:
        DamagedError: ``error.key_wrong`` or ``damaged``: nothing there is signed with this key, or no sound database
            comes of it, so nothing is touched.
        FloorctlError: ``error.log_foreign``: it is another's, and can't be put aside; ``error.data_replaced``: another
            process has the former database open.

    """
    path = Path(os.path.realpath(path))  # SQLite looks for logs beside a link's target
    logs = [path.with_name(path.name + ending) for ending in ("-wal", "-journal")]
    if is_open_here(path) or not any(_size(log) for log in logs):
        return
    if _size(path) < page:
        if thorough:  # SQLite deletes the log of an empty database
            raise DamagedError(damaged, path=path)
        return
    with _locked_against_others(path):
        wal, journal = logs
        if _in_use(path):
            foreign = thorough and _size(wal) and not _is_signed_for(path, wal, key, page)
            if foreign and _has_signed_page(path, key, page):
                raise FloorctlError("error.data_replaced", path=path)
            return
        if _size(journal) and _is_of_another(path, journal):
            put_aside(path, journal)
        if _size(wal):
            _check_wal(path, wal, key, page=page, thorough=thorough, damaged=damaged)


def _check_wal(path: Path, wal: Path, key: bytes, *, page: int, thorough: bool, damaged: str) -> None:
    if not _is_signed_for(path, wal, key, page):
        if not _has_signed_page(path, key, page):
            raise DamagedError("error.key_wrong" if damaged != "error.cache_damaged" else damaged, path=path)
        put_aside(path, wal)
    elif thorough and path.stat().st_ctime_ns >= wal.stat().st_ctime_ns:
        _check_on_a_copy(path, wal, key, damaged)


# --- whether it is in use


def _in_use(path: Path) -> bool:
    """Whether another process has the database open."""
    return _locked(path, *_DATABASE_LOCKS) or _locked(path.with_name(path.name + "-shm"), *_SHARED_LOCK)


def in_use(path: Path) -> bool:
    """Whether any process has the database open, this one included."""
    return is_open_here(path) or _in_use(path)


def _locked(path: Path, start: int, length: int) -> bool:
    """Whether another process holds a lock there. This process must hold none on the file: it would be released."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if not _CAN_QUERY_LOCKS:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, length, start)
            return False
        query = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
        (kind,) = struct.unpack_from("h", fcntl.fcntl(descriptor, fcntl.F_GETLK, query))
        return bool(kind != fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EAGAIN)
    finally:
        os.close(descriptor)


@contextmanager
def _locked_against_others(path: Path) -> Iterator[None]:
    """Hold a lock against other processes; without it if the folder takes no files."""
    try:
        descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):  # the file system has no such locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# --- which database it belongs to


def _is_signed_for(path: Path, wal: Path, key: bytes, page: int) -> bool:
    """Whether the log's first page is signed for the database; also True if SQLite will find nothing in it."""
    with path.open("rb") as file:
        salt = file.read(_SALT)
    with wal.open("rb") as file:
        head = file.read(_WAL_HEAD.size)
        frame = file.read(_FRAME_HEAD.size)
        content = file.read(page)
    if len(content) < page or not _first_frame_is_valid(head, frame, content):
        return True
    return _page_is_signed(content, _FRAME_HEAD.unpack(frame)[0], salt, key)


def _first_frame_is_valid(head: bytes, frame: bytes, content: bytes) -> bool:
    """Whether SQLite would accept the first frame."""
    magic, _version, size, _count, salt_1, salt_2, sum_1, sum_2 = _WAL_HEAD.unpack(head)
    number, _commit, of_1, of_2, frame_1, frame_2 = _FRAME_HEAD.unpack(frame)
    if magic not in _WAL_MAGIC or size != len(content) or not number or (of_1, of_2) != (salt_1, salt_2):
        return False
    order = ">" if magic & 1 else "<"
    sums = _checksum(order, head[:24], (0, 0))
    if sums != (sum_1, sum_2):
        return False
    return _checksum(order, content, _checksum(order, frame[:8], sums)) == (frame_1, frame_2)


def _checksum(order: str, content: bytes, sums: tuple[int, int]) -> tuple[int, int]:
    one, two = sums
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for at in range(0, len(words), 2):
        one = (one + words[at] + two) & 0xFFFFFFFF
        two = (two + words[at + 1] + one) & 0xFFFFFFFF
    return one, two


def _has_signed_page(path: Path, key: bytes, page: int) -> bool:
    """Whether any of the first pages is signed with the key: then the database is of this key."""
    with path.open("rb") as file:
        salt = file.read(_SALT)
        file.seek(0)
        for number in range(1, _MOST_SEARCHED + 1):
            content = file.read(page)
            if len(content) < page:
                return False
            if _page_is_signed(content, number, salt, key):
                return True
    return False


def _page_is_signed(content: bytes, number: int, salt: bytes, key: bytes) -> bool:
    """Whether SQLCipher signed this page for the database with this salt."""
    signing = hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)
    signed = content[_SALT if number == 1 else 0 : len(content) - _RESERVED + _IV] + struct.pack("<I", number)
    signature = content[len(content) - _SIGNATURE :]
    return hmac.compare_digest(hmac.digest(signing, signed, "sha512"), signature)


def _is_of_another(path: Path, journal: Path) -> bool:
    """Whether a rollback journal holds the first page of another database; the salt is not encrypted there."""
    with path.open("rb") as file:
        salt = file.read(_SALT)
    with journal.open("rb") as file:
        head = file.read(_JOURNAL_HEAD.size)
        if len(head) < _JOURNAL_HEAD.size:
            return False
        magic, records, _nonce, _pages, sector, page = _JOURNAL_HEAD.unpack(head)
        if magic != _JOURNAL_MAGIC or not records or not 512 <= page <= 65536:
            return False
        file.seek(sector)
        for _ in range(min(records, _MOST_SEARCHED)):
            record = file.read(4 + page + 4)
            if len(record) < 4 + page + 4:
                return False
            if record[:4] == b"\0\0\0\1":
                return record[4 : 4 + _SALT] != salt
    return False


def _check_on_a_copy(path: Path, wal: Path, key: bytes, damaged: str) -> None:
    """Put the log aside if both together make no sound database, and the file alone does."""
    if path.stat().st_size > _LARGEST_COPIED:
        return
    with TemporaryDirectory(prefix="floorctl-", ignore_cleanup_errors=True) as scratch:
        copy = Path(scratch) / "copy.db"
        shutil.copyfile(path, copy)
        shutil.copyfile(wal, copy.with_name("copy.db-wal"))
        together = is_sound(copy, key)
        if together and _trail_verifies(copy, key):
            return
        for file in Path(scratch).iterdir():
            file.unlink()
        shutil.copyfile(path, copy)
        if is_sound(copy, key) and (not together or _trail_verifies(copy, key)):
            put_aside(path, wal)
        elif not together:
            raise DamagedError(damaged, path=path)


def is_sound(path: Path, key: bytes) -> bool:
    """Whether a copy of a database, with its log, is intact and has the length that it states. Nobody else uses it."""
    try:
        with closing(open_existing(path, "rw", key, durable=True)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            broken = db.execute("PRAGMA cipher_integrity_check").fetchall()
            (pages,), (size,) = (db.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
            whole = db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return whole and not broken and path.stat().st_size == pages * int(size)  # SQLCipher returns it as text
    except DatabaseError:
        return False


def _trail_verifies(path: Path, key: bytes) -> bool:
    """Whether the audit trail verifies: pages of two states can make a sound database too."""
    try:
        with closing(open_existing(path, "rw", key, durable=True)) as db:
            return audit_chain.verify(db)[1] is None
    except DatabaseError:
        return True  # of an older release, without a trail


# --- putting aside


def put_aside(path: Path, log: Path) -> None:
    """Rename a log of the database ``path``, and list it in ``logs_put_aside``.

    Raises:
        FloorctlError: ``error.log_foreign``.

    """
    name = f"{log.name}.aside-{time.strftime('%Y%m%dT%H%M%S')}"
    names = (log.with_name(f"{name}-{n}" if n else name) for n in range(1000))
    aside = next(free for free in names if not free.exists())
    try:
        log.replace(aside)
    except OSError as error:
        raise FloorctlError("error.log_foreign", path=path, log=log.name) from error
    logs_put_aside.unreported.append(aside)
    logs_put_aside.unrecorded.append(aside)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
