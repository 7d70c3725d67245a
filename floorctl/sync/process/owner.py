"""Which of the processes that share a data folder syncs, and how the others follow it.

One process holds the lock and runs the engine; the operating system frees the lock when that process ends, however it
ends. The others follow it over a Unix socket: it sends them changes and the connection's status, they notify it of
changes of the journal.
"""

import asyncio
import contextlib
import hashlib
import os
import socket
import stat
import struct
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

import msgspec

from floorctl.errors import UsageError
from floorctl.sync.batch import Batch
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.journal.restore_leftovers import delete_leftovers
from floorctl.sync.locks import lock

#: Most seconds between two messages of the owner, so that a follower can tell a stopped owner from an idle one.
BEAT = 1.5
#: Longest name of a Unix socket, in bytes, on every supported system.
_LONGEST_NAME = 100
#: A change of more entities than this is sent as "anything may have changed".
_MOST_IDS = 5000
#: Unread bytes at which a follower is disconnected; it reconnects and reads everything again.
_MOST_UNREAD = 4 * 1024 * 1024


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line between owner and follower. An empty one is a beat.

    ``changed``: kind → ids, without rows: followers read those from the cache, which they have open as well. That is as
    fast as a socket, and keeps the lines short for a slow follower. ``missed``: anything may have changed. ``journal``:
    the journal has changed.
    """

    changed: dict[str, set[str]] | None = None
    #: Named as in 0.1.0: processes of two releases may share a terminal.
    status: ConnectionStatus | None = msgspec.field(default=None, name="standing")
    missed: bool = False
    journal: bool = False


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Message)


def _line(message: Message) -> bytes:
    return _encoder.encode(message) + b"\n"


class SyncLock:
    """The right to sync this data folder. One holder at a time; freed when it is released or its process ends."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "sync.lock"
        self._file: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def acquire(self) -> bool:
        """Take the lock if nobody holds it; return whether it is held now.

        Raises:
            UsageError: the lock file can't be made.
            FloorctlError: the file system has no locks.

        """
        if self._file is not None:
            return True
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError("error.network_lock", path=self._path, reason=error.strerror or "") from error
        try:
            if lock(file, self._path):
                self._file = file
                delete_leftovers(self._path.with_name("journal.db"))
            return self.held
        finally:
            if not self.held:
                os.close(file)

    def release(self) -> None:
        """Release the lock. The file stays: removing it would let two processes hold locks on two files."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def socket_path(data_dir: Path) -> Path:
    """Return the path of the owner's socket: in ``data_dir``, or in a private temporary folder if that is too long.

    Raises:
        UsageError: that temporary folder belongs to somebody else.

    """
    path = data_dir.resolve() / "sync.sock"
    if len(os.fsencode(path)) <= _LONGEST_NAME:
        return path
    folder = Path(tempfile.gettempdir()) / f"floorctl-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        raise UsageError("error.network_socket_folder", path=folder)
    return folder / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}.sock"


def poke(data_dir: Path) -> bool:
    """Notify the process that syncs ``data_dir`` of a change of the journal; return False if there is none."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(0.5)
            line.connect(os.fspath(socket_path(data_dir)))
            line.sendall(_line(Message(journal=True)))
            # Wait for the owner's first message, to be sure that it has not closed the connection before reading.
            return bool(line.recv(1))
    except (OSError, UsageError):
        return False


