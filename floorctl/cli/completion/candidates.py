"""The words that may stand at the cursor: names of commands, options, and values of options and arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from floorctl.cli.completion import position, values
from floorctl.cli.completion.values import Candidate, Choice
from floorctl.cli.help import TargetFirst
from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.text.safe import cut, visible

if TYPE_CHECKING:
    from floorctl.cli.completion.position import Position
    from floorctl.config import Config

#: Cells of a candidate's meaning.
_WIDEST_MEANING = 60
#: What separates the values of a list.
_COMMA = ","


@dataclass(frozen=True)
class Found:
    """What may stand at the cursor; ``files``: the shell is to complete the name of a file."""

    candidates: Sequence[Candidate] = ()
    files: bool = False
    #: What stands before the value in the word at the cursor: ``--state=``.
    kept: str = ""


def find(top: Any, words: Sequence[str], word: str, config: Config | None) -> Found:
    """Return what may stand in the place of ``word``, behind the finished ``words``.

    ``config``: where the cache is; None: no value is looked up.
    """
    at = position.find(top, words, word)
    if at is None:
        return Found()
    if at.parameter is not None and values.is_file(at.parameter):
        return Found(files=True, kept=at.kept)
    kept = at.kept
    if at.parameter is not None:
        listed = _begun_list(at)
        at.word = at.word.removeprefix(listed)
        kept += listed
    found = _of_parameter(at, config) if at.parameter is not None else _of_commands(at, config)
    safe = (_made_safe(each, kept) for each in found if each.word.startswith(at.word))
    return Found([each for each in safe if each is not None], kept=kept)


def _begun_list(at: Position) -> str:
    """The finished values of a list that is being typed: ``ready,`` of ``ready,ta``."""
    several = at.parameter.multiple if at.parameter.param_type_name == "option" else at.parameter.nargs == -1
    if not several or "=" in (at.parameter.metavar or ""):
        return ""
    listed, comma, _ = at.word.rpartition(_COMMA)
    at.values.setdefault(at.parameter.name, []).extend(listed.split(_COMMA) if listed else [])
    return listed + comma


def _made_safe(candidate: Candidate, kept: str) -> Candidate | None:
    """Return the whole word with a meaning that can be shown; None for a word that no shell line should hold."""
    if visible(candidate.word) != candidate.word:
        return None
    meaning = cut(visible(candidate.meaning), _WIDEST_MEANING)
    return Candidate(kept + candidate.word, meaning, open=candidate.open)


def _of_commands(at: Position, config: Config | None) -> Iterator[Candidate]:
    """Names of commands and options, and the first argument of the command that a family's name alone runs."""
    begins_option = at.word.startswith("-") and not at.only_arguments
    if position.is_family(at.command) and not begins_option:
        if at.default is not None and (first := position.next_argument(at.default, 0)) is not None:
            inner = position.Position(at.default, at.word, first, values=at.values)
            yield from _of_parameter(inner, config)
        if not isinstance(at.command, TargetFirst):
            yield from _names(at.command)
    elif at.acts is not None and not begins_option:
        yield from _names(at.acts)
    elif not at.only_arguments:
        yield from _options(at)


def _names(family: Any) -> Iterator[Candidate]:
    return (Candidate(name, summary) for name, summary in family.summaries(None))


def _options(at: Position) -> Iterator[Candidate]:
    for option in at.options():
        meaning = t(option.help).partition("\n")[0] if option.help else ""
        flags = [flag for flag in option.opts if flag.startswith("--" if not at.word or at.word == "-" else at.word)]
        yield from (Candidate(flag, meaning) for flag in flags)
    yield Candidate("--help", t("cli.general.help"))


def _of_parameter(at: Position, config: Config | None) -> Iterable[Candidate]:
    source = values.source_of(at.parameter, at.arguments)
    if source is None:
        return ()
    given = set(at.given())
    found = values.choices(source, at) if isinstance(source, Choice) else _from_cache(source, at, config)
    return [each for each in found if each.word not in given]


def _from_cache(read: values.Read, at: Position, config: Config | None) -> Iterable[Candidate]:
    if config is None:
        return []
    from floorctl.floor.at_hand import open_at_hand

    with suppress(FloorctlError), open_at_hand(config) as hand:
        return [] if hand is None else list(read(hand, at))
    return []
