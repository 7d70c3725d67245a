"""The words for an entity that is not in this terminal's data, shown instead of its id."""

from floorctl.i18n import t

_OWN_WORDS = frozenset({"person", "department", "queue", "category", "item"})


def unknown(kind: str) -> str:
    """Return the words for an unknown entity of this kind."""
    return t(f"naming.unknown.{kind if kind in _OWN_WORDS else 'other'}")
