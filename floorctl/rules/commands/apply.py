"""Applying a command, as one pure function.

The platform applies commands with it, and a terminal lays its pending commands over the cache with the same function,
so that both agree. An effect can therefore run twice: one that adds to a list first checks whether the entry is there.
"""

from datetime import datetime
from typing import Any

from floorctl.models.base import Entity
from floorctl.models.command import Command
from floorctl.rules.commands import payload, registry
from floorctl.rules.commands.act import Act, Effects, Lookup
from floorctl.rules.commands.refusal import FieldError, Refused, refused


def apply(command: Command, entity: Entity | None, *, by: str, at: datetime, lookup: Lookup) -> Effects:
    """Return the entities that ``command`` changes, as they are afterwards: (kind, id) → entity, None if removed.

    ``entity``: the present target; ``by``: the person; ``at``: the time written into the changes; ``lookup`` reads any
    other entity. The result is empty if nothing changes, also if the command's outcome is already there.

    Raises:
        Refused: the contract's rules refuse it (422); nothing changes.
    """
    kind = registry.kind(command.kind)
    if command.target.kind != kind.target:
        raise refused("target.kind", "wrong_target", wanted=kind.target)
    data = payload.read(kind.data, command.data)
    after = kind.effect(Act(command, by, at, lookup), entity, data)
    target = (command.target.kind, command.target.id)
    return {key: value for key, value in after.items() if value != (entity if key == target else lookup(*key))}


def check(kind: str, data: dict[str, Any]) -> list[FieldError]:
    """Return the errors in the form of ``data``; empty if it can be sent."""
    try:
        payload.read(registry.kind(kind).data, data)
    except Refused as refusal:
        return refusal.errors
    return []
