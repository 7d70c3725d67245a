"""Reads the connection status once from the process that syncs, if there is one, without following it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from floorctl.sync.connection_status import ConnectionStatus

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

#: Seconds: a suspended owner accepts the connection and sends nothing, and the command must not wait for it.
_PATIENCE = 0.3
_LONGEST_LINE = 65536


class _FirstLine(msgspec.Struct):
    """The part of the owner's first line that is read."""

    status: ConnectionStatus | None = msgspec.field(default=None, name="standing")


def read_owner_status(floor: Floor) -> bool:
    """Ask the process that syncs this data folder for its connection status, and set it in ``floor``.

    Returns:
        Whether there is such a process.
    """
    path = floor.data_dir / "sync.sock"
    if not path.exists():
        if not (floor.data_dir / "sync.lock").exists():
            return False
        # Only a folder with a long name has its socket elsewhere; finding the path costs an import.
        if len(str(path.resolve())) <= 100:
            return False
        from floorctl.sync.process.owner import socket_path

        path = socket_path(floor.data_dir)
    line = _first_line(path)
    if line is None:
        return False
    try:
        first_line = msgspec.json.decode(line, type=_FirstLine)
    except msgspec.DecodeError:
        return True
    if first_line.status is not None:
        floor.live.take_connection_status(first_line.status)
    return True


def _first_line(path: Path) -> bytes | None:
    import socket

    try:
        with socket.socket(socket.AF_UNIX) as owner:
            owner.settimeout(_PATIENCE)
            owner.connect(str(path))
            received = b""
            while b"\n" not in received and len(received) < _LONGEST_LINE:
                part = owner.recv(4096)
                if not part:
                    break
                received += part
    except OSError:
        return None
    return received.partition(b"\n")[0] or None
