"""Turn a rule's refusal into the error that people read."""

from collections.abc import Iterable

from floorctl.errors import RefusedError
from floorctl.floor.views import FieldError
from floorctl.text.phrases import Refusal, refusal


def refused_fields(errors: Iterable[Refusal]) -> RefusedError:
    """Return the error that names each field of ``errors`` with its reason in words."""
    fields = [FieldError(each.field, refusal(each.reason, each.params)) for each in errors]
    return RefusedError("error.refused_fields", fields=fields)
