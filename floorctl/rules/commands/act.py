"""What every effect is given, and what it gives back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from floorctl.models.base import Entity
from floorctl.models.command import Command
from floorctl.rules.commands.refusal import refused

#: Reads one entity as it stands, None where there is none.
Lookup = Callable[[str, str], Entity | None]
#: (kind, id) → the entity after the command; None where it is gone.
Effects = dict[tuple[str, str], Entity | None]

_E = TypeVar("_E", bound=Entity)
_P = TypeVar("_P")


@dataclass(frozen=True)
class Act:
    """One command being applied: by whom, when, and how to read the other entities that it touches."""

    command: Command
    by: str
    at: datetime
    lookup: Lookup

    @property
    def id(self) -> str:
        """The target's id."""
        return self.command.target.id

    def becomes(self, entity: Entity | None) -> Effects:
        """The target, changed into ``entity`` (None: deleted)."""
        return {(self.command.target.kind, self.id): entity}

    def find(self, kind: str, entity_id: str, expected: type[_E], field: str) -> _E:
        """The entity that ``field`` of the data names.

        Raises:
            Refused: there is none.

        """
        entity = self.lookup(kind, entity_id)
        if not isinstance(entity, expected):
            raise refused(field, "not_found")
        return entity


def before(target: object, expected: type[_P]) -> _P:
    """The target as it stands.

    Raises:
        Refused: it does not exist.

    """
    if not isinstance(target, expected):
        raise refused("target", "target_not_found")
    return target


def require_state(state: str, allowed: Sequence[str], area: str) -> None:
    """Raise Refused unless ``state`` is one of those ``allowed``; ``area`` is the terms' area of its words."""
    from floorctl.i18n import term

    if state not in allowed:
        wanted = " / ".join(term(area, each) for each in allowed)
        raise refused("target", "wrong_state", state=term(area, state), wanted=wanted)