class Hub:
    """The owner's end: sends the same messages to any number of followers. Belongs to one event loop."""

    def __init__(self, data_dir: Path, on_journal: Callable[[], None]) -> None:
        self._path = socket_path(data_dir)
        self._on_journal = on_journal
        self._server: asyncio.Server | None = None
        self._followers: set[asyncio.StreamWriter] = set()
        self._status: ConnectionStatus | None = None
        self._beats: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start to listen. The caller holds the lock, so an existing socket is that of a dead owner.

        Raises:
            OSError: the socket can't be made.

        """
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path)
        self._path.chmod(0o600)
        self._beats = asyncio.create_task(self._beat())

    async def close(self) -> None:
        """Stop listening and disconnect the followers; one of them takes over."""
        if self._beats is not None:
            self._beats.cancel()
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for follower in list(self._followers):
            follower.close()

    def changed(self, changed: Mapping[str, set[str]]) -> None:
        """Send what changed (kind → ids)."""
        if not self._followers:
            return
        too_many = sum(map(len, changed.values())) > _MOST_IDS
        self._send(Message(missed=True) if too_many else Message(changed=dict(changed)))

    def missed(self) -> None:
        """Send that anything may have changed."""
        self._send(Message(missed=True))

    def connection_status(self, status: ConnectionStatus) -> None:
        """Send the connection's status, now and to every later follower."""
        self._status = status
        self._send(Message(status=status))

    def _send(self, message: Message) -> None:
        line = _line(message)
        for follower in list(self._followers):
            if follower.transport.get_write_buffer_size() > _MOST_UNREAD:
                self._followers.discard(follower)
                follower.transport.abort()
            else:
                follower.write(line)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            self._send(Message())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _is_same_user(writer):
            writer.close()
            return
        self._followers.add(writer)
        try:
            writer.write(_line(Message(status=self._status)))
            while line := await reader.readline():
                if _decoder.decode(line).journal:
                    self._on_journal()
        except (OSError, ValueError, msgspec.DecodeError):
            pass  # a follower that died in the middle of a line, or a foreign process
        except asyncio.CancelledError:
            # The event loop ends while others follow. If it were raised, Python 3.11 would print a traceback.
            pass
        finally:
            self._followers.discard(writer)
            writer.close()


class Follower:
    """A follower's end: receives the owner's messages. Belongs to one event loop."""

    def __init__(
        self,
        data_dir: Path,
        *,
        on_changed: Callable[[Batch], None],
        on_connection_status: Callable[[ConnectionStatus], None],
        on_missed: Callable[[], None],
    ) -> None:
        self._path = socket_path(data_dir)
        self._on_changed = on_changed
        self._on_connection_status = on_connection_status
        self._on_missed = on_missed
        self._writer: asyncio.StreamWriter | None = None
        self._status: ConnectionStatus | None = None

    async def follow(self) -> bool:
        """Follow the owner until it ends or falls silent. Return False if there was none to follow."""
        try:
            reader, self._writer = await asyncio.open_unix_connection(self._path, limit=2 * _MOST_UNREAD)
        except OSError:
            return False
        self._on_missed()
        try:
            while await self._receive(reader):
                pass
        except (OSError, ValueError, msgspec.DecodeError):
            pass  # the owner died in the middle of a line
        finally:
            self._writer.close()
            self._writer = None
        return True

    def poke(self) -> None:
        """Notify the owner of a change of the journal. Call it in the follower's event loop."""
        if self._writer is not None:
            self._writer.write(_line(Message(journal=True)))

    async def _receive(self, reader: asyncio.StreamReader) -> bool:
        try:
            # Not wait_for: until Python 3.12 it loses a cancellation that comes together with a line.
            async with asyncio.timeout(3 * BEAT):
                line = await reader.readline()
        except TimeoutError:
            self._report_silent_owner()
            return True
        if not line:
            return False
        message = _decoder.decode(line)
        if message.changed:
            self._on_changed(Batch(message.changed))
        if message.missed:
            self._on_missed()
        if message.status is not None:
            self._status = message.status
            self._on_connection_status(message.status)
        elif self._status is not None and not message.changed:
            self._on_connection_status(self._status)
        return True

    def _report_silent_owner(self) -> None:
        """Report the connection as offline: an owner that is stopped holds the lock and syncs nothing."""
        if self._status is not None:
            quiet = max(self._status.offline_seconds, 3 * BEAT)
            stopped = msgspec.structs.replace(
                self._status, mode="offline", offline_seconds=quiet, problem="error.network_owner_mute"
            )
            self._on_connection_status(stopped)


def _is_same_user(writer: asyncio.StreamWriter) -> bool:
    """Whether the other end is a process of the same user (some systems ignore the socket's mode)."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    line: socket.socket = writer.get_extra_info("socket")
    _pid, user, _group = struct.unpack(
        "3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    )
    return bool(user == os.getuid())
