"""What is said of a thing that this terminal was never told of: words, in place of an id that nobody can read."""

from floorctl.i18n import t

_OWN_WORDS = frozenset({"person", "department", "queue", "category", "item"})


def unknown(kind: str) -> str:
    """The words for an entity of this kind that is not known here."""
    return t(f"naming.unknown.{kind if kind in _OWN_WORDS else 'other'}")
