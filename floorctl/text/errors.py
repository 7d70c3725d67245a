"""An error as one sentence for people, the same in both front ends: what, why and what now, in words of the floor."""

import errno
import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Protocol

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.text.unknown import unknown

#: What a refusal calls the thing that was acted on; its message speaks of it by name already.
_SUBJECT = frozenset({"target", "state", "mode", ""})

#: A field, and its place in a list, counted from 0: ``seat_ids[1]``, ``steps[0].note``.
_PLACE = re.compile(r"([^.\[]+)(?:\[(\d{1,6})\])?")


#: Where the parser of TOML says that something is wrong.
_AT = re.compile(r"\(at line (\d+), column (\d+)\)$")
#: How it begins where a key or a section stands there twice.
_TWICE = ("Cannot overwrite a value", "Cannot declare ")


#: What a person gave, of which no more characters are told.
_GIVEN = frozenset({"value", "id", "name", "number", "option", "team", "key"})
_TOLD = 60


class FieldMessage(Protocol):
    """What is wrong with one field, as a rule or the platform says it."""

    @property
    def field(self) -> str:
        """The field's name in the contract."""

    @property
    def message(self) -> str:
        """The reason."""


def sentence(error: FloorctlError, clean: Callable[[str], str], *, ids: bool = True) -> str:
    """Return the sentence of ``error`` in the language in use. Each value that it names has passed ``clean``.

    ``ids``: whether the reader calls things by their ids, as on a command line. In the cockpit nobody does: what is not
    in the data any more is called by its kind there.
    """
    if not ids and "id" in error.params:
        return _without_id(error)
    params = {name: _value(name, value, clean) for name, value in error.params.items()}
    return t(error.key, **params)


def _without_id(error: FloorctlError) -> str:
    """Return the sentence of an ``error`` about one thing, which its sentence would name by an id."""
    name = error.key.removeprefix("error.")
    words = t(f"error.here.{name}")
    if not words.startswith("error.here."):
        return words
    kind = name.removeprefix("no_such_")
    what = term("kind", kind)
    return t("error.gone", what=unknown("other") if what == kind else what)


def _value(name: str, value: object, clean: Callable[[str], str]) -> object:
    """Return a parameter of an error in words. A count, ``n``, stays a number, which chooses the plural form."""
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
    """What the system says of a file (``Permission denied``), or a parser of its text, in the language in use."""
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


def field_reasons(fields: Iterable[FieldMessage]) -> str:
    """Why each of ``fields`` was not taken, without full stops; a field is called by its word, or not at all."""
    told = ((_word(each.field), each.message.rstrip(" 。.")) for each in fields)
    return t("cli.list_semicolon").join(f"{word}{t('rules.trail.is')}{why}" if word else why for word, why in told)


def field_word(name: str) -> str:
    """The word for a field of the contract, with its place where it is part of a list; empty where there is none."""
    found = _PLACE.match(name)
    base, place = found.groups() if found else (name, None)
    for key in (f"sync.field.{base}", f"assessment.field.{base}"):
        if (word := t(key)) != key:
            return word if place is None else t("sync.field_of_list", field=word, n=int(place) + 1)
    return ""


def _word(name: str) -> str:
    return "" if name in _SUBJECT else field_word(name)
