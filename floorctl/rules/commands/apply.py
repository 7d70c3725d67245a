"""Applying a command: what it changes, as one pure function.

The platform applies a command with it, and a terminal lays its own pending commands over its cache with the same
function, so that both always agree. For that reason an effect that adds to a list first looks whether it was added.
"""

from datetime import datetime
from typing import Any

from floorctl.models.base import Entity
from floorctl.models.command import Command
from floorctl.rules.commands import payload, registry
from floorctl.rules.commands.act import Act, Effects, Lookup
from floorctl.rules.commands.refusal import FieldError, Refused, refused


def apply(command: Command, entity: Entity | None, *, by: str, at: datetime, lookup: Lookup) -> Effects:
    """Return the entities that ``command`` changes, as they are after it: (kind, id) → entity, None where removed.

    ``entity`` is the target as it stands, ``by`` the person, ``at`` the time written into what changes, ``lookup``
    reads any other entity. Empty where nothing changes, also where everything is as the command wants it already.

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
    """Return what is wrong with the form of ``data``; empty where it can be sent."""
    try:
        payload.read(registry.kind(kind).data, data)
    except Refused as refusal:
        return refusal.errors
    return []
