"""Asking for the passphrase that the data's key is made of: at the terminal, never on the command line."""

from __future__ import annotations

import os
import warnings
from functools import lru_cache
from getpass import GetPassWarning, getpass
from pathlib import Path

from floorctl.errors import FloorctlError
from floorctl.i18n import t

#: Names a file (or ``/dev/fd/N``) whose first line is the passphrase, for programs; the name is no secret.
_FROM_FILE = "FLOORCTL_PASSPHRASE_FILE"
_LONGEST = 1024


def ask(new: bool) -> str:
    """The passphrase; a ``new`` one is asked for twice.

    Raises:
        FloorctlError: ``error.passphrase_needed``: there is nobody to ask; ``error.passphrases_differ``.

    """
    if path := os.environ.get(_FROM_FILE):
        return _first_line(path)
    given = _typed(t("cli.passphrase.new" if new else "cli.passphrase"))
    if new and given != _typed(t("cli.passphrase.again")):
        raise FloorctlError("error.passphrases_differ")
    return given


def _typed(prompt: str) -> str:
    try:
        with warnings.catch_warnings():
            # Without a terminal it would read what comes and show it: nobody is there to ask.
            warnings.simplefilter("error", GetPassWarning)
            return getpass(prompt)
    except (EOFError, OSError, GetPassWarning) as error:
        raise FloorctlError("error.passphrase_needed") from error


@lru_cache(maxsize=2)
def _first_line(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.readline(_LONGEST).rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise FloorctlError("error.file_unreadable", path=path, reason=getattr(error, "strerror", "") or "") from error


def forget() -> None:
    """Forget what was read and the keys that were made of it: whoever comes next is asked anew."""
    from floorctl.sync import keys

    _first_line.cache_clear()
    keys.forget()
