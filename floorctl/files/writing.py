"""Writing a file that a person names: a new file, written completely or not at all.

The file is written unnamed where the file system supports it (Linux: O_TMPFILE), else under a hidden name in the same
folder, and gets its name after all of it is on the disk. Nothing existing is replaced, and links are not followed. File
systems of USB sticks and of other machines (FAT, exFAT, CIFS, sshfs, 9p) have neither hard links nor permissions: there
the name is given by a rename that does not replace, and the writer of personal data is warned that others can read the
file.
"""

import contextlib
import ctypes
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from floorctl.errors import FloorctlError, UsageError

#: Names of the program's standard output.
_STDOUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_BAD_NAME = frozenset({errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ})
#: Arguments of renameat2: RENAME_NOREPLACE, AT_FDCWD.
_NOREPLACE, _AT_FDCWD = 1, -100


class NewFile(msgspec.Struct):
    """A file being written. ``open_to_others``: it should be private, but the file system cannot restrict access."""

    path: Path
    file: IO[bytes]
    open_to_others: bool = False


class ForArchives:
    """Wrapper of the file for writers of archives (xlsx), which write the archive's end again when they are deleted.

    After a failure that was raised, or after the file is closed, such a write is ignored: its error could not be
    caught.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._at = 0
        self._failed = False

    def write(self, content: bytes) -> int:
        """Write ``content``; ignored after a failure."""
        self._do(lambda: self._file.write(content))
        self._at += len(content)
        return len(content)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Set the position; return it."""
        self._at = self._do(lambda: self._file.seek(offset, whence), offset)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        self._at = self._do(self._file.tell, self._at)
        return self._at

    def flush(self) -> None:
        """Flush the file."""
        self._do(self._file.flush)

    def _do(self, work: Callable[[], int | None], otherwise: int = 0) -> int:
        if self._failed or self._file.closed:
            return otherwise
        try:
            return work() or 0
        except OSError:
            self._failed = True
            raise


def is_stdout(path: Path) -> bool:
    """Return whether ``path`` names standard output."""
    return str(path) in _STDOUT


def is_stream(path: Path) -> bool:
    """Return whether ``path`` is a pipe, a device or a socket: writing there replaces nothing."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def check_new(path: Path) -> None:
    """Check that a new file can be made at ``path``; called before the work that produces its content.

    Raises:
        UsageError: something has the name already (``error.file_exists``, ``error.file_is_link``,
            ``error.file_is_folder``, ``error.file_is_stream``).
        FloorctlError: ``error.no_such_folder``, ``error.not_a_folder``, ``error.file_name``, ``error.file_unwritable``.
    """
    if is_stdout(path):
        raise UsageError("error.file_is_stream", path=path)
    folder = path.parent
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError) as error:
        raise _sentence(path, error) from error
    else:
        raise _taken(path, status.st_mode)
    if not folder.is_dir():
        raise no_folder(path, folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        reason = errno.EROFS if os.access(folder, os.X_OK) and os.geteuid() == 0 else errno.EACCES
        raise FloorctlError("error.file_unwritable", path=path, reason=os.strerror(reason))


def no_folder(path: object, folder: Path) -> FloorctlError:
    """Return why ``path`` has no folder: it does not exist, or it or one of its parents is not a folder."""
    with contextlib.suppress(OSError, ValueError):
        there = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
        if not there.is_dir():
            return FloorctlError("error.not_a_folder", path=path, folder=there)
    return FloorctlError("error.no_such_folder", path=path, folder=folder)


def make_folder(path: Path) -> None:
    """Make the folder of ``path``, and its parents.

    Raises:
        FloorctlError: ``error.not_a_folder``; as ``check_new``.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise no_folder(path, path.parent) from error
    except (OSError, ValueError) as error:
        raise _sentence(path, error) from error


@contextlib.contextmanager
def making(path: Path, *, private: bool) -> Iterator[NewFile]:
    """Make the new file ``path``: it exists, with what the block wrote, only if the block ends without an exception.

    ``private``: for personal data, readable by its owner only (0600). Otherwise the umask decides.

    Raises:
        UsageError: as ``check_new``.
        FloorctlError: as ``check_new``; ``error.file_no_room``.
    """
    check_new(path)
    try:
        file, part = _begin(path, 0o600 if private else 0o666)
    except (OSError, ValueError) as error:
        raise _sentence(path, error) from error
    try:
        with file:
            yield NewFile(path, file, private and bool(os.fstat(file.fileno()).st_mode & 0o077))
            file.flush()
            _to_disk(file.fileno())
            if part is None:
                part = _name_it(file, path)
        if part is not None:
            _place(part, path)
            part = None
    except (OSError, ValueError) as error:
        raise _sentence(path, error) from error
    except Exception as error:
        # Writers of formats wrap OSErrors in their own exceptions.
        if isinstance(cause := error.args[0] if error.args else None, OSError):
            raise _sentence(path, cause) from error
        raise
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()
    folder_to_disk(path.parent)


