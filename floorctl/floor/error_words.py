"""Refusals and other errors as people read them."""

from collections.abc import Iterable

from floorctl.errors import FloorctlError, RefusedError
from floorctl.floor.views import FieldError
from floorctl.rules.privacy import mask_text
from floorctl.text import errors
from floorctl.text.phrases import Refusal, refusal
from floorctl.text.safe import visible


def refused_fields(refusals: Iterable[Refusal]) -> RefusedError:
    """Return the error that names each field of ``refusals`` with its reason in words."""
    fields = [FieldError(each.field, refusal(each.reason, each.params)) for each in refusals]
    return RefusedError("error.refused_fields", fields=fields)


def sentence(error: FloorctlError) -> str:
    """Return the sentence of ``error`` for the cockpit: without ids, numbers masked, control characters visible."""
    return errors.sentence(error, lambda words: visible(mask_text(words)), ids=False)
