"""The embedded platform in a process of its own, as tests and benchmarks use it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx


class PlatformProcess:
    """``floorctl platform serve`` with its data in a file, so that it can be stopped and started again."""

    def __init__(self, data: Path | str, *options: str, port: int = 0, home: Path | None = None) -> None:
        self.data = data
        self.options = options
        self.port = port
        self.accounts: dict[str, tuple[str, str]] = {}
        self.output: list[str] = []
        self._home = home
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, seconds: float = 30) -> "PlatformProcess":
        """Start it, on the port that it had before if it ran before, and wait until it listens."""
        argv = [sys.executable, "-m", "floorctl", "platform", "serve", "--port", str(self.port)]
        argv += ["--data", str(self.data), *self.options]
        env = {**os.environ, **({"HOME": str(self._home)} if self._home else {})}
        self._process = subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=env)
        listening = threading.Event()
        threading.Thread(target=self._read, args=(listening,), daemon=True).start()
        if not listening.wait(seconds) or self._process.poll() is not None:
            raise AssertionError("the platform does not listen:\n" + "".join(self.output))
        time.sleep(0.1)
        return self

    def _read(self, listening: threading.Event) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.output.append(line)
            for role, number, password in re.findall(
                r"(supervisor|shift_lead|inspector|viewer)\W+(\d{4})\W+(\S+)", line
            ):
                self.accounts.setdefault(role, (number, password))
            if found := re.search(r"listening on http://[^:]+:(\d+)", line):
                self.port = int(found[1])
                listening.set()
        listening.set()

    def stop(self) -> None:
        """Stop it as a service manager would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    @property
    def pid(self) -> int:
        """Its process; with several workers, the first."""
        assert self._process is not None
        return self._process.pid

    @property
    def cpu_seconds(self) -> float:
        """What it has used of a core."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def token(self, role: str = "supervisor") -> str:
        """A session's token for somebody with this role."""
        number, password = self.accounts[role]
        answer = httpx.post(
            f"{self.url}/v1/session", json={"employee_no": number, "password": password}, trust_env=False
        )
        answer.raise_for_status()
        return str(answer.json()["token"])

    def snapshot(self, *kinds: str, token: str | None = None) -> tuple[dict[tuple[str, str], dict[str, Any]], str]:
        """Everything that the feed holds of ``kinds`` now, by (kind, id), and the server time of its last page."""
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        found: dict[tuple[str, str], dict[str, Any]] = {}
        after: str | None = None
        with httpx.Client(trust_env=False, timeout=30) as client:
            while True:
                params: dict[str, Any] = {"limit": 5000}
                if kinds:
                    params["kinds"] = ",".join(kinds)
                if after is not None:
                    params["after"] = after
                answer = client.get(f"{self.url}/v1/changes", params=params, headers=headers)
                answer.raise_for_status()
                page = answer.json()
                for change in page["changes"]:
                    key = (change["kind"], change["id"])
                    if change["deleted"]:
                        found.pop(key, None)
                    else:
                        found[key] = change
                after = page["next"]
                if not page["more"]:
                    return found, page["server_time"]
