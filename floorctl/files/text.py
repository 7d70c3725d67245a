"""Files that people save: read whole within a limit, and turned into text whatever program and encoding saved them.

Notepad puts a mark (BOM) at the start, Excel saves UTF-16 or the national encoding, an old Mac ends lines by a carriage
return. All of that is taken where it is unambiguous; what is not text is refused in a sentence that says what it is.
"""

from __future__ import annotations

import codecs
import os
import select
import stat
from pathlib import Path
from unicodedata import category

from floorctl.errors import UsageError

#: The mark at the start of a text, and where two such files were joined also inside it. It never means anything else.
MARK = "\ufeff"
#: Longest first: the mark of UTF-32 begins like that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (b"\x84\x31\x95\x33", "gb18030"),
)  # fmt: skip
#: The mark once more, after a program took it for three characters of Latin-1 and saved those.
_MARK_MISREAD = "ï»¿"
#: What ended a text file under DOS; Windows' ``copy a.txt+b.txt`` still writes it.
_END = "\x1a"
#: Seconds that a pipe may be silent: whoever writes into it may have to ask somebody first.
_PATIENCE = 60.0


def content(path: Path, largest: int) -> bytes:
    """The bytes of ``path``, a file or a pipe (``/dev/fd/N``).

    Raises:
        UsageError: ``error.file_unreadable``, ``error.file_is_folder``, ``error.file_silent``: a pipe that nobody
            writes into; ``error.file_too_large``: it has more than ``largest`` bytes.
    """
    try:
        # Without waiting: a named pipe would keep whoever opens it until somebody writes.
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
    except ValueError as error:  # a name that no file can have
        raise UsageError("error.file_unreadable", path=path, reason=str(error)) from error
    if len(raw) > largest:
        raise UsageError("error.file_too_large", path=path, limit=_size(largest))
    return raw


def read(path: Path, largest: int, *, national: bool = True) -> str:
    """The text of ``path``, see ``content`` and ``decoded``."""
    return decoded(content(path, largest), path, national=national)


def decoded(raw: bytes, path: object, *, national: bool = True) -> str:
    """``raw`` as text, without marks and without what DOS ends a file by; line ends stay as they are.

    UTF-8, UTF-16 and UTF-32 are told by their mark or by themselves. ``national``: what is none of them is taken for
    GB 18030, which GBK and GB 2312 are parts of, unless it looks like UTF-8 in which something is broken.

    Raises:
        UsageError: ``error.file_not_text``: it is no text in any of these; ``error.file_damaged``: it is UTF-8 with
            something else in it, on the line that is named; ``error.file_national``: it seems GB 18030.

    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            while raw.startswith(mark):
                raw = raw[len(mark) :]
            if not raw and "utf-8" not in encoding:  # cut off, or never a text
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
    """``text`` with line feeds alone at the ends of its lines."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _await_writer(descriptor: int, path: Path) -> None:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN | select.POLLHUP)
    if not waiting.poll(_PATIENCE * 1000):
        raise UsageError("error.file_silent", path=path)


def _up_to(file: object, most: int) -> bytes:
    found = bytearray()
    while len(found) < most and (part := file.read(min(most - len(found), 1 << 20))):  # type: ignore[attr-defined]
        found += part
    return bytes(found)


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
    """UTF-16 without its mark: half of the bytes of what is ASCII in it are 0, and which half says the order."""
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
    """Whether more of ``raw`` is Chinese in UTF-8 than is wrong in it: in GBK text, hardly three bytes ever fit."""
    replaced = raw.decode("utf-8", "replace")
    return sum("\u2e80" <= char <= "\uffef" for char in replaced) > replaced.count("\ufffd")


def _line(raw: bytes, at: int) -> int:
    return raw.count(b"\n", 0, at) + 1


def _cleaned(text: str) -> str:
    return text.replace(MARK, "").removeprefix(_MARK_MISREAD).rstrip(_END)
