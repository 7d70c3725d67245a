"""Building the data of commands."""

from typing import Any


def given(**values: Any) -> dict[str, Any]:
    """Return the values that are not None; the contract makes the others optional."""
    return {name: value for name, value in values.items() if value is not None}
