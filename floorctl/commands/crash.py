"""What is kept of an error that nobody foresaw: where it happened, never what the data was."""

import os
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

_LOG_FILE = "floorctl.log"
#: A log that has grown past this is begun anew; the one before it is kept.
_LARGEST = 1024 * 1024


def record(error: BaseException, folder: Path | None) -> Path | None:
    """Write the error's type and its stack to floorctl.log in ``folder``, else in the temporary folder.

    The error's own words and the values of variables are left out, since they may hold personal data.

    Returns:
        The log's path, None where neither folder can be written.
    """
    lines = [f"{datetime.now(UTC).isoformat(timespec='seconds')} {_chain(error)}\n"]
    lines += traceback.format_tb(error.__traceback__)
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
                file.writelines(lines)
        except OSError:
            continue
        return path
    return None


def _chain(error: BaseException) -> str:
    kinds = [f"{type(error).__module__}.{type(error).__qualname__}"]
    while (error_before := error.__cause__ or error.__context__) is not None and len(kinds) < 10:
        kinds.append(f"{type(error_before).__module__}.{type(error_before).__qualname__}")
        error = error_before
    return " <- ".join(kinds)
