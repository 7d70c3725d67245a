"""Acts on facts for the monthly assessment: record, remove."""

from collections.abc import Mapping
from typing import Any

import msgspec

from floorctl.models.assessment import FACT_KINDS, Fact
from floorctl.models.base import Entity
from floorctl.rules.commands import payload
from floorctl.rules.commands.act import Act, Effects, existing
from floorctl.rules.commands.payload import Reason
from floorctl.rules.commands.refusal import Refused, refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import S
from floorctl.rules.commands.undo import Done, Opposite, Stays, Undo


def _record_back(done: Done) -> Opposite:
    try:
        recorded = payload.read(Fact, done.data)
    except Refused:
        recorded = None
    if done.entity != recorded:
        raise Stays("changed")
    return Opposite(kind="fact.remove", target_id=done.target_id, data={"reason": done.reason})


def _remove_before(fact: Entity | None, _data: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"fact": msgspec.to_builtins(fact)} if isinstance(fact, Fact) else None


def _remove_back(done: Done) -> Opposite:
    was = done.replaced["fact"]
    if done.entity is not None:
        raise Stays("changed")
    return Opposite(kind="fact.record", target_id=done.target_id, data=was)


@command("fact.record", data=Fact, roles=S, creates=True, terms={"kind": "fact"}, undo=Undo(back=_record_back))
def record_fact(act: Act, target: Entity | None, data: Fact) -> Effects:
    """Record a fact; its id cannot be used for a different fact."""
    if target is not None:
        if target == data:
            return {}
        raise refused("target", "id_taken")
    if data.kind not in FACT_KINDS:
        raise refused("kind", "unknown_fact", kind=data.kind)
    if data.passed is not None and data.sat is not None and data.passed > data.sat:
        raise refused("passed", "passed_over_sat")
    return act.becomes(data)


@command("fact.remove", data=Reason, roles=S, base=True, undo=Undo(before=_remove_before, back=_remove_back))
def remove_fact(act: Act, target: Entity | None, data: Reason) -> Effects:
    """Remove a recorded fact."""
    existing(target, Fact)
    return act.becomes(None)
