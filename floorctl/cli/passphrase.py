"""Asking for the passphrase that the data's key is made of: at the terminal, never on the command line."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections import Counter
from functools import lru_cache
from pathlib import Path

from floorctl.cli.typed_line import ask_line
from floorctl.errors import FloorctlError, UsageError
from floorctl.files.text import MARK, content, decoded, with_plain_lines
from floorctl.i18n import t

#: Names a file (or ``/dev/fd/N``) whose first line is the passphrase, for programs; the name is no secret.
_FROM_FILE = "FLOORCTL_PASSPHRASE_FILE"
_LONGEST = 1024
#: Bytes; only the first line counts, but whoever names a film gets a sentence.
_LARGEST = 1 << 16
#: How often each file, or a person (the empty name), was asked: who asks again found the passphrase wrong.
_asked: Counter[str] = Counter()


def ask(new: bool) -> str:
    """The passphrase; a ``new`` one is asked for twice.

    Raises:
        FloorctlError: ``error.passphrase_needed``: there is nobody to ask; ``error.passphrases_differ``.

    """
    if path := os.environ.get(_FROM_FILE):
        return _from_file(path, new=new)
    if not new:
        _asked[""] += 1
        return _typed(t("cli.passphrase" if _asked[""] == 1 else "cli.passphrase.wrong"))
    given = _typed(t("cli.passphrase.new"))
    if given != _typed(t("cli.passphrase.again")):
        raise FloorctlError("error.passphrases_differ")
    return given


def _typed(prompt: str) -> str:
    try:
        return ask_line(prompt, hidden=True)
    except UsageError as error:  # nothing about the command line is wrong
        raise FloorctlError(error.key, **error.params) from error
    except UnicodeDecodeError as error:
        raise FloorctlError("error.typed_not_text") from error
    except (EOFError, OSError) as error:
        raise FloorctlError("error.passphrase_needed") from error


def _from_file(path: str, *, new: bool) -> str:
    lines = _first_lines(path)
    if new:
        return lines[0]
    _asked[path] += 1
    return lines[(_asked[path] - 1) % len(lines)]


@lru_cache(maxsize=2)
def _first_lines(path: str) -> tuple[str, ...]:
    """The passphrase, then what else it may have been when the key was made of it.

    That is, without blanks at its end, which nobody sees in an editor, and with the mark that the file begins with,
    which once counted as part of it.
    """
    try:
        raw = content(Path(path), _LARGEST)
        text = decoded(raw, path, national=False)
    except UsageError as error:  # nothing about the command line is wrong
        raise FloorctlError(error.key, **error.params) from error
    line = with_plain_lines(text).partition("\n")[0][:_LONGEST]
    if not line.strip():
        raise FloorctlError("error.passphrase_file_empty", path=path)
    marked = (MARK + line,) if raw.startswith(BOM_UTF8) else ()
    return tuple(dict.fromkeys((line, line.rstrip(), *marked)))


def forget() -> None:
    """Forget what was read and the keys that were made of it: whoever comes next is asked anew."""
    from floorctl.sync.keys import data_key

    _first_lines.cache_clear()
    _asked.clear()
    data_key.forget()
