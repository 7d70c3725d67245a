"""``demo --coach``: its options, and the results, printed and appended to a trainer's table."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from floorctl.cli.export.files import harmless
from floorctl.errors import Exit, FloorctlError, UsageError
from floorctl.files.writing import no_folder
from floorctl.i18n import in_each_language, t, term
from floorctl.text.numbers import fixed
from floorctl.text.safe import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorctl.cli.invocation import Invocation
    from floorctl.floor.floor import Floor
    from floorctl.screens.coach.attempt import Result
    from floorctl.screens.demonstration.demonstration import Demonstration

_COLUMNS = (
    "date", "time", "trainee", "scenario", "task", "keys", "best", "seconds", "helped", "skipped",
)  # fmt: skip
#: Spreadsheets read a table without it as another encoding, and Chinese wrongly.
_MARK = "\ufeff"


class Coaching(Struct, frozen=True, kw_only=True):
    """Who practises, and the table that the results go to (None: none)."""

    trainee: str
    scenario: str
    file: Path | None = None

    def check(self) -> None:
        """Check that the table can be written, before anybody practises for it.

        Raises:
            UsageError: it is something else than a table of results.
            FloorctlError: it has no folder, or can't be opened.
        """
        if self.file is None:
            return
        if not self.file.parent.is_dir():
            raise no_folder(self.file, self.file.parent)
        if self.file.is_dir():
            raise UsageError("error.file_is_folder", path=self.file)
        if self.file.exists():
            with _opened(self.file) as table:
                _check_head(self.file, table.readline())
        elif not os.access(self.file.parent, os.W_OK | os.X_OK):
            raise FloorctlError("error.file_unwritable", path=self.file, reason=os.strerror(13))

    def keep(self, results: Sequence[Result]) -> None:
        """Append a row for each result, the header first if the table is new. Others may append at the same time.

        Raises:
            FloorctlError, UsageError: as ``check``.
        """
        if self.file is None or not results:
            return
        with _opened(self.file) as table:
            fcntl.flock(table, fcntl.LOCK_EX)
            _check_head(self.file, table.readline())
            ends = _last_character(table)
            head = [_line([t(f"coach.csv.{name}") for name in _COLUMNS])] if not ends else []
            rows = "".join([*head, *(_line(self._cells(each)) for each in results)])
            begins = _MARK if not ends else "" if ends == "\n" else "\r\n"
            text = f"{begins}{rows}".encode()
            if table.write(text) < len(text):
                raise FloorctlError("error.file_no_room", path=self.file)

    def _cells(self, result: Result) -> list[str]:
        return [
            f"{result.at:%Y-%m-%d}",
            f"{result.at:%H:%M:%S}",
            harmless(visible(self.trainee)),
            self.scenario,
            harmless(t(f"coach.name.{result.task}")),
            str(result.keys),
            str(result.best),
            fixed(result.seconds, 1),
            str(int(result.helped)),
            str(int(result.skipped)),
        ]

    def show(self, run: Invocation, floor: Floor, demonstration: Demonstration) -> Exit:
        """Let the trainee practise in the cockpit; then keep the results and print them.

        Raises:
            FloorctlError, UsageError: the table can't be written; the results are printed by then.
        """
        from floorctl.screens.coach.cockpit import run_practice
        from floorctl.screens.coach.practice import Practice
        from floorctl.screens.coach.tasks import tasks_for

        person = floor.session.person
        practice = Practice(tasks_for(floor, person.roles if person else ()))
        code = run_practice(floor, demonstration, practice, debug=run.general.debug)
        results = practice.in_order
        try:
            # Before they are printed: a terminal that was closed prints nothing.
            self.keep(results)
        finally:
            run.output.answer("\n".join(self._printed(results)))
        if self.file is not None and results:
            run.output.note(t("coach.kept", n=len(results), path=self.file))
        return Exit(code)

    def _printed(self, results: Sequence[Result]) -> list[str]:
        from floorctl.screens.coach.page import table
        from floorctl.screens.coach.words import rows, verdict

        title = t("coach.printed", trainee=self.trainee, scenario=self.scenario)
        return [title, *(table(rows(results)) if results else ()), verdict(results)]


def coaching(
    *, coach: bool, results: str | None, trainee: str | None, role: str, scenario: str, once: bool, read_only: bool
) -> Coaching | None:
    """Return what the options of a practice ask for; None: no practice.

    Raises:
        UsageError: they don't go together, or the table is something else.
        FloorctlError: the table can't be written.
    """
    if not coach:
        for option, value in (("--results", results), ("--trainee", trainee)):
            if value is not None:
                raise UsageError("error.goes_with_coach", option=option)
        return None
    for option, given in (("--once", once), ("--read-only", read_only)):
        if given:
            raise UsageError("error.coach_in_a_cockpit", option=option)
    found = Coaching(
        trainee=(trainee or "").strip() or term("role", role),
        scenario=scenario,
        file=Path(results) if results else None,
    )
    found.check()
    return found


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open the table to read its head and to append to it.

    Raises:
        FloorctlError: it can't be opened or written.
    """
    try:
        with path.open("a+b", buffering=0) as table:
            table.seek(0)
            yield table
    except OSError as error:
        raise FloorctlError("error.file_unwritable", path=path, reason=error.strerror or str(error)) from error


def _check_head(path: Path, first: bytes) -> None:
    """Check that ``first`` is the header of a table of results, in any language, or the end of an empty file.

    Raises:
        UsageError: it is not.
    """
    found = first.decode("utf-8", "replace").removeprefix(_MARK).strip().split(",")
    heads = [[*names] for names in zip(*(in_each_language(f"coach.csv.{name}") for name in _COLUMNS), strict=True)]
    if first and found not in heads:
        raise UsageError("error.not_results", path=path)


def _last_character(table: IO[bytes]) -> str:
    """Return the last character of the file; "" of an empty one."""
    if not table.seek(0, os.SEEK_END):
        return ""
    table.seek(-1, os.SEEK_END)
    return table.read(1).decode("latin-1")


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
