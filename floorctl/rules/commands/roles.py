"""Roles: who may send which commands and read which entities."""

from collections.abc import Iterable

from floorctl.rules.commands import registry

SUPERVISOR, SHIFT_LEAD, INSPECTOR, VIEWER = "supervisor", "shift_lead", "inspector", "viewer"
#: Knowledge staff (contract 1.1); another platform may have them.
EDITOR = "editor"
ALL_ROLES = (SUPERVISOR, SHIFT_LEAD, INSPECTOR, VIEWER)

S = frozenset({SUPERVISOR})
SL = frozenset({SUPERVISOR, SHIFT_LEAD})
SI = frozenset({SUPERVISOR, INSPECTOR})
SLI = frozenset({SUPERVISOR, SHIFT_LEAD, INSPECTOR})

#: Pseudo-kind for showing personal data unmasked; not a command, but checked like one. Viewers may not.
REVEAL = "reveal"
#: Pseudo-kind for showing what is confidential unmasked, with a reason.
REVEAL_CONFIDENTIAL = "reveal_confidential"

_KINDS = frozenset({
    "seat", "queue", "interval", "resource", "person", "shift", "department", "category", "order", "alert", "rubric",
    "sample", "inspection", "handover", "fact", "surge", "article", "correction",
    "missed_call",
})  # fmt: skip

#: Role → the entity kinds that it reads. Viewers and editors see no scores.
READABLE: dict[str, frozenset[str]] = {
    SUPERVISOR: _KINDS,
    SHIFT_LEAD: _KINDS,
    INSPECTOR: _KINDS,
    VIEWER: _KINDS - {"rubric", "sample", "inspection"},
    EDITOR: _KINDS - {"rubric", "sample", "inspection"},
}


def allowed(kind: str, roles: Iterable[str]) -> bool:
    """Return whether someone with ``roles`` may send commands of ``kind`` (or reveal); False for an unknown kind."""
    if kind == REVEAL:
        return not SLI.isdisjoint(roles)
    if kind == REVEAL_CONFIDENTIAL:
        return not S.isdisjoint(roles)
    found = registry.find(kind)
    return found is not None and not found.roles.isdisjoint(roles)


def readable(roles: Iterable[str]) -> frozenset[str]:
    """Return the entity kinds that someone with ``roles`` may read."""
    return frozenset().union(*(READABLE.get(role, frozenset()) for role in roles))
