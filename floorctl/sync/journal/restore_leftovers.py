"""Removing what a killed restore left in the data folder."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

#: Prefix of the folder in which a backup is prepared, and suffix of the name of the replaced journal.
SCRATCH, KEPT = "journal.db.restore-", ".before-restore-"


def delete_leftovers(journal: Path) -> None:
    """Remove what was left; the caller holds the sync lock, as a restore does."""
    with suppress(OSError):
        for left in journal.parent.glob(f"{SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        # A second name of the journal, from a restore that did not replace it.
        for kept in journal.parent.glob(f"{journal.name}{KEPT}*"):
            if os.path.samestat(kept.lstat(), journal.stat()):
                kept.unlink()
