"""Builds commands on Typer: registration, families of commands, and the options that all commands have in common.

The general options may be before or after the command's name; both are collected in the current ``Invocation``.
"""

from __future__ import annotations

import inspect
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli.help import DefaultingGroup, LocalisedCommand, TargetFirst
from floorctl.cli.invocation import Ended, Invocation, current

if TYPE_CHECKING:
    from typer.core import TyperGroup

    from floorctl.errors import Exit

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
        run = current()
        run.add_options(**{name.removeprefix(_PREFIX): value for name, value in given.items()})
        try:
            return body(run, **values)
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


def target_family(app: typer.Typer, name: str, *, default: str) -> typer.Typer:
    """Add to ``app`` a command whose subcommands are about one thing, named before them, and return it."""
    kind: type[TyperGroup] = type("Family", (TargetFirst,), {"default": default, "default_takes": staticmethod(bool)})
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
