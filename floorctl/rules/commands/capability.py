"""What a platform of an older contract cannot do, by name: a kind of commands, or an alert of a kind."""

from collections.abc import Mapping
from typing import Any

from floorctl.models.alerts import ALERT_KINDS_1
from floorctl.rules.commands import registry

#: The setting under which the names of what the platform refused as unknown are kept.
SETTING = "platform_cannot"
_RAISE = "alert.raise"


def capability(kind: str, data: Mapping[str, Any]) -> str:
    """Return the name of what a command with ``data`` needs of the platform; empty if version 1 has it."""
    if kind == _RAISE:
        raised = str(data.get("kind", ""))
        return "" if raised in ALERT_KINDS_1 else alert_capability(raised)
    found = registry.find(kind)
    return kind if found is not None and found.since != "1" else ""


def alert_capability(alert_kind: str) -> str:
    """Return the name of what raising an alert of ``alert_kind`` needs of the platform."""
    return f"{_RAISE} {alert_kind}"
