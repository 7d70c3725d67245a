"""How a rule refuses: which field, and for what reason. ``floorctl.text.phrases`` puts it into words."""

from collections.abc import Mapping
from typing import NamedTuple


class FieldError(NamedTuple):
    """One field that is refused.

    ``reason`` is a key under ``rules.refused`` in the catalogues, ``params`` fill its text.
    """

    field: str
    reason: str
    params: Mapping[str, object] = {}


class Refused(Exception):
    """A rule refuses (the contract's 422). ``errors`` name each field and the reason."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.reason}" for error in errors))
        self.errors = errors


def refused(field: str, reason: str, **params: object) -> Refused:
    """A refusal of one ``field``."""
    return Refused([FieldError(field, reason, params)])
