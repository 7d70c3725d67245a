"""Which computer uses a data folder: two at once, over NFS or a shared disk, would destroy its databases.

SQLite's log index is in memory shared by the processes of one computer, and locks of network file systems often hold on
one computer alone. So a file in the folder names the computer that uses it and holds a counter that it increases while
it runs. Only the counter is trusted, no clock. A terminal that finds another computer's name there watches the counter
for a few seconds. If it goes on, the terminal refuses to start. If it does not, a local disk is taken over (it was
moved, restored or cloned), while for a network disk a person has to say that the other computer is off, since it may
only be asleep.
"""

import contextlib
import hashlib
import hmac
import os
import socket
import stat
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Self

import msgspec

from floorctl.clock import boot
from floorctl.errors import FloorctlError
from floorctl.sync.locks import check_range_locks, lock

FILE = "data.in-use"
#: Seconds between two updates of the counter, and seconds for which another computer's counter is watched.
BEAT_INTERVAL = 2.0
WATCHED_FOR = 5.0
_POLL_INTERVAL = 0.2
#: Seconds that ``release`` waits for the last update; a network disk may accept none.
_PATIENCE = 1.0
_MACHINE_ID = Path("/etc/machine-id")
_MOUNTS = Path("/proc/self/mountinfo")
#: File systems that other computers may write to as well; so may most in user space (fuse.*).
_SHARED = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "beegfs", "gfs2", "ocfs2",
    "gpfs", "orangefs", "coda", "ncpfs", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "acfs", "davfs", "drvfs",
})  # fmt: skip
_NOT_SHARED = frozenset({
    "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.securefs", "fuse.ntfs", "fuse.ntfs-3g", "fuse.exfat",
    "fuse.portal", "fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.bindfs", "fuse.veracrypt",
})  # fmt: skip


class Machine(msgspec.Struct, frozen=True):
    """A running computer: host name, an id that tells it from others, and the id of its current boot."""

    host: str
    id: str
    run: str = ""

    def is_same(self, other: "Machine") -> bool:
        """Whether both are the same running computer; containers on one computer count as the same."""
        if self.run and other.run:
            return self.run == other.run
        return self.is_same_computer(other)

    def is_same_computer(self, other: "Machine") -> bool:
        """Whether both are the same computer, perhaps before and after a restart. Clones have the same host and id."""
        return (self.host, self.id) == (other.host, other.id)


class UseRecord(msgspec.Struct, frozen=True):
    """Contents of the file: the computer, one of its processes, and the counter."""

    machine: Machine
    pid: int
    beat: int = 0


_decoder = msgspec.json.Decoder(UseRecord)
#: Contents by other computers that did not change while they were watched here.
_watched: dict[Path, UseRecord] = {}


def this_machine() -> Machine:
    """Return the computer that this runs on. Its id is a hash, so that the system's own id does not leave it."""
    try:
        number = _MACHINE_ID.read_text("ascii").strip()
    except (OSError, ValueError):
        number = str(uuid.getnode())
    id_ = hmac.new(b"floorctl data folder", number.encode(), hashlib.sha256).hexdigest()[:32]
    return Machine(socket.gethostname(), id_, boot())


def shared_kind(folder: Path, mounts: Path = _MOUNTS) -> str:
    """Return the kind of the file system of ``folder`` if other computers may use it too (``nfs4``), else ""."""
    kind, longest = "", -1
    try:
        table = mounts.read_text("utf-8", "surrogateescape")
    except OSError:
        return ""
    where = os.fspath(folder.resolve()) + "/"
    for line in table.splitlines():
        before, _, after = line.partition(" - ")
        fields, rest = before.split(" "), after.split(" ")
        if len(fields) < 5 or not rest[0]:
            continue
        point = _unescaped(fields[4]).rstrip("/") + "/"
        if where.startswith(point) and len(point) >= longest:
            kind, longest = rest[0], len(point)
    shared = kind in _SHARED or (kind.startswith("fuse.") and kind not in _NOT_SHARED)
    return kind if shared else ""


def _unescaped(text: str) -> str:
    for escape, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, char)
    return text


