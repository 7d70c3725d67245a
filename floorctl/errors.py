"""Errors that are reported to a person (one sentence with what to do about it) and the exit code of each."""

import traceback
from collections.abc import Iterable
from enum import IntEnum


class Exit(IntEnum):
    """The documented exit codes."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    NOT_SENT = 3
    REFUSED = 4
    NOT_ALLOWED = 5
    NOT_FOUND = 6


#: From the code that demands most of the person to the one that demands nothing. A command that did several things ends
#: with the first of these that occurred.
_WORST_FIRST = (
    Exit.ERROR, Exit.USAGE, Exit.NOT_ALLOWED, Exit.NOT_FOUND, Exit.REFUSED, Exit.NOT_SENT, Exit.DONE,
)  # fmt: skip


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the exit code of a command that did several things, each of which ended with one of ``codes``."""
    return min(codes, key=_WORST_FIRST.index, default=Exit.DONE)


class FloorctlError(Exception):
    """Base of the errors that are reported with a sentence from the catalogue.

    ``key`` names the sentence (``error.…``) and ``params`` fill it; the sentence says what happened and what to do. The
    front ends translate it; ``str()`` returns the key, for logs, and contains no personal data.
    """

    exit_code = Exit.ERROR

    def __init__(self, key: str, /, **params: object) -> None:
        super().__init__(key)
        self.key = key
        self.params = params

    def __str__(self) -> str:
        return self.key


class UsageError(FloorctlError):
    """The request is malformed or contradictory."""

    exit_code = Exit.USAGE


class RefusedError(FloorctlError):
    """The platform, or a rule that it would apply, refuses the command."""

    exit_code = Exit.REFUSED


class NotAllowedError(FloorctlError):
    """Nobody is signed in, or the role does not permit this."""

    exit_code = Exit.NOT_ALLOWED


class NotFoundError(FloorctlError):
    """The seat, order, alert or command asked for is not in the data."""

    exit_code = Exit.NOT_FOUND


def kinds(error: BaseException) -> str:
    """Return the types of ``error`` and its causes; not their messages, which may contain personal data."""
    names = [f"{type(error).__module__}.{type(error).__qualname__}"]
    while (cause := error.__cause__ or error.__context__) is not None and len(names) < 10:
        names.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        error = cause
    return " <- ".join(names)


def place(error: BaseException) -> str:
    """Return where ``error`` was raised, as ``module:line``; empty if it was never raised."""
    frames = error.__traceback__
    if frames is None:
        return ""
    while frames.tb_next is not None:
        frames = frames.tb_next
    return f"{frames.tb_frame.f_globals.get('__name__', '?')}:{frames.tb_lineno}"


def stack(error: BaseException) -> str:
    """Return the traceback of ``error`` with types and lines of code, without messages and values of variables."""
    head = "Traceback (most recent call last):\n"
    return "".join([head, *traceback.format_tb(error.__traceback__), kinds(error) + "\n"])
