"""What an effect is given and what it returns."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from floorctl.models.base import Entity
from floorctl.models.command import Command
from floorctl.rules.commands.refusal import refused

#: Reads one entity as it stands, None where there is none.
Lookup = Callable[[str, str], Entity | None]
#: (kind, id) → the entity after the command; None where it is removed.
Effects = dict[tuple[str, str], Entity | None]

_E = TypeVar("_E", bound=Entity)
_P = TypeVar("_P")


class Act(msgspec.Struct, frozen=True):
    """One command being applied: ``by`` whom, ``at`` what time, and how to read other entities."""

    command: Command
    by: str
    at: datetime
    lookup: Lookup

    @property
    def id(self) -> str:
        """The target's id."""
        return self.command.target.id

    def becomes(self, entity: Entity | None) -> Effects:
        """The effects of changing the target into ``entity`` (None: removing it)."""
        return {(self.command.target.kind, self.id): entity}

    def find(self, kind: str, entity_id: str, expected: type[_E], field: str) -> _E:
        """Return the entity that ``field`` of the data names.

        Raises:
            Refused: there is none.

        """
        entity = self.lookup(kind, entity_id)
        if not isinstance(entity, expected):
            raise refused(field, "not_found")
        return entity


def existing(target: object, expected: type[_P]) -> _P:
    """Return the target as it stands.

    Raises:
        Refused: it does not exist.

    """
    if not isinstance(target, expected):
        raise refused("target", "target_not_found")
    return target


def require_state(state: str, allowed: Sequence[str], area: str) -> None:
    """Raise Refused unless ``state`` is one of those ``allowed``; ``area`` is the terms' area of its words."""
    if state not in allowed:
        raise refused("target", "wrong_state", area=area, state=state, wanted=tuple(allowed))
