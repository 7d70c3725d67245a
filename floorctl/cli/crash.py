"""Logs unexpected errors: the place in the code, but no data."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from floorctl.errors import kinds, stack

_LOG_FILE = "floorctl.log"
#: Size in bytes at which the log is started anew; the previous one is kept.
_LARGEST = 1024 * 1024


def record(error: BaseException, folder: Path | None) -> Path | None:
    """Write the error's type and its stack to floorctl.log in ``folder``, else in the temporary folder.

    The error's message and the values of variables are left out, since they may contain personal data.

    Returns:
        The log's path, None where neither folder is writable.
    """
    line = f"{datetime.now(UTC).isoformat(timespec='seconds')} {kinds(error)}\n{stack(error)}"
    for each in (folder, Path(tempfile.gettempdir()) / f"floorctl-{os.getuid()}"):
        if each is None:
            continue
        try:
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = each / _LOG_FILE
            if path.exists() and path.stat().st_size > _LARGEST:
                path.replace(path.with_suffix(".log.1"))
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(line)
        except OSError:
            continue
        return path
    return None
