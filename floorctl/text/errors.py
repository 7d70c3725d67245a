"""An error as one sentence for people, the same in both front ends: what, why and what to do, in the floor's words."""

import errno
import os
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.text.unknown import unknown

#: Fields of a refusal that mean the target itself, which the message already names.
_SUBJECT = frozenset({"target", "state", "mode", ""})

#: A field, and its index in a list, from 0: ``seat_ids[1]``, ``steps[0].note``.
_PLACE = re.compile(r"([^.\[]+)(?:\[(\d{1,6})\])?")


#: The position at the end of a message of the TOML parser.
_AT = re.compile(r"\(at line (\d+), column (\d+)\)$")
#: Start of the parser's message about a repeated key or section.
_TWICE = ("Cannot overwrite a value", "Cannot declare ")


#: Parameters that a person entered; at most ``_TOLD`` characters of them are shown.
_GIVEN = frozenset({"value", "id", "name", "number", "option", "team", "key"})
_TOLD = 60


class FieldMessage(Protocol):
    """An error in one field, as a rule or the platform reports it."""

    @property
    def field(self) -> str:
        """The field's name in the contract."""

    @property
    def message(self) -> str:
        """The reason, in words."""


class ProblemMessage(Protocol):
    """The platform's answer to a command that it did not accept."""

    @property
    def title(self) -> str:
        """What happened, in words."""

    @property
    def detail(self) -> str | None:
        """The reason, in words."""

    @property
    def errors(self) -> Sequence[FieldMessage]:
        """The errors of single fields."""


def sentence(error: FloorctlError, clean: Callable[[str], str], *, ids: bool = True) -> str:
    """Return the sentence of ``error`` in the language in use. Every value in it has passed ``clean``.

    ``ids``: whether the reader uses ids, as on a command line. In the cockpit nobody does: what is no longer in the
    data is named by its kind there.
    """
    if not ids and "id" in error.params:
        return _without_id(error)
    params = {name: _value(name, value, clean) for name, value in error.params.items()}
    return t(error.key, **params)


def _without_id(error: FloorctlError) -> str:
    """Return the sentence of an ``error`` about one thing, without the thing's id."""
    name = error.key.removeprefix("error.")
    words = t(f"error.here.{name}")
    if not words.startswith("error.here."):
        return words
    kind = name.removeprefix("no_such_")
    kind_word = term("kind", kind)
    return t("error.gone", what=unknown("other") if kind_word == kind else kind_word)


def _value(name: str, value: object, clean: Callable[[str], str]) -> object:
    """Return a parameter of an error in words. A count ``n`` stays a number, which selects the plural form."""
    if name == "n" and isinstance(value, int):
        return value
    if isinstance(value, (list, tuple)):
        return clean(field_reasons(value) if name == "fields" else t("cli.list_comma").join(map(str, value)))
    words = str(value)
    if name == "command":
        words = term("command", words)
    elif name == "reason":
        words = system_words(words)
    words = clean(words)
    if not words.strip():
        return t("error.no_reason" if name == "reason" else "error.nothing")
    return words[: _TOLD - 1] + "…" if name in _GIVEN and len(words) > _TOLD else words


def system_words(reason: str) -> str:
    """Return a message of the operating system (``Permission denied``) or the TOML parser in the language in use."""
    if at := _AT.search(reason):
        if reason.startswith(_TWICE):
            return t("error.toml_twice", line=at.group(1))
        return t("error.toml_at", line=at.group(1), column=at.group(2))
    if reason.endswith("(at end of document)"):
        return t("error.toml_at_end")
    name = _of_the_system().get(reason)
    key = f"term.system.{name}"
    words = t(key) if name else reason
    return reason if words == key else words


@lru_cache(maxsize=1)
def _of_the_system() -> dict[str, str]:
    return {os.strerror(number): name for number, name in errno.errorcode.items()}


def problem_reasons(problem: ProblemMessage | None, clean: Callable[[str], str]) -> list[str]:
    """Return why the platform did not accept a command, the general first: title, detail, fields.

    Each part has passed ``clean``; empty ones are left out. None is no reason.
    """
    if problem is None:
        return []
    parts = (problem.title, problem.detail or "", field_reasons(problem.errors))
    return [words for part in parts if (words := clean(part))]


def field_reasons(fields: Iterable[FieldMessage]) -> str:
    """Return why each of ``fields`` was refused, without full stops; a field without a word is not named."""
    reasons = ((_word(each.field), each.message.rstrip(" 。.")) for each in fields)
    return t("cli.list_semicolon").join(f"{word}{t('rules.trail.is')}{why}" if word else why for word, why in reasons)


def field_word(name: str) -> str:
    """Return the word for a field of the contract, with its place in a list if it has one; empty if it has no word."""
    match = _PLACE.match(name)
    base, place = match.groups() if match else (name, None)
    for key in (f"sync.field.{base}", f"assessment.field.{base}"):
        if (word := t(key)) != key:
            return word if place is None else t("sync.field_of_list", field=word, n=int(place) + 1)
    return ""


def _word(name: str) -> str:
    return "" if name in _SUBJECT else field_word(name)