def check(folder: Path, this: Machine | None = None, mounts: Path = _MOUNTS) -> None:
    """Check that no other computer uses the data in ``folder``; takes five seconds if one might.

    Raises:
        FloorctlError: ``error.other_machine`` (it does), ``error.other_machine_left`` (it did, and may come back).

    """
    path, this = folder / FILE, this or this_machine()
    record = _read(path)
    watched = _watched.get(path)
    if record is None or record.machine.is_same(this):
        return
    shared = bool(shared_kind(folder, mounts))
    if not shared and record.machine.is_same_computer(this):
        return  # this computer, before a restart
    # The data is opened twice, for the key and for the rest: contents that are still the same were watched already.
    until = time.monotonic() + (0.0 if record == watched else WATCHED_FOR)
    while time.monotonic() < until:
        time.sleep(_POLL_INTERVAL)
        now = _read(path)
        if now is None or now.machine.is_same(this):
            return  # it has left, or a person has said that it is off
        if now != record:
            raise FloorctlError("error.other_machine", path=folder, host=now.machine.host)
    _watched[path] = record
    if shared and not record.machine.is_same_computer(this):
        with contextlib.suppress(OSError):
            last = time.strftime("%Y-%m-%d %H:%M", time.localtime(path.stat().st_mtime))
            raise FloorctlError("error.other_machine_left", path=folder, host=record.machine.host, file=path, at=last)


def _read(path: Path) -> UseRecord | None:
    """Return the file's contents, None if it names nobody. Opened anew each time, or NFS would not ask its server."""
    for _ in range(3):
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                return None
            text = path.read_bytes()
        except OSError:
            return None
        if not text.strip():
            return None
        with contextlib.suppress(msgspec.DecodeError):
            return _decoder.decode(text)
    return None  # not written by this program


class Claim:
    """Marks the data in a folder as used by this computer, as long as any of its processes uses it.

    ``on_lost`` is called, from another thread, if another computer has taken the folder meanwhile.
    """

    def __init__(
        self,
        folder: Path,
        on_lost: Callable[[], None] = lambda: None,
        *,
        this: Machine | None = None,
        mounts: Path = _MOUNTS,
    ) -> None:
        self._folder, self._path, self._mounts = folder, folder / FILE, mounts
        self._this = this or this_machine()
        self.on_lost = on_lost
        self._file: int | None = None
        self._ended, self._writing = threading.Event(), threading.Lock()
        self._beats: threading.Thread | None = None
        #: Host name of the other computer that has taken the folder.
        self.lost_to = ""

    def acquire(self) -> None:
        """Mark the folder, unless another computer uses it. A folder that can't be written to is left unmarked.

        Raises:
            FloorctlError: as ``check``; ``error.no_locks``.

        """
        check(self._folder, self._this, self._mounts)
        if self._path.exists() and not self._path.is_file():
            return  # not a regular file: it can't be written to
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return  # the databases report it better
        try:
            # Shared by the processes of this computer: the last one empties the file.
            lock(self._file, self._path, shared=True, wait=True)
            check_range_locks(self._file, self._path)
            record = _read(self._path)
            with contextlib.suppress(OSError):  # disk full: reading works, and the databases report it better
                self._write(0)
            if (record is None or not record.machine.is_same(self._this)) and shared_kind(self._folder, self._mounts):
                time.sleep(_POLL_INTERVAL)  # two computers at once: the one that wrote last stays
                check(self._folder, self._this, self._mounts)
        except BaseException:
            os.close(self._file)
            self._file = None
            raise
        self._beats = threading.Thread(target=self._beat, name="floorctl-machine", daemon=True)
        self._beats.start()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def check(self) -> None:
        """Check that the folder is still this computer's.

        Raises:
            FloorctlError: ``error.other_machine``.

        """
        if self.lost_to:
            raise FloorctlError("error.other_machine", path=self._folder, host=self.lost_to)

    def release(self) -> None:
        """Empty the file if no other process of this computer uses the folder."""
        with self._writing:
            self._ended.set()
        if self._file is None:
            return
        if self._beats is not None and self._beats is not threading.current_thread():
            self._beats.join(_PATIENCE)
        with contextlib.suppress(OSError, FloorctlError):
            if not self.lost_to and lock(self._file, self._path):
                os.ftruncate(self._file, 0)
        os.close(self._file)
        self._file = None

    def _beat(self) -> None:
        number = 0
        while not self._ended.wait(BEAT_INTERVAL):
            record = _read(self._path)
            if record is not None and not record.machine.is_same(self._this):
                self.lost_to = record.machine.host
                self.on_lost()
                return
            number += 1
            with contextlib.suppress(OSError), self._writing:
                if not self._ended.is_set():
                    self._write(number)

    def _write(self, beat: int) -> None:
        record = msgspec.json.encode(UseRecord(self._this, os.getpid(), beat))
        # Opened and closed each time: a network file system sends it to its server only on close.
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(file, record.ljust(400), 0)
        finally:
            os.close(file)
