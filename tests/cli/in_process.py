"""The program run in this process as it would run in one of its own: the same bytes, and nothing left behind.

It is entered where ``python -m floorctl`` enters it, ``floorctl.cli.app.run``, with streams that are real files on the
standard descriptors. What a process of its own would begin with (environment, folder, signal handlers, logging,
warnings) is put in place before, and what was there put back after.
"""

import contextvars
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from typing import IO, Any

from floorctl import __main__ as program
from floorctl.cli.app import run
from floorctl.i18n import language, use_language


def run_here(
    arguments: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str], cwd: Path
) -> subprocess.CompletedProcess[bytes]:
    """Run one command line to its end, with ``env`` as its whole environment; in the main thread alone."""
    assert threading.current_thread() is threading.main_thread(), "signal handlers are the main thread's"
    argv = [os.fsdecode(os.fsencode(each)) for each in arguments]  # as the system passes them on
    with ExitStack() as after, tempfile.TemporaryFile() as given, _new_file() as out, _new_file() as err:
        given.write(stdin)
        given.seek(0)
        for begin in (_language, _signals, _logging, _hooks, _warnings):
            after.enter_context(begin())
        after.enter_context(_environment(env))
        after.enter_context(chdir(cwd))
        after.enter_context(_streams(given, out, err, [program.__file__, *argv], env.get("PYTHONIOENCODING", "utf-8")))
        # What it sets for itself is set in a copy, as it would be gone with a process.
        code = contextvars.copy_context().run(run, argv)
        sys.stdout.flush()
        after.close()
        return subprocess.CompletedProcess(list(arguments), code & 0xFF, _read(out), _read(err))


def run_there(
    arguments: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str], cwd: Path
) -> subprocess.CompletedProcess[bytes]:
    """Run one command line to its end in a process of its own, which no terminal controls."""
    return subprocess.run(
        [sys.executable, "-m", "floorctl", *arguments],
        input=stdin,
        capture_output=True,
        env=dict(env),
        cwd=cwd,
        timeout=90,
        check=False,
        start_new_session=True,
    )


def _new_file() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _read(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


@contextmanager
def _streams(given: IO[bytes], out: IO[bytes], err: IO[bytes], argv: list[str], encoding: str) -> Iterator[None]:
    """The standard streams, as the interpreter makes them where none is a terminal."""
    names = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__", "argv")
    before: dict[str, Any] = {name: getattr(sys, name) for name in names}
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    kept = [os.dup(number) for number in range(3)]
    try:
        for number, file in enumerate((given, out, err)):
            os.dup2(file.fileno(), number)
        with (
            open(0, encoding=encoding, closefd=False) as stdin,
            open(1, "w", encoding=encoding, closefd=False) as stdout,
            open(2, "w", 1, encoding=encoding, errors="backslashreplace", closefd=False) as stderr,
        ):
            sys.stdin = sys.__stdin__ = stdin  # type: ignore[misc]
            sys.stdout = sys.__stdout__ = stdout  # type: ignore[misc]
            sys.stderr = sys.__stderr__ = stderr  # type: ignore[misc]
            sys.argv = argv
            yield
    finally:
        for name, each in before.items():
            setattr(sys, name, each)
        for number, each in enumerate(kept):
            os.dup2(each, number)
            os.close(each)


@contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    """The environment, and what has been kept of the one before."""
    before, folder = dict(os.environ), tempfile.tempdir
    try:
        _set_environment(env)
        tempfile.tempdir = None
        yield
    finally:
        _set_environment(before)
        tempfile.tempdir = folder


def _set_environment(env: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    time.tzset()


@contextmanager
def _language() -> Iterator[None]:
    before = language()
    try:
        yield
    finally:
        use_language(before)


@contextmanager
def _signals() -> Iterator[None]:
    """The handlers that a process begins with."""
    first = {
        signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL,
        signal.SIGQUIT: signal.SIG_DFL, signal.SIGPIPE: signal.SIG_IGN,
    }  # fmt: skip
    before = {number: signal.signal(number, handler) for number, handler in first.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _logging() -> Iterator[None]:
    """Nobody has asked for anything that is logged."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    root.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@contextmanager
def _hooks() -> Iterator[None]:
    """What is said of an error in a thread or in the collection of garbage is said on standard error."""
    before = sys.unraisablehook, threading.excepthook
    sys.unraisablehook, threading.excepthook = sys.__unraisablehook__, threading.__excepthook__
    try:
        yield
    finally:
        sys.unraisablehook, threading.excepthook = before


@contextmanager
def _warnings() -> Iterator[None]:
    """The filters that the interpreter begins with, and what it says on standard error."""
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for category in (ResourceWarning, ImportWarning, PendingDeprecationWarning, DeprecationWarning):
            warnings.simplefilter("ignore", category)
        warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")
        warnings.showwarning = _say_warning
        yield


def _say_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    (file or sys.stderr).write(warnings.formatwarning(message, category, filename, lineno, line))
