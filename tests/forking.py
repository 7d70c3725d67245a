"""Start Python modules in processes of their own fast, by forking a process that has imported everything.

``python -m floorctl`` spends most of its time on imports. Here one process per test worker imports once and forks for
each start. The result is a real process, with its own memory, files, terminal and signals, that runs the module from
its first line.
"""

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rich.cells import cell_len

import floorctl
from tests.speedups import hash_cheaply

ROOT = Path(__file__).parents[1]
_START_SECONDS = 60.0
#: Modules that the program, or a library of it, imports at run time.
_LATER = (
    "anyio._backends._asyncio",
    "certifi",
    "chinese_calendar",
    "encodings.idna",
    "h11",
    "httpcore",
    "textual.drivers.linux_driver",
    "xlsxwriter",
)
#: Set while coverage is measured: each process then records for the test that started it.
_MEASURED = "COVERAGE_PROCESS_CONFIG"


class Started:
    """A process that was started here, with the interface of ``subprocess.Popen`` without its files."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = threading.Event()

    def ended(self, status: int) -> None:
        """Record its end; ``status`` as returned by ``os.waitpid``."""
        self.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set()

    def poll(self) -> int | None:
        """Return the exit code (minus the signal's number if a signal ended it), or None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs after ``timeout`` seconds.
        """
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal; does nothing if it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it by SIGKILL."""
        self.send_signal(signal.SIGKILL)


class _Forks:
    """The client of the process that forks. Thread-safe."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._control = ours
        self._asking = threading.Lock()
        self._answers = ours.makefile("r", encoding="utf-8")
        self._pid = threading.Event()
        self._started: dict[int, Started] = {}
        self._newest: Started | None = None
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.forking", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if name != _MEASURED} | {"LC_ALL": "C.UTF-8"},
                cwd=ROOT,
                start_new_session=True,
            )
        threading.Thread(target=self._listen, daemon=True).start()
        atexit.register(self._end)

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._server.wait(5)  # waiting adds the CPU time of its processes to this one's

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            for line in self._answers:
                pid, status = json.loads(line)
                if status is None:
                    self._newest = self._started[pid] = Started(pid)
                    self._pid.set()
                else:
                    self._started.pop(pid).ended(status)

    def start(self, request: dict[str, Any], files: Sequence[int]) -> Started:
        body = json.dumps(request).encode()
        with self._asking:
            self._pid.clear()
            socket.send_fds(self._control, [len(body).to_bytes(4, "big")], list(files))
            self._control.sendall(body)
            if not self._pid.wait(_START_SECONDS):
                raise AssertionError(f"the process that forks does not answer; it is {self._server.poll()}")
            assert self._newest is not None
            return self._newest


@cache
def _forks() -> _Forks:
    return _Forks()


def start(
    module: str,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    files: Sequence[int] = (0, 1, 2),
    terminal: bool = False,
) -> Started:
    """Run ``module`` as ``python -m`` does, with ``files`` as its standard input, output and error.

    ``env``: its whole environment; this process's if left out. ``terminal``: ``files`` are a terminal, which becomes
    its controlling terminal.
    """
    request = {
        "module": module,
        "arguments": arguments,
        "env": dict(os.environ if env is None else env),
        "cwd": str(cwd or Path.cwd()),
        "terminal": terminal,
    }
    return _forks().start(request, files)


def run(
    module: str,
    *arguments: str,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    cwd: str | Path | None = None,
    timeout: float = 90,
) -> "subprocess.CompletedProcess[str]":
    """Run ``module`` to its end and return what ``subprocess.run`` returns with captured output.

    Raises:
        subprocess.TimeoutExpired: it still ran after ``timeout`` seconds, and was killed.
    """
    env = os.environ if env is None else env
    argv = [sys.executable, "-m", module, *arguments]
    if not can_fork(env):
        return subprocess.run(
            argv, input=stdin, capture_output=True, encoding="utf-8", env=env, cwd=cwd, timeout=timeout, check=False
        )
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        files = [given.fileno(), out.fileno(), err.fileno()]
        started = start(module, *arguments, env=env, cwd=cwd, files=files)
        try:
            code = started.wait(timeout)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
            raise
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(argv, code, _text(out.read()), _text(err.read()))


def _text(said: bytes) -> str:
    return said.decode("utf-8").replace("\r\n", "\n")


def can_fork(env: Mapping[str, str]) -> bool:
    """Return whether a fork can stand in for a new interpreter: some variables are read only at its start."""
    of_python = {name for name in {*env, *os.environ} if name.startswith("PYTHON") and name != "PYTHONPATH"}
    charset = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "")
    return (
        "LD_PRELOAD" not in env
        and all(env.get(name) == os.environ.get(name) for name in of_python)
        and (charset in ("", "C", "POSIX") or charset.upper().replace("-", "").endswith("UTF8"))
    )


# -- the process that forks


def _import_all() -> None:
    """Import every module that the program may need."""
    for module in pkgutil.walk_packages(floorctl.__path__, "floorctl."):
        if module.name != "floorctl.__main__":
            importlib.import_module(module.name)
    for name in _LATER:
        importlib.import_module(name)
    cell_len("现场")  # loads its tables


def _serve(control: socket.socket) -> dict[str, Any] | None:
    """Fork for each request. Returns the request in the child, and None in the parent when the client has gone."""
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([control.fileno(), woken], [], [])
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
            while ended := _one_that_ended():
                _say(control, *ended)
            continue
        head, files, _, _ = socket.recv_fds(control, 4, 3)
        if not head:
            return None
        body = bytearray()
        while len(body) < int.from_bytes(head, "big"):
            body += control.recv(int.from_bytes(head, "big") - len(body))
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (woken, wakes):
                os.close(each)
            control.close()
            return dict(json.loads(body), files=files)
        _say(control, pid, None)
        for each in files:
            os.close(each)


def _one_that_ended() -> tuple[int, int] | None:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, status) if pid else None


def _say(control: socket.socket, pid: int, status: int | None) -> None:
    with contextlib.suppress(OSError):
        control.sendall(f"{json.dumps([pid, status])}\n".encode())


def _become(request: dict[str, Any]) -> None:
    """Bring this process into the state of a newly started interpreter, as ``request`` describes it."""
    if request["terminal"]:
        os.setsid()
        fcntl.ioctl(request["files"][0], termios.TIOCSCTTY, 0)
    for number, file in enumerate(request["files"]):
        os.dup2(file, number)
    for file in request["files"]:
        os.close(file)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    if _MEASURED in os.environ:
        importlib.import_module("coverage").process_startup()
    time.tzset()
    for name, file, mode, errors in (
        ("stdin", 0, "r", "strict"),
        ("stdout", 1, "w", "strict"),
        ("stderr", 2, "w", "backslashreplace"),
    ):
        buffering = 1 if name == "stderr" or os.isatty(file) else -1
        stream = open(file, mode, buffering, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = [request["module"], *request["arguments"]]


def _main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    _import_all()
    hash_cheaply()
    gc.collect()
    gc.freeze()
    request = _serve(control)
    if request is not None:
        _become(request)
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
