"""The argument and result types of a command's effect, and checks that effects share."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from floorctl.models.base import Entity
from floorctl.models.command import Command
from floorctl.rules.commands.refusal import refused

#: (kind, id) → the entity at present, None if there is none.
Lookup = Callable[[str, str], Entity | None]
#: (kind, id) → the entity after the command; None if it is removed.
Effects = dict[tuple[str, str], Entity | None]

_E = TypeVar("_E", bound=Entity)
_P = TypeVar("_P")


class Act(msgspec.Struct, frozen=True):
    """A command being applied: ``by`` whom, ``at`` what time, and ``lookup`` to read other entities."""

    command: Command
    by: str
    at: datetime
    lookup: Lookup

    @property
    def id(self) -> str:
        """The target's id."""
        return self.command.target.id

    def becomes(self, entity: Entity | None) -> Effects:
        """Return the effects of replacing the target by ``entity`` (None: removing it)."""
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
    """Return ``target`` with its type narrowed to ``expected``.

    Raises:
        Refused: it does not exist.
    """
    if not isinstance(target, expected):
        raise refused("target", "target_not_found")
    return target


def require_state(state: str, allowed: Sequence[str], area: str) -> None:
    """Raise Refused unless ``state`` is in ``allowed``; ``area`` is the area of the terms that words the states."""
    if state not in allowed:
        raise refused("target", "wrong_state", area=area, state=state, wanted=tuple(allowed))
