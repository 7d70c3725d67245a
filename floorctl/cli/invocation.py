"""The context of a command: the options common to all commands, the configuration, the language, and the exit code.

The general options may be before or after the command's name; both are collected in one ``Invocation``, of the command
line that is being run.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from floorctl import config as configuration
from floorctl.cli.option_forms import as_option
from floorctl.cli.output import Output
from floorctl.errors import Exit, FloorctlError, UsageError
from floorctl.i18n import DEFAULT_LANGUAGE, LANGUAGES, language_named, t, use_language
from floorctl.process.signals import ENDING
from floorctl.process.streams import UnwrittenError
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.config import Config
    from floorctl.floor.floor import Floor


class General(Struct, frozen=True):
    """The values of the general options."""

    json: bool = False
    quiet: bool = False
    no_color: bool = False
    debug: bool = False
    reveal: bool = False
    lang: str | None = None
    config: Path | None = None


class Invocation:
    """One run of the program: its options, its configuration and its output."""

    def __init__(self) -> None:
        self.general = General()
        self.output = Output()
        #: Callbacks to run at the end of this run, so that it has no effect on the next one in this process.
        self.afterwards = ExitStack()
        #: Ids of the commands whose outcome has been reported.
        self.reported: set[str] = set()
        self._config: Config | None = None

    @property
    def config(self) -> Config:
        """The configuration, read when it is first used.

        Raises:
            UsageError: it can't be read, or something in it is wrong.
        """
        if self._config is None:
            config = configuration.load(self.general.config)
            self._config = structs.replace(config, language=self.general.lang) if self.general.lang else config
            self.output.glyphs = config.terminal.glyphs
        return self._config

    def floor(self) -> Floor:
        """Open this terminal's floor, live if another process syncs it; the caller closes it.

        Raises:
            FloorctlError: the data folder, its key or its journal can't be used.
        """
        from floorctl.cli.owner_status import read_owner_status
        from floorctl.floor.terminal import open_terminal

        try:
            floor = open_terminal(self.config, ask=ask_passphrase)
        finally:
            self._warn_of_logs()
        read_owner_status(floor)
        return floor

    def _warn_of_logs(self) -> None:
        """Warn about logs that were put aside, since they may contain acts."""
        from floorctl.sync.sqlite import logs_put_aside

        while logs_put_aside.unreported:
            self.output.warn(t("cli.log_aside", path=logs_put_aside.unreported.pop()))

    def add_options(self, **given: Any) -> None:
        """Add the general options of one level; options that are not given here keep their values."""
        said = {name: value for name, value in given.items() if value}
        if (lang := said.get("lang")) is not None:
            if (meant := language_named(lang)) is None:
                raise UsageError("error.no_such_language", value=lang, languages=t("cli.list_comma").join(LANGUAGES))
            said["lang"] = meant
        if "config" in said and (self._config is None or said["config"] != self._config.path):
            self._config = None
        self.general = structs.replace(self.general, **said)
        general = self.general
        self.output.configure(json=general.json, quiet=general.quiet, no_color=general.no_color, debug=general.debug)


def ask_passphrase(new: bool) -> str:
    """Ask for the passphrase (``floorctl.cli.passphrase``, imported here since few terminals need it)."""
    from floorctl.cli.passphrase import ask, forget

    _current.afterwards.callback(forget)
    return ask(new)


_current = Invocation()


def current() -> Invocation:
    """Return the invocation of the command line that is being run."""
    return _current


def begin(arguments: Sequence[str]) -> Invocation:
    """Start a new invocation; set language and glyphs, by options or else the configuration, before any output.

    Errors in the configuration are left to the commands that use it, so that help works without.
    """
    global _current  # noqa: PLW0603  a process runs one command line at a time
    _current = Invocation()
    use_language(DEFAULT_LANGUAGE)
    said = language_named(typed.plain(value_of("--lang", arguments) or ""))
    if said is not None:
        use_language(said)
    explicit = value_of("--config", arguments)
    try:
        config = configuration.load(
            Path(explicit) if explicit else None, speak=lambda named: use_language(said or named)
        )
    except (FloorctlError, OSError, ValueError):
        return _current
    if said is not None:
        config = structs.replace(config, language=said)
    use_language(config.language)
    _current._config = config  # read only once: it may be a pipe
    _current.output.glyphs = config.terminal.glyphs
    return _current


def value_of(option: str, arguments: Sequence[str]) -> str | None:
    """Return the value that a command line gives to an option, wherever it stands; None where it gives none."""
    for at, given in enumerate(arguments):
        argument = as_option(given, [option])
        if argument == "--":
            return None
        if argument == option and at + 1 < len(arguments):
            return arguments[at + 1]
        if argument.startswith(option + "="):
            return argument.partition("=")[2]
    return None


class Ended(BaseException):
    """The program has to end: a signal requests it, or nobody reads its output any more."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_on_signals() -> None:
    """Until the command ends, raise ``Ended`` in the main thread on a signal to end, so that clean-up code runs."""

    def end(number: int, _frame: object) -> None:
        # Ignore further signals: a second one must not interrupt the clean-up.
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    for each in ENDING:
        _current.afterwards.callback(signal.signal, each, signal.signal(each, end))


def finish(body: Callable[[], Any]) -> int:
    """Run ``body`` and the clean-up; report an error in one sentence; return the exit code."""
    with _current.afterwards:
        code = _ended(body, _current.output)
        # Flush here: the interpreter would fail on it at exit.
        unwritten = _ended(sys.stdout.flush, _current.output)
        return code or unwritten


def _ended(body: Callable[[], Any], output: Output) -> int:
    try:
        code = body()
    except UnwrittenError as error:
        output.discard_output()
        unwritten = FloorctlError("error.unwritten", reason=error.strerror or "")
        return _after(unwritten, output.error(unwritten))
    except FloorctlError as error:
        return _after(error, output.error(error))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (Ended, BrokenPipeError) as ended:
        number = ended.number if isinstance(ended, Ended) else int(signal.SIGPIPE)
        if number == signal.SIGPIPE:
            output.discard_output()
        return 128 + number
    except SystemExit as ended:
        # Typer and rich raise SystemExit for a broken pipe in their own output.
        if not isinstance(ended.__context__, BrokenPipeError):
            raise
        output.discard_output()
        return 128 + signal.SIGPIPE
    except Exception as error:
        return _unexpected(error)
    return int(code or 0)


def _after(error: FloorctlError, code: Exit) -> int:
    if _current.general.debug:
        _current.output.traceback(error)
    return int(code)


def _unexpected(error: Exception) -> int:
    from floorctl.cli.crash import record

    output = _current.output
    if _current.general.debug:
        output.traceback(error)
    try:
        folder = _current.config.data_dir
    except Exception:  # perhaps the same error again; report without the folder
        folder = None
    path = record(error, folder)
    key = "error.unexpected" if path else "error.unexpected_unrecorded"
    return int(output.error(FloorctlError(key, kind=type(error).__name__, path=path or "")))
