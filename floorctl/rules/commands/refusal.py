"""How a rule says no: which field, and why, in the reader's language."""

from typing import NamedTuple

from floorctl.i18n import t


class FieldError(NamedTuple):
    """One field that would not be taken, and a sentence that says why."""

    field: str
    message: str


class Refused(Exception):
    """A rule says no (the contract's 422). ``errors`` name each field and the reason."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


def refused(field: str, reason: str, **params: object) -> Refused:
    """A refusal of one ``field``; ``reason`` is a key under ``rules.refused``."""
    return Refused([FieldError(field, t(f"rules.refused.{reason}", **params))])
