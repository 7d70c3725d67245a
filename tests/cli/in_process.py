"""Runs a command line in the test process with the result of a process of its own, and leaves nothing behind.

It calls ``floorctl.cli.run.run``, as ``python -m floorctl`` does, with real files on the standard descriptors. The
environment, folder, signal handlers, logging and warnings of a new process are set before and restored after.
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
from floorctl.cli.run import run
from floorctl.i18n import language, use_language


def run_here(
    arguments: Sequence[str], *, stdin: bytes = b"", env: Mapping[str, str], cwd: Path
) -> subprocess.CompletedProcess[bytes]:
    """Run one command line to its end in this process; ``env`` is its whole environment. For the main thread only."""
    assert threading.current_thread() is threading.main_thread(), "signal handlers are the main thread's"
    argv = [os.fsdecode(os.fsencode(each)) for each in arguments]  # as the system passes them on
    with ExitStack() as after, tempfile.TemporaryFile() as input_file, _new_file() as out, _new_file() as err:
        input_file.write(stdin)
        input_file.seek(0)
        for begin in (_language, _signals, _logging, _hooks, _warnings):
            after.enter_context(begin())
        after.enter_context(_environment(env))
        after.enter_context(chdir(cwd))
        after.enter_context(
            _streams(input_file, out, err, [program.__file__, *argv], env.get("PYTHONIOENCODING", "utf-8"))
        )
        # Context variables that it sets are set in a copy: they would end with a process.
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
def _streams(input_file: IO[bytes], out: IO[bytes], err: IO[bytes], argv: list[str], encoding: str) -> Iterator[None]:
    """Replace the standard streams by such as the interpreter makes where none is a terminal."""
    names = ("stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__", "argv")
    before: dict[str, Any] = {name: getattr(sys, name) for name in names}
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    descriptors_before = [os.dup(number) for number in range(3)]
    try:
        for number, file in enumerate((input_file, out, err)):
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
        for number, each in enumerate(descriptors_before):
            os.dup2(each, number)
            os.close(each)


@contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    """Replace the environment, and forget what was derived from the previous one (time zone, temporary folder)."""
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
    """Set the signal handlers that a process begins with."""
    first: dict[signal.Signals, Any] = {
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
    """Remove all log handlers, as in a new process."""
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
    """Report errors in threads and in garbage collection on standard error, as a new process does."""
    before = sys.unraisablehook, threading.excepthook
    sys.unraisablehook, threading.excepthook = sys.__unraisablehook__, threading.__excepthook__
    try:
        yield
    finally:
        sys.unraisablehook, threading.excepthook = before


@contextmanager
def _warnings() -> Iterator[None]:
    """Set the warning filters that the interpreter begins with, and print warnings on standard error."""
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
