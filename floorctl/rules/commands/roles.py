"""Who may do what, and what a command acts on: the contract's table of command kinds."""

from collections.abc import Iterable

from floorctl.models.command import COMMAND_KINDS

SUPERVISOR, SHIFT_LEAD, INSPECTOR, VIEWER = "supervisor", "shift_lead", "inspector", "viewer"
ALL_ROLES = (SUPERVISOR, SHIFT_LEAD, INSPECTOR, VIEWER)

_S = frozenset({SUPERVISOR})
_SL = frozenset({SUPERVISOR, SHIFT_LEAD})
_SI = frozenset({SUPERVISOR, INSPECTOR})
_SLI = frozenset({SUPERVISOR, SHIFT_LEAD, INSPECTOR})

#: Command kind → the roles that may send it.
ROLES: dict[str, frozenset[str]] = {
    "seat.state": _SL,
    "seat.skills": _SL,
    "seat.listen": _SL,
    "pause.cancel": _SL,
    "order.review": _SL,
    "order.dispatch": _SL,
    "order.urge": _SL,
    "order.callback": _SL,
    "order.problem": _SLI,
    "alert.raise": _SLI,
    "alert.acknowledge": _SL,
    "alert.step": _SL,
    "alert.close": _SL,
    "inspection.submit": _SI,
    "inspection.appeal": _SL,
    "inspection.decide": _S,
    "sample.skip": _SI,
    "handover.note": _SL,
    "handover.item": _SL,
    "handover.give": _SL,
    "handover.take": _SL,
    "fact.record": _S,
    "fact.remove": _S,
    "surge.start": _SL,
    "surge.act": _SL,
    "surge.end": _SL,
    "shift.assign": _S,
    "shift.remove": _S,
    "article.state": _S,
    "correction.raise": _SLI,
    "correction.decide": _S,
    "floor.message": _SL,
}

#: Seeing personal data as it is; no command, but asked about like one. Whoever works on orders may, not who only looks.
REVEAL = "reveal"

#: Kinds that build on what the person saw: they carry the entity's version.
NEEDS_BASE = frozenset({
    "seat.skills", "order.review", "order.dispatch", "order.callback", "alert.close", "inspection.appeal",
    "inspection.decide", "sample.skip", "handover.give", "handover.take", "fact.remove", "surge.end", "shift.remove",
    "article.state", "correction.decide",
})  # fmt: skip

#: Kinds that hold whatever the version, and put one thing in the place of another: one that carries a version all the
#: same, as what takes an act back does, holds for that version alone.
MAY_HAVE_BASE = frozenset({"seat.state", "handover.item", "shift.assign"})

#: Kinds whose target may not exist yet: its id is the one that the terminal chose.
CREATES = frozenset({
    "alert.raise", "inspection.submit", "handover.note", "fact.record", "surge.start", "shift.assign",
    "correction.raise",
})  # fmt: skip

#: Kinds that sign something: they go out under the session of the one who signed, never of whoever is signed in then.
SIGNATURES = frozenset({"handover.give", "handover.take"})

_ON_SEATS = ("pause.cancel", "floor.message")
#: Command kind → the kind of the entity that it is aimed at.
TARGET_KIND: dict[str, str] = {kind: "seat" if kind in _ON_SEATS else kind.partition(".")[0] for kind in COMMAND_KINDS}

_KINDS = frozenset({
    "seat", "queue", "interval", "resource", "person", "shift", "department", "category", "order", "alert", "rubric",
    "sample", "inspection", "handover", "fact", "surge", "article", "correction",
})  # fmt: skip

#: Role → the entity kinds that it reads. A viewer sees nobody's scores.
READABLE: dict[str, frozenset[str]] = {
    SUPERVISOR: _KINDS,
    SHIFT_LEAD: _KINDS,
    INSPECTOR: _KINDS,
    VIEWER: _KINDS - {"rubric", "sample", "inspection"},
}


def allowed(kind: str, roles: Iterable[str]) -> bool:
    """Whether someone with ``roles`` may send a command of ``kind`` (or reveal); nobody may send an unknown one."""
    return not (_SLI if kind == REVEAL else ROLES.get(kind, frozenset())).isdisjoint(roles)


def readable(roles: Iterable[str]) -> frozenset[str]:
    """The entity kinds that someone with ``roles`` may read."""
    return frozenset().union(*(READABLE.get(role, frozenset()) for role in roles))
