"""Building the data of commands."""

from typing import Any


def without_none(**fields: Any) -> dict[str, Any]:
    """Return the fields that have a value; the contract makes those without one optional."""
    return {name: value for name, value in fields.items() if value is not None}
