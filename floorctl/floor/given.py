"""The data of commands."""

from typing import Any


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None: the contract lets the others be left out."""
    return {name: value for name, value in values.items() if value is not None}
