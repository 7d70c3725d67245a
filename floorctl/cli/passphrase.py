"""Asks for the passphrase from which the data's key is derived, at the terminal, never on the command line."""

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

#: Environment variable with a file (or ``/dev/fd/N``) whose first line is the passphrase, for programs.
_FROM_FILE = "FLOORCTL_PASSPHRASE_FILE"
_LONGEST = 1024
#: Most bytes read; only the first line counts, but a huge file gets an error message.
_LARGEST = 1 << 16
#: How often each file, or the person (empty name), was asked; a repeated request means a wrong passphrase.
_asked: Counter[str] = Counter()


def ask(new: bool) -> str:
    """Return the passphrase; a ``new`` one is asked for twice.

    Raises:
        FloorctlError: ``error.passphrase_needed``: there is nobody to ask; ``error.passphrases_differ``.

    """
    if path := os.environ.get(_FROM_FILE):
        return _from_file(path, new=new)
    if not new:
        _asked[""] += 1
        return _typed(t("cli.passphrase" if _asked[""] == 1 else "cli.passphrase.wrong"))
    passphrase = _typed(t("cli.passphrase.new"))
    if passphrase != _typed(t("cli.passphrase.again")):
        raise FloorctlError("error.passphrases_differ")
    return passphrase


def _typed(prompt: str) -> str:
    try:
        return ask_line(prompt, hidden=True)
    except UsageError as error:  # not a usage error of the command line
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
    """The passphrase, followed by the variants of it from which the key may have been derived.

    The variants are: without blanks at the end, which an editor doesn't show, and with the file's byte order mark,
    which was once part of it.
    """
    try:
        raw = content(Path(path), _LARGEST)
        text = decoded(raw, path, national=False)
    except UsageError as error:  # not a usage error of the command line
        raise FloorctlError(error.key, **error.params) from error
    line = with_plain_lines(text).partition("\n")[0][:_LONGEST]
    if not line.strip():
        raise FloorctlError("error.passphrase_file_empty", path=path)
    marked = (MARK + line,) if raw.startswith(BOM_UTF8) else ()
    return tuple(dict.fromkeys((line, line.rstrip(), *marked)))


def forget() -> None:
    """Forget the files read and the keys derived, so that the next run asks again."""
    from floorctl.sync.keys import data_key

    _first_lines.cache_clear()
    _asked.clear()
    data_key.forget_derived_keys()
