"""Codes of rules in words: a key of the catalogues with parameters, which are numbers, times and codes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Protocol

from floorctl.i18n import t, term
from floorctl.text.numbers import NOTHING, percent, points_text, tenths, usual_number, whole

#: Parameters with measured values, and their number format.
_MEASURED: dict[str, Callable[[float], object]] = {
    "staffed": tenths,
    "expected": whole,
    "usual": usual_number,
    "seconds": whole,
}


class Refusal(Protocol):
    """A refused field, as a code and parameters."""

    @property
    def field(self) -> str:
        """The field's name in the contract."""

    @property
    def reason(self) -> str:
        """The reason: a key under ``rules.refused``."""

    @property
    def params(self) -> Mapping[str, object]:
        """The parameters of the reason's text."""


def refusal(reason: str, params: Mapping[str, object]) -> str:
    """Return the sentence of a refusal; ``reason`` is a key under ``rules.refused``."""
    return phrase(f"rules.refused.{reason}", params)


def phrase(key: str, params: Mapping[str, object]) -> str:
    """Return the text under ``key`` with formatted ``params``.

    With an ``area``, ``state`` is a term of that area, and so is each of ``wanted``.
    """
    area = params.get("area")
    if area is None:
        return t(key, **{name: _written(name, value) for name, value in params.items()})
    words = {
        name: " / ".join(term(str(area), str(each)) for each in ([value] if isinstance(value, str) else value))
        for name, value in params.items()
        if name != "area" and isinstance(value, (str, tuple))
    }
    return t(key, **words)


def _written(name: str, value: object) -> object:
    """Format a time in its zone, a share as a percentage, a number without needless places, None as a dash."""
    match value:
        case None:
            return NOTHING
        case datetime():
            return f"{value:%m-%d %H:%M}"
        case Fraction():
            return percent(value)
        case float():
            return _MEASURED[name](value) if name in _MEASURED else points_text(value)
    return value
