"""What a process that was killed while it put a backup back leaves in the data folder, and taking it away."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

#: How the folder begins in which a backup is made ready, and what stands behind the name of what it replaces.
SCRATCH, KEPT = "journal.db.restore-", ".before-restore-"


def sweep(journal: Path) -> None:
    """Remove what was left; the caller holds the sync lock, as whoever puts a backup back does."""
    with suppress(OSError):
        for left in journal.parent.glob(f"{SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        # A second name that the journal was given, and that nothing took the first one from.
        for kept in journal.parent.glob(f"{journal.name}{KEPT}*"):
            if os.path.samestat(kept.lstat(), journal.stat()):
                kept.unlink()
