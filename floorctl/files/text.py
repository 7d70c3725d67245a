"""Files that people saved: read within a size limit, and decoded whatever program and encoding saved them.

Notepad writes a byte order mark (BOM), Excel saves UTF-16 or the national encoding, an old Mac ends lines by a carriage
return. All of these are accepted where unambiguous; a file that is not text is refused with the reason.
"""

from __future__ import annotations

import codecs
import os
import select
import stat
from pathlib import Path
from unicodedata import category

from floorctl.errors import UsageError

#: The BOM: at the start of a text, and inside it where such files were concatenated. Never significant.
MARK = "\ufeff"
#: Longest first: the BOM of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (b"\x84\x31\x95\x33", "gb18030"),
)  # fmt: skip
#: The UTF-8 BOM read as Latin-1 and saved again as three characters.
_MARK_MISREAD = "ï»¿"
#: End-of-file character of DOS; Windows' ``copy a.txt+b.txt`` still appends it.
_END = "\x1a"
#: Seconds to wait for a pipe's writer, which may have to ask a person first.
_PATIENCE = 60.0


def content(path: Path, largest: int) -> bytes:
    """Return the bytes of ``path``, a file or a pipe (``/dev/fd/N``).

    Raises:
        UsageError: ``error.file_unreadable``, ``error.file_is_folder``, ``error.file_silent``: nobody writes into the
            pipe; ``error.file_too_large``: more than ``largest`` bytes.
    """
    try:
        # O_NONBLOCK: opening a named pipe would otherwise block until somebody opens it for writing.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            mode = os.fstat(descriptor).st_mode
            if stat.S_ISDIR(mode):
                raise UsageError("error.file_is_folder", path=path)
            if stat.S_ISFIFO(mode):
                _await_writer(descriptor, path)
            os.set_blocking(descriptor, True)
            raw = _up_to(file, largest + 1)
    except IsADirectoryError as error:
        raise UsageError("error.file_is_folder", path=path) from error
    except OSError as error:
        raise UsageError("error.file_unreadable", path=path, reason=error.strerror or "") from error
    except ValueError as error:  # an invalid file name
        raise UsageError("error.file_unreadable", path=path, reason=str(error)) from error
    if len(raw) > largest:
        raise UsageError("error.file_too_large", path=path, limit=_size(largest))
    return raw


def read(path: Path, largest: int, *, national: bool = True) -> str:
    """Return the text of ``path``; see ``content`` and ``decoded``."""
    return decoded(content(path, largest), path, national=national)


def decoded(raw: bytes, path: object, *, national: bool = True) -> str:
    """Decode ``raw``, without BOMs and DOS's end-of-file character; line ends are kept.

    UTF-8, UTF-16 and UTF-32 are recognised by their BOM or content. ``national``: decode everything else as GB 18030 (a
    superset of GBK and GB 2312), unless it looks like damaged UTF-8.

    Raises:
        UsageError: ``error.file_not_text``: not text in any of these; ``error.file_damaged``: UTF-8 with invalid bytes,
            on the line that is named; ``error.file_national``: it seems to be GB 18030.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            while raw.startswith(mark):
                raw = raw[len(mark) :]
            if not raw and "utf-8" not in encoding:  # truncated, or not text
                raise UsageError("error.file_not_text", path=path, line=1)
            return _strict(raw, encoding, path)
    if b"\0" in raw:
        return _wide(raw, path)
    try:
        return _cleaned(raw.decode())
    except UnicodeDecodeError as error:
        if _mostly_utf8(raw):
            raise UsageError("error.file_damaged", path=path, line=_line(raw, error.start)) from error
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise UsageError("error.file_not_text", path=path, line=_line(raw, error.start)) from error
    if not national:
        raise UsageError("error.file_national", path=path)
    return _cleaned(text)


def with_plain_lines(text: str) -> str:
    """Return ``text`` with every line end replaced by a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _await_writer(descriptor: int, path: Path) -> None:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN | select.POLLHUP)
    if not waiting.poll(_PATIENCE * 1000):
        raise UsageError("error.file_silent", path=path)


def _up_to(file: object, most: int) -> bytes:
    collected = bytearray()
    while len(collected) < most and (part := file.read(min(most - len(collected), 1 << 20))):  # type: ignore[attr-defined]
        collected += part
    return bytes(collected)


def _size(largest: int) -> str:
    mib = largest >> 20
    return f"{mib} MiB" if mib else f"{largest >> 10} KiB"


def _strict(raw: bytes, encoding: str, path: object) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].decode(encoding, "replace").count("\n") + 1
        if encoding == "utf-8":
            raise UsageError("error.file_damaged", path=path, line=line) from error
        raise UsageError("error.file_not_text", path=path, line=line) from error
    return _without_nul(text, path)


def _without_nul(text: str, path: object) -> str:
    at = text.find("\0")
    if at >= 0:
        raise UsageError("error.file_not_text", path=path, line=text.count("\n", 0, at) + 1)
    return _cleaned(text)


def _wide(raw: bytes, path: object) -> str:
    """Decode UTF-16 without BOM: every second byte of its ASCII part is 0, and which one shows the byte order."""
    guesses = ("utf-16-le", "utf-16-be")
    if raw[::2].count(0) > raw[1::2].count(0):
        guesses = ("utf-16-be", "utf-16-le")
    for encoding in guesses:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if all(char in "\t\n\r\f\v\x1a" or category(char) not in {"Cc", "Cn", "Co", "Cs"} for char in text):
            return _cleaned(text)
    raise UsageError("error.file_not_text", path=path, line=_line(raw, raw.index(0)))


def _mostly_utf8(raw: bytes) -> bool:
    """Return whether ``raw`` has more valid UTF-8 Chinese than errors; in GBK text 3 bytes are hardly ever valid."""
    replaced = raw.decode("utf-8", "replace")
    return sum("\u2e80" <= char <= "\uffef" for char in replaced) > replaced.count("\ufffd")


def _line(raw: bytes, at: int) -> int:
    return raw.count(b"\n", 0, at) + 1


def _cleaned(text: str) -> str:
    return text.replace(MARK, "").removeprefix(_MARK_MISREAD).rstrip(_END)
