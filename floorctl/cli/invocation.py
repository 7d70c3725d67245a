"""The context of a command: the options common to all commands, the configuration, the language, and the exit code.

The general options may be before or after the command's name; both are collected in one ``Invocation``, of the command
line that is being run.
"""

from __future__ import annotations

import inspect
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec import structs

from floorctl import config as configuration
from floorctl.cli.help import DefaultingGroup, LocalisedCommand, usage_error
from floorctl.cli.option_forms import as_option
from floorctl.cli.output import Output
from floorctl.errors import Exit, FloorctlError, UsageError
from floorctl.i18n import DEFAULT_LANGUAGE, LANGUAGES, language_named, t, use_language
from floorctl.process.signals import ENDING
from floorctl.process.streams import UnwrittenError
from floorctl.text import typed

if TYPE_CHECKING:
    from typer.core import TyperGroup

    from floorctl.config import Config
    from floorctl.floor.floor import Floor


@dataclass(frozen=True)
class General:
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
        self.general = replace(self.general, **said)
        general = self.general
        self.output.configure(json=general.json, quiet=general.quiet, no_color=general.no_color, debug=general.debug)


def ask_passphrase(new: bool) -> str:
    """Ask for the passphrase (``floorctl.cli.passphrase``, imported here since few terminals need it)."""
    from floorctl.cli.passphrase import ask, forget

    _current.afterwards.callback(forget)
    return ask(new)


_current = Invocation()

#: Prefix of the general options' parameters, which separates them from a command's own.
_PREFIX = "general_"
# The placeholders for options' values in help.
_FILE, _LANGUAGE, _TIME = "FILE", "LANG", "TIME"
#: Options of the top level that only the cockpit uses.
_FOR_THE_COCKPIT = ("read_only", "cycle")


def _general_parameters(*, reveal: bool) -> list[inspect.Parameter]:
    def parameter(
        name: str, kind: object, default: object, *flags: str, metavar: str | None = None
    ) -> inspect.Parameter:
        option = typer.Option(*flags, help=f"cli.general.{name}", metavar=metavar)
        return inspect.Parameter(
            _PREFIX + name,
            inspect.Parameter.KEYWORD_ONLY,
            default=default,
            annotation=Annotated[kind, option],
        )

    parameters = [
        parameter("json", bool, False, "--json"),
        parameter("quiet", bool, False, "--quiet", "-q"),
        parameter("no_color", bool, False, "--no-color"),
        parameter("lang", str | None, None, "--lang", metavar=_LANGUAGE),
        parameter("config", Path | None, None, "--config", metavar=_FILE),
        parameter("debug", bool, False, "--debug"),
    ]
    if reveal:
        parameters.append(parameter("reveal", bool, False, "--reveal"))
    return parameters


def application(**settings: Any) -> typer.Typer:
    """Return a Typer application with the settings common to all."""
    shared: dict[str, Any] = {
        "add_completion": False,
        "rich_markup_mode": None,
        "pretty_exceptions_enable": False,
        "context_settings": {"help_option_names": ["-h", "--help"]},
    }
    return typer.Typer(**(shared | settings))


def _with_general(body: Callable[..., Exit | None], *, reveal: bool) -> Callable[..., Exit | None]:
    """Return ``body`` for Typer: without its first parameter (the Invocation) and with the general options."""
    signature = inspect.signature(body, eval_str=True)
    own = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in list(signature.parameters.values())[1:]]
    parameters = own + _general_parameters(reveal=reveal)

    def called(**values: Any) -> Exit | None:
        given = {name: values.pop(name) for name in list(values) if name.startswith(_PREFIX)}
        _current.add_options(**{name.removeprefix(_PREFIX): value for name, value in given.items()})
        try:
            return body(_current, **values)
        except BrokenPipeError as error:
            # Otherwise Typer would exit as for an error.
            raise Ended(signal.SIGPIPE) from error

    called.__name__ = body.__name__
    called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def command(
    app: typer.Typer, name: str, *, key: str | None = None, reveal: bool = False
) -> Callable[[Callable[..., Exit | None]], Callable[..., Exit | None]]:
    """Register a function as the command ``name`` of ``app``; its help is the catalogue's ``cli.<key>.help``.

    The function receives the Invocation and its own options, and returns its exit code (None: done).
    """

    def register(body: Callable[..., Exit | None]) -> Callable[..., Exit | None]:
        settings = {"help_option_names": ["-h", "--help"]}
        decorate = app.command(name, cls=LocalisedCommand, help=f"cli.{key or name}.help", context_settings=settings)
        decorate(_with_general(body, reveal=reveal))
        return body

    return register


def family(
    app: typer.Typer, name: str, *, default: str | None = None, default_takes: Callable[[str], bool] | None = None
) -> typer.Typer:
    """Add to ``app`` a command with subcommands and return it; ``default`` is the subcommand where none is named.

    ``default_takes``: whether a word that begins with this character is an argument of the default subcommand.
    """
    takes = None if default_takes is None else staticmethod(default_takes)
    kind: type[TyperGroup] = type("Family", (DefaultingGroup,), {"default": default, "default_takes": takes})
    inner = application(name=name, cls=kind, help=f"cli.{name}.help")
    group(inner, body=_nothing)
    app.add_typer(inner)
    return inner


def _nothing(run: Invocation, command: str | None) -> Exit | None:
    return None


def group(app: typer.Typer, *, body: Callable[..., Exit | None], top: bool = False) -> None:
    """Make ``app`` accept the general options before the name of a command."""

    def callback(run: Invocation, context: typer.Context, **more: Any) -> Exit | None:
        if more.get("version"):
            from floorctl import __version__

            run.output.answer(f"floorctl {__version__}")
            return None
        return body(run, context.invoked_subcommand, **{name: more[name] for name in _FOR_THE_COCKPIT if name in more})

    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter("run", positional, annotation=Invocation),
        inspect.Parameter("context", positional, annotation=typer.Context),
    ]
    if top:
        version = Annotated[bool, typer.Option("--version", help="cli.general.version")]
        read_only = Annotated[bool, typer.Option("--read-only", help="cli.general.read_only")]
        cycle = Annotated[str | None, typer.Option("--cycle", metavar=_TIME, help="cli.general.cycle")]
        parameters += [
            inspect.Parameter("version", positional, default=False, annotation=version),
            inspect.Parameter("read_only", positional, default=False, annotation=read_only),
            inspect.Parameter("cycle", positional, default=None, annotation=cycle),
        ]
    callback.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    app.callback()(_with_general(callback, reveal=True))


def command_of(app: typer.Typer, name: str) -> Any:
    """Build the command ``name`` of a module's application."""
    app.callback()(lambda: None)
    return typer.main.get_group(app).commands[name]


def begin(arguments: Sequence[str]) -> Invocation:
    """Start a new invocation; set language and glyphs, by options or else the configuration, before any output.

    Errors in the configuration are left to the commands that use it, so that help works without.
    """
    global _current  # noqa: PLW0603  a process runs one command line at a time
    _current = Invocation()
    use_language(DEFAULT_LANGUAGE)
    said = language_named(typed.plain(_value_of("--lang", arguments) or ""))
    if said is not None:
        use_language(said)
    explicit = _value_of("--config", arguments)
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


def _value_of(option: str, arguments: Sequence[str]) -> str | None:
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
    except (KeyboardInterrupt, typer.Abort):
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
        if (wrong := usage_error(error)) is not None:
            return _after(wrong, output.error(wrong))
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
