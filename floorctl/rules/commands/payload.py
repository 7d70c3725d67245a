"""The ``data`` of a command: base struct, field types, and decoding.

Unknown fields are ignored; a wrong type or a missing field is refused.
"""

import re
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from floorctl.rules.commands.refusal import FieldError, Refused

#: Text that a person has to enter; blanks alone are refused.
Words = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=r"\S")]
Id = Annotated[str, Meta(min_length=1, max_length=128)]

_D = TypeVar("_D", bound=msgspec.Struct)


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the structs for the ``data`` of command kinds."""


class Reason(Payload, frozen=True, kw_only=True):
    """Data of the kinds that need a reason and nothing else."""

    reason: Words


_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_BLANK = re.compile(r"^Expected `\w+` (?:of length >= 1\b|matching regex '\\\\S')")
_LIMITS = (
    (re.compile(r"^Expected `str` of length <= (\d+)"), "too_long"),
    (re.compile(r"^Expected `array` of length <= (\d+)"), "too_many"),
    (re.compile(r"^Expected `\w+` <= (-?[\d.]+)"), "too_large"),
    (re.compile(r"^Expected `\w+` >= (-?[\d.]+)"), "too_small"),
    (re.compile(r"^Invalid RFC3339 encoded (\w+)"), "no_date"),
    (re.compile(r"^Invalid enum value (.*?)(?: - at |$)"), "no_choice"),
)
_MISSING = re.compile(r"missing required field `(\w+)`")


def read(struct: type[_D], data: dict[str, Any]) -> _D:
    """Decode ``data`` as ``struct``.

    Raises:
        Refused: a field is missing, has the wrong type, or a value that is not allowed.
    """
    try:
        return msgspec.convert(data, struct)
    except msgspec.ValidationError as error:
        raise Refused([_explained(str(error))]) from error


def _explained(error: str) -> FieldError:
    place = match.group(1) if (match := _PLACE.search(error)) else ""
    if missing := _MISSING.search(error):
        field = ".".join(part for part in (place, missing.group(1)) if part)
        return FieldError(field, "missing")
    reason, params = _reason(error)
    return FieldError(place or "data", reason, params)


def _reason(error: str) -> tuple[str, dict[str, object]]:
    """Return the reason and its parameters for a message of msgspec."""
    if _BLANK.search(error):
        return "empty", {}
    for pattern, reason in _LIMITS:
        if match := pattern.search(error):
            return reason, {"most": match.group(1)}
    return "malformed", {}