def write(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write ``content`` to the new file ``path``, or into the pipe or device at ``path``.

    Raises:
        UsageError, FloorctlError: as ``making``.
    """
    if not is_stream(path):
        with making(path, private=private) as made:
            made.file.write(content)
        return
    try:
        with path.open("wb") as stream:
            stream.write(content)
    except OSError as error:
        raise _sentence(path, error) from error


def put(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` (0600), atomically replacing what is there; for the program's own files.

    Raises:
        OSError: it cannot be written; the previous file is unchanged.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.new")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _to_disk(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder_to_disk(path.parent)


def _begin(path: Path, mode: int) -> tuple[IO[bytes], Path | None]:
    """Return the file to write into, and its temporary name (None: it has none)."""
    unnamed = getattr(os, "O_TMPFILE", 0)
    if unnamed:
        with contextlib.suppress(OSError):
            return os.fdopen(os.open(path.parent, unnamed | os.O_RDWR | os.O_CLOEXEC, mode), "w+b"), None
    return _begin_named(path, mode)


def _begin_named(path: Path, mode: int) -> tuple[IO[bytes], Path]:
    part = path.with_name(f".floorctl-{secrets.token_hex(6)}.part")
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(part, flags, mode), "w+b"), part


def _name_it(file: IO[bytes], path: Path) -> Path | None:
    """Link the unnamed file to ``path``; if impossible, copy it to a temporary name and return that."""
    try:
        # With src_dir_fd, Python calls linkat, which can follow /proc's link to the file.
        os.link(f"/proc/self/fd/{file.fileno()}", path, src_dir_fd=file.fileno(), follow_symlinks=True)
    except FileExistsError:
        raise
    except OSError:
        copy, part = _begin_named(path, os.fstat(file.fileno()).st_mode & 0o777)
        try:
            with copy:
                file.seek(0)
                shutil.copyfileobj(file, copy, 1 << 20)
                copy.flush()
                _to_disk(copy.fileno())
        except BaseException:
            part.unlink()
            raise
        return part
    return None


def _place(part: Path, path: Path) -> None:
    """Give the file its final name, which must not exist; on failure it keeps its temporary name."""
    try:
        os.link(part, path, follow_symlinks=False)
    except OSError as error:
        if isinstance(error, FileExistsError) and not _same(part, path):
            raise
        if not _same(part, path):  # some network file systems report failure after success
            _rename(part, path)
            return
    with contextlib.suppress(OSError):
        part.unlink()


def _rename(part: Path, path: Path) -> None:
    """Rename without replacing anything, where there are no hard links."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is not None:
        if rename(_AT_FDCWD, os.fsencode(part), _AT_FDCWD, os.fsencode(path), _NOREPLACE) == 0:
            return
        if ctypes.get_errno() == errno.EEXIST:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    # Reserve the name by an empty file that only this process can have made, and replace that.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(path, flags, part.stat().st_mode & 0o777))
    try:
        part.replace(path)
    except BaseException:
        path.unlink()
        raise


def _same(part: Path, path: Path) -> bool:
    try:
        return os.path.samestat(part.lstat(), path.lstat())
    except OSError:
        return False


def _to_disk(descriptor: int) -> None:
    """Wait until the file is on the disk; ignore a file system without fsync, raise if the disk fails."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in _NO_ROOM or error.errno == errno.EIO:
            raise


def folder_to_disk(folder: Path) -> None:
    """Wait until the folder's entries are on the disk, where the file system supports it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _taken(path: Path, mode: int) -> UsageError:
    kind = "exists"
    if stat.S_ISLNK(mode):
        kind = "is_link"
    elif stat.S_ISDIR(mode):
        kind = "is_folder"
    elif not stat.S_ISREG(mode):
        kind = "is_stream"
    return UsageError(f"error.file_{kind}", path=path)


def _sentence(path: Path, error: OSError | ValueError) -> FloorctlError:
    number = getattr(error, "errno", None)
    reason = getattr(error, "strerror", "") or ""
    if isinstance(error, FileExistsError):
        try:
            return _taken(path, path.lstat().st_mode)
        except OSError:
            return UsageError("error.file_exists", path=path)
    if number in _NO_ROOM:
        return FloorctlError("error.file_no_room", path=path)
    if number in _BAD_NAME or number is None:
        return FloorctlError("error.file_name", path=path)
    return FloorctlError("error.file_unwritable", path=path, reason=reason)
