"""A rule's refusal: the fields and a reason code for each. ``floorctl.text.phrases`` words it."""

from collections.abc import Mapping
from typing import NamedTuple


class FieldError(NamedTuple):
    """A refused field.

    ``reason`` is a key under ``rules.refused`` in the catalogues, ``params`` fill its text.
    """

    field: str
    reason: str
    params: Mapping[str, object] = {}


class Refused(Exception):
    """A rule refuses the command (the contract's 422). ``errors``: every refused field with its reason."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.reason}" for error in errors))
        self.errors = errors


def refused(field: str, reason: str, **params: object) -> Refused:
    """Return a refusal of one ``field``."""
    return Refused([FieldError(field, reason, params)])
