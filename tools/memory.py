"""Where files that nobody keeps are put: in memory, where there is room."""

import shutil
from pathlib import Path

_ROOM = 2 << 30


def in_memory() -> Path | None:
    """A folder that is no disk and has room for 2 GiB, if there is one: what is in it need not wait for a disk."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > _ROOM else None
