"""Taking a command back: what is recorded when it is made, and the command with the opposite effect.

A kind that can be taken back declares an ``Undo`` (see ``floorctl.rules.commands.registry``). ``before`` is called when
the command is made; its result is kept with the command in the journal. ``back`` is called when the command is taken
back; it checks that the target is still as the command left it, so that nobody else's change is overwritten.
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
    """Raised if a command cannot be taken back.

    ``why``: no_opposite, withdraw, changed, begun, nothing, unknown, state, signed_out.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A command that is to be taken back.

    ``before``: the result of ``Undo.before`` when it was made, None if nothing was recorded. ``entity``: the present
    target. ``lookup``: reads any other entity. ``reason``: for kinds whose opposite needs one.
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
            Stays: it was not recorded.
        """
        if self.before is None:
            raise Stays("unknown")
        return self.before


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """How commands of a kind are taken back.

    ``back``: returns the opposite command, or raises Stays. ``before``: returns what a command replaces in its target
    (None if unknown). ``part``: the field of the data that names the part of the target that a command changes; empty
    if it is always the same part. ``alone``: refuse the undo if somebody else changed the target after ``back`` looked
    at it.
    """

    back: Callable[[Done], Opposite]
    before: Callable[[Entity | None, Mapping[str, Any]], dict[str, Any] | None] | None = None
    part: str = ""
    alone: bool = False
