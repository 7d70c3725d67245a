"""An error as one sentence for people, the same in both front ends: what, why and what now, in words of the floor."""

import errno
import os
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Protocol

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term

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


def sentence(error: FloorctlError, clean: Callable[[str], str]) -> str:
    """The sentence of ``error`` in the language in use; each value that it names has passed ``clean``.

    A count, ``n``, stays a number: it chooses among plural forms.
    """
    raw = t(error.key)
    params: dict[str, object] = {
        name: value if name == "n" and isinstance(value, int) else _told(name, clean(_in_words(name, str(value))), raw)
        for name, value in error.params.items()
        if not _are_fields(name, value)
    }
    fields = error.params.get("fields")
    if isinstance(fields, (list, tuple)):
        params["fields"] = clean(field_reasons(fields))
    return t(error.key, **params)


def _told(name: str, value: str, raw: str) -> str:
    """``value`` as it stands in the sentence ``raw``: nothing is shown as nothing, and what was given not at length."""
    if name in _GIVEN and len(value) > _TOLD:
        return value[: _TOLD - 1] + "…"
    if value.strip():
        return value
    if name == "reason":
        return t("error.no_reason")
    in_quotes = any(f"{opening}{{{name}}}" in raw for opening in '“"')
    return value if in_quotes else t("error.nothing_in_quotes", value=value)


def _in_words(name: str, value: str) -> str:
    if name == "command":
        return term("command", value)
    return system_words(value) if name == "reason" else value


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


def _are_fields(name: str, value: object) -> bool:
    return name == "fields" and isinstance(value, (list, tuple))
