"""Where on a command line the cursor is: in which command, and at the name or the value of which parameter.

Only the commands that the line names are imported. Nothing is converted or checked: an unfinished line is mostly wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from floorctl.cli.help import TargetFirst
from floorctl.cli.option_forms import as_option
from floorctl.errors import UsageError
from floorctl.text import typed


@dataclass
class Position:
    """The cursor at ``word``, the unfinished word of a line.

    ``parameter``: what ``word`` is the value of; None where it may be an option, or a command of ``command``, which is
    a family then. ``default``: the command that runs where the family's name is all that is said. ``arguments``: the
    words before that are no options; ``values``: those given to options, by the option's name; ``kept``: what stands
    before the value in the unfinished word (``--state=``). ``acts``: the family whose command may follow the thing that
    was named (``order NUMBER``).
    """

    command: Any
    word: str
    parameter: Any = None
    default: Any = None
    arguments: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    kept: str = ""
    acts: Any = None
    #: Whether ``--`` stands before: no word is an option any more.
    only_arguments: bool = False

    def options(self) -> list[Any]:
        """The options that may stand here: those that were not given yet, or may be given several times."""
        found = [*(_options(self.default) if self.default else ()), *_options(self.command)]
        by_name = {each.name: each for each in found if not each.hidden}
        return [each for each in by_name.values() if each.multiple or each.name not in self.values]

    def given(self) -> list[str]:
        """The values that the parameter has been given before, lists taken apart."""
        if self.parameter is None:
            return []
        before = self.values.get(self.parameter.name, [])
        if self.parameter.param_type_name == "argument":
            before = self.arguments[_arguments(self.command).index(self.parameter) :]
        return typed.parts(before)


def find(top: Any, words: Sequence[str], word: str) -> Position | None:
    """Return where ``word`` is, behind the finished ``words`` of a line; None where no such command exists."""
    at = Position(command=top, word=word)
    pending: Any = None
    for each in words:
        if pending is not None:
            at.values[pending.name].append(each)
            pending = None
        elif not at.only_arguments and each == "--":
            at.only_arguments = True
        elif not at.only_arguments and (option := _option_said(at, each)) is not None:
            pending = option if _lacks_value(option, each) else None
        elif not _enter(at, each):
            return None
    if pending is not None:
        at.parameter = pending
    else:
        _settle(at)
    return at


def _enter(at: Position, word: str) -> bool:
    """Take a word that is no option: the name of a command, or an argument; return whether it can be either."""
    if not is_family(at.command):
        act = command_named(at.acts, typed.plain(word)) if at.acts is not None else None
        at.command, at.acts = act or at.command, None
        if act is None:
            at.arguments.append(word)
        return True
    inner = command_named(at.command, typed.plain(word))
    if inner is None:
        inner = default_of(at.command)
        if inner is None:
            return False
        at.arguments.append(word)
        at.acts = at.command if isinstance(at.command, TargetFirst) else None
    at.command = inner
    return True


def _option_said(at: Position, word: str) -> Any:
    """Return the option that a word names, and record that it was given; None where it is none."""
    if not as_option(word, names := _names(at)).startswith("-") or word in ("-", ""):
        return None
    name, equals, value = as_option(word, names).partition("=")
    option = names.get(name, _UNKNOWN)
    at.values.setdefault(option.name, []).extend([value] if equals else [])
    return option


def _names(at: Position) -> dict[str, Any]:
    commands = [at.command, *([default_of(at.command)] if is_family(at.command) else [])]
    return {
        flag: each for command in commands if command is not None for each in _options(command) for flag in each.opts
    }


@dataclass(frozen=True)
class _Unknown:
    """An option that the command does not have; its value cannot be told from an argument."""

    name: str = ""
    is_flag: bool = True


_UNKNOWN = _Unknown()


def _lacks_value(option: Any, word: str) -> bool:
    return not option.is_flag and "=" not in word


def _settle(at: Position) -> None:
    """Find out what the unfinished word is, where no option waits for its value."""
    word = at.word
    at.default = default_of(at.command) if is_family(at.command) else None
    if not at.only_arguments and as_option(word, _names(at)).startswith("-"):
        name, equals, value = as_option(word, _names(at)).partition("=")
        option = _names(at).get(name)
        if equals and option is not None and not option.is_flag:
            at.parameter, at.kept, at.word = option, f"{name}=", value
        return
    if not is_family(at.command):
        at.parameter = next_argument(at.command, len(at.arguments))


def next_argument(command: Any, place: int) -> Any:
    """Return the argument that the word at ``place`` (from 0) is a value of; None where there are no more."""
    arguments = _arguments(command)
    if place < len(arguments):
        return arguments[place]
    return arguments[-1] if arguments and arguments[-1].nargs == -1 else None


def is_family(command: Any) -> bool:
    """Whether a command has commands of its own."""
    return hasattr(command, "list_commands")


def command_named(family: Any, name: str) -> Any:
    """Return a command of a family; None where there is none with this name."""
    try:
        return family.get_command(None, name)
    except UsageError:
        return None


def default_of(family: Any) -> Any:
    """Return the command that a family runs where none of its own is named; None where it has none."""
    name = getattr(family, "default", None)
    return family.commands.get(name) if name else None


def _options(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "option"]


def _arguments(command: Any) -> list[Any]:
    return [each for each in command.params if each.param_type_name == "argument"]
