"""Answers a shell that completes a line: quickly, from what is on this computer, and with silence where it can't.

Whatever goes wrong, the person is in the middle of a line: nothing is said on the terminal, nothing is asked, and
nothing is written.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from floorctl.cli.completion import lines
from floorctl.i18n import DEFAULT_LANGUAGE, language_named, use_language

if TYPE_CHECKING:
    from floorctl.config import Config

#: Seconds after which a shell is left without an answer: a network disk may not answer, and the person waits.
_PATIENCE = 3.0


def answer(shell: str, arguments: Sequence[str]) -> int:
    """Print the answer to ``shell`` (see ``floorctl.cli.completion.lines``); return the exit code, which is 0."""
    with suppress(Exception, _TooLong), _at_most(_PATIENCE), _silence():
        text = "".join(f"{line}\n" for line in _lines(shell, arguments))
        sys.stdout.write(text)
        sys.stdout.flush()
    return 0


def _lines(shell: str, arguments: Sequence[str]) -> list[str]:
    if shell not in lines.SHELLS or any("\udc80" <= char <= "\udcff" for each in arguments for char in each):
        return []
    asked = lines.asked(shell, arguments)
    if asked.redirected:
        return ["files"]
    config = _configured(asked.words)
    from floorctl.cli.app import build
    from floorctl.cli.completion.candidates import find

    found = find(build(), asked.words, asked.word, config)
    return [each for line in lines.answer(shell, arguments, found) if (each := _writable(line))]


def _configured(words: Sequence[str]) -> Config | None:
    """Read the configuration that the line names, or the usual one, and use its language or that of the line."""
    from floorctl import config as configuration
    from floorctl.cli.invocation import value_of
    from floorctl.text import typed

    use_language(DEFAULT_LANGUAGE)
    said = language_named(typed.plain(value_of("--lang", words) or ""))
    explicit = value_of("--config", words)
    config = None
    with suppress(Exception):
        path = configuration.find(Path(explicit).expanduser() if explicit else None)
        if path is None or path.is_file():  # a pipe could be read only once, and would be waited for
            config = configuration.load(path)
    use_language(said or (config.language if config is not None else DEFAULT_LANGUAGE))
    return config


def _writable(line: str) -> str:
    """The line without a meaning that the locale's encoding lacks characters for; empty where it lacks the word's."""
    for text in (line, line.partition("\t")[0]):
        with suppress(UnicodeError):
            text.encode(sys.stdout.encoding or "utf-8")
            return text
    return ""


@contextmanager
def _silence() -> Iterator[None]:
    """Send to nowhere what SQLCipher, a plug-in or the interpreter writes on standard error."""
    sys.stderr.flush()
    before = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


class _TooLong(BaseException):
    """The answer takes too long; nothing but ``answer`` is to catch this."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Break the block off if it takes longer.

    Raises:
        _TooLong: it did.
    """

    def give_up(_number: int, _frame: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
