"""Help and usage errors in the current language, laid out by terminal cells.

Typer's own help and messages are English and count characters; only its parsed structure is used here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

from floorctl.cli.option_forms import as_options
from floorctl.cli.parameters import argument_name, convert_plainly, parameter_name
from floorctl.errors import FloorctlError, UsageError
from floorctl.i18n import t
from floorctl.text import typed

if TYPE_CHECKING:
    import typer

_WIDEST_NAMES = 34


class LocalisedCommand(TyperCommand):
    """A command whose help is in the current language."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The command's parameters, with ``--help``."""
        return convert_plainly(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse ``args``, accepting options in the forms of ``floorctl.cli.option_forms``."""
        return super().parse_args(ctx, as_options(args, self.get_params(ctx), to_the_end=True))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the command's help."""
        formatter.write(_drawn(ctx, _help(self, ctx)))


class LocalisedGroup(TyperGroup):
    """A family of commands whose help is in the current language."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The family's own parameters, with ``--help``."""
        return convert_plainly(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words before a command's name, accepting options in the forms of ``floorctl.cli.option_forms``."""
        return super().parse_args(ctx, as_options(args, self.get_params(ctx), to_the_end=False))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the family's help."""
        formatter.write(_drawn(ctx, _help(self, ctx, self.summaries(ctx))))

    def summaries(self, ctx: typer.Context) -> list[tuple[str, str]]:
        """The name and the first line of help of each command."""
        return [(name, _help_text(each).partition("\n")[0]) for name, each in self.commands.items()]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that ``args`` begin with.

        Raises:
            UsageError: there is none.
        """
        if args and (meant := typed.plain(args[0])) in self.list_commands(ctx):
            args = [meant, *args[1:]]
        if args and self.get_command(ctx, args[0]) is None:
            raise no_such_command(args[0], self.commands)
        return super().resolve_command(ctx, args)


class DefaultingGroup(LocalisedGroup):
    """A family that runs its ``default`` command where none is named.

    ``default_takes`` returns whether a word with this first character is an argument of the default command.
    """

    default: str | None = None
    default_takes: Callable[[str], bool] | None = None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse ``args``, with the default command's name inserted where no command is named."""
        if self.default:
            inner = self.commands[self.default].get_params(ctx)
            args = as_options(args, [*self.get_params(ctx), *inner], to_the_end=False)
        asked_for_help = any(each in ("-h", "--help") for each in args)
        if self.default and not asked_for_help and not any(typed.plain(each) in self.commands for each in args):
            takes = type(self).default_takes
            if args and not args[0].startswith("-") and not (takes is not None and takes(typed.plain(args[0])[:1])):
                raise no_such_command(args[0], self.commands)
            args = [self.default, *args]
        return super().parse_args(ctx, args)


class TargetFirst(DefaultingGroup):
    """A family whose commands are all about one thing, which is named before them: ``order NUMBER return``.

    Each of its commands has the thing as its first argument; without a command's name the ``default`` runs.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse ``args``, with the name of the command moved before the thing that it is about."""
        return super().parse_args(ctx, self._command_first(args))

    @property
    def default_command(self) -> Any:
        """The command that runs where none is named."""
        return self.commands[str(self.default)]

    def _command_first(self, args: list[str]) -> list[str]:
        first, second = self._first_words(args)
        if first is None or typed.plain(args[first]) in self.commands:
            return args
        if second is None:
            return ["--help"] if {"-h", "--help"} & {*args} else [str(self.default), *args]
        name = typed.plain(args[second])
        if name not in self.commands:
            raise no_such_command(args[second], self.commands)
        return [name, *args[:second], *args[second + 1 :]]

    def _first_words(self, args: list[str]) -> tuple[int | None, int | None]:
        """Return where in ``args`` the first two words are that are neither options nor their values."""
        commands: list[Any] = [self, *self.commands.values()]
        options = [each for command in commands for each in command.params if each.param_type_name == "option"]
        with_value = {flag for each in options if not each.is_flag for flag in each.opts}
        before, words = "", list[int]()
        for at, argument in enumerate(args):
            if before not in with_value and not argument.startswith("-"):
                words.append(at)
            before = argument
        return (words[0] if words else None), (words[1] if len(words) > 1 else None)


def words_of(family: Any, path: str, name: str, command: Any) -> list[str]:
    """Return the words of a command line: ``path`` of its family, the command's ``name`` and its arguments."""
    names = _arguments(command)
    if isinstance(family, TargetFirst):
        return [path, names[0], *([] if name == family.default else [name]), *names[1:]]
    return [path, name, *names]


def _arguments(command: Any) -> list[str]:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    return [argument_name(each) if each.required else f"[{argument_name(each).strip('[]')}]" for each in arguments]


def no_such_command(word: str, known: Iterable[str]) -> UsageError:
    """The error that there is no command ``word``, with the most similar of ``known``, if any."""
    return _unknown(word, known, "name", ("error.no_such_subcommand", "error.no_such_subcommand_at_all"))


def _unknown(given: str, known: Iterable[str], parameter: str, keys: tuple[str, str]) -> UsageError:
    """An error with ``given`` as its ``parameter``; ``keys``: of its text with a similar word, and without one."""
    near = _most_similar(given, known)
    return (
        UsageError(keys[0], **{parameter: given, "near": near}) if near else UsageError(keys[1], **{parameter: given})
    )


def _most_similar(word: str, known: Iterable[str]) -> str | None:
    by_name = {each.lstrip("-"): each for each in sorted(known)}
    near = typed.like(typed.folded(word).lstrip("-"), by_name)
    return by_name[near] if near else None


def _drawn(ctx: Any, text: str) -> str:
    """``text`` in characters that the terminal can show: the parser writes help itself, not through ``Output``."""
    run = ctx.obj  # the Invocation, whose module imports this one
    return text if run is None else str(run.output.drawn(text))


def _help(command: Any, ctx: Any, commands: list[tuple[str, str]] | None = None) -> str:
    parts = [_usage(command, ctx, bool(commands)), _help_text(command)]
    takes = command.default_command if isinstance(command, TargetFirst) else command
    arguments = [(argument_name(each), _help_text(each)) for each in takes.params if each.param_type_name == "argument"]
    options = [
        (_option_name(each), _help_text(each))
        for each in command.params
        if each.param_type_name == "option" and not each.hidden
    ]
    options.append((", ".join(ctx.help_option_names), t("cli.general.help")))
    for title, rows in (("cli.arguments", arguments), ("cli.options", options), ("cli.commands", commands or [])):
        if rows:
            parts.append(t(title) + "\n" + _columns(rows))
    return "\n\n".join(part for part in parts if part)


def _help_text(what: Any) -> str:
    """The help of a command, option or argument, whose ``help`` is a catalogue key, so that the language may change."""
    return t(what.help) if what.help else ""


def _usage(command: Any, ctx: Any, has_commands: bool) -> str:
    options, family = t("cli.usage.options"), None if ctx.parent is None else ctx.parent.command
    if isinstance(command, TargetFirst):
        words = [*words_of(command, ctx.command_path, str(command.default), command.default_command), options]
    elif isinstance(family, TargetFirst):
        words = [*words_of(family, ctx.parent.command_path, ctx.info_name, command), options]
    else:
        words = [ctx.command_path, options, *_arguments(command)]
    if has_commands:
        words.append(t("cli.usage.command"))
    return t("cli.usage", line=" ".join(words))


def _option_name(option: Any) -> str:
    flags = ", ".join(sorted(option.opts, key=len))
    return f"{flags} {option.metavar}" if option.metavar and not option.is_flag else flags


def _columns(rows: list[tuple[str, str]]) -> str:
    import shutil

    from rich.cells import cell_len

    from floorctl.text.safe import fit
    from floorctl.text.wrap import wrap

    width = max(min(shutil.get_terminal_size().columns, 110), 40)
    names = min(max(cell_len(name) for name, _ in rows), _WIDEST_NAMES)
    lines = []
    for name, text in rows:
        wrapped = wrap(text, width - names - 4) or [""]
        if cell_len(name) > names:
            lines.append(f"  {name}")
            first = " " * names
        else:
            first = fit(name, names)
        lines.append(f"  {first}  {wrapped[0]}".rstrip())
        lines += [f"  {' ' * names}  {line}" for line in wrapped[1:]]
    return "\n".join(lines)


def usage_error(error: Exception) -> FloorctlError | None:
    """A parser's error as a ``FloorctlError`` of the catalogue; None where ``error`` is not the parser's."""
    # By class name: Typer's releases have moved the parser's classes but not renamed them.
    kind = type(error).__name__
    option = getattr(error, "option_name", "")
    parameter = getattr(error, "param", None)
    name = parameter_name(parameter)
    if kind == "NoSuchOption":
        context: Any = getattr(error, "ctx", None)
        known = ["--help", *(flag for each in context.command.params for flag in each.opts)] if context else ["--help"]
        return _unknown(option, known, "option", ("error.no_such_option", "error.no_such_option_at_all"))
    if kind == "MissingParameter":
        return UsageError("error.missing_parameter", name=name)
    if kind == "BadParameter":
        return UsageError("error.bad_parameter", name=name)
    if kind == "BadOptionUsage":
        return UsageError("error.option_needs_value", option=option)
    if hasattr(error, "format_message") and getattr(error, "exit_code", None) == 2:
        context = getattr(error, "ctx", None)
        return UsageError("error.command_line", command=context.command_path if context else "floorctl")
    return None
