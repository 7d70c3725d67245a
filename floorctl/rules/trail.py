"""What an entry of the audit trail says, in words."""

from collections.abc import Mapping
from typing import Any

from floorctl.i18n import failure, t, term
from floorctl.rules.privacy import mask_text
from floorctl.rules.roles import REVEAL

#: Parts of an entry that say nothing to a person.
_UNSAID = frozenset({"command", "kind", "digest", "ids"})


def words(detail: Mapping[str, Any]) -> str:
    """The act, and what is told with it, numbers in texts masked: ``催办  原因: 重复``."""
    kind = detail.get("kind")
    parts = [term("command", str(kind))] if kind and kind != REVEAL else []
    for name, value in detail.items():
        if name in _UNSAID or value in ("", None, False, [], ()):
            continue
        label = term("audit_detail", name)
        parts.append(label if value is True else f"{label}{t('rules.trail.is')}{_value(name, value)}")
    return mask_text("  ".join(parts))


def _value(name: str, value: Any) -> str:
    match name:
        case "why":
            return term("audit_why", str(value))
        case "detail":
            return failure(str(value))
        case "roles" if isinstance(value, list | tuple):
            return "、".join(term("role", str(each)) for each in value)
    return str(value)
