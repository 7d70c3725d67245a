"""Taking a command back: what is noted when it is done, and the command with the opposite effect.

A kind that can be taken back declares an ``Undo`` (see ``floorctl.rules.commands.registry``). ``before`` is called when
the command is made, and what it returns is kept with it in the journal. ``back`` is called when the command is taken
back; it looks at whether the target is still as the command left it, so that nobody else's change is overwritten.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from floorctl.models.base import Entity
from floorctl.rules.commands.act import Lookup


class Opposite(msgspec.Struct, frozen=True, kw_only=True):
    """The command that takes another one back."""

    kind: str
    target_id: str
    data: dict[str, Any]


class Stays(Exception):
    """A command can't be taken back.

    ``why``: no_opposite, withdraw, changed, begun, nothing, unknown, state, signed_out.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A command that is to be taken back.

    ``before``: what ``Undo.before`` returned when it was made, None where nothing was noted. ``entity``: the target as
    it stands now. ``lookup``: reads any other entity. ``reason``: for kinds whose opposite needs one.
    """

    target_id: str
    data: dict[str, Any]
    before: dict[str, Any] | None
    entity: Entity | None
    now: datetime
    lookup: Lookup
    reason: str

    @property
    def replaced(self) -> dict[str, Any]:
        """What the command replaced.

        Raises:
            Stays: that was not noted.

        """
        if self.before is None:
            raise Stays("unknown")
        return self.before


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """How a kind is taken back.

    ``back``: returns the opposite command, or raises Stays. ``before``: returns what a command replaces in its target
    (None where that can't be said). ``part``: the field of the data that names the part of the target that a command
    changes; empty where it changes the same part each time. ``alone``: a command is not taken back where somebody else
    changed the target between the look at it and the effect.
    """

    back: Callable[[Done], Opposite]
    before: Callable[[Entity | None, Mapping[str, Any]], dict[str, Any] | None] | None = None
    part: str = ""
    alone: bool = False
