"""The outbox (this terminal's commands and their states), and the platform's data that was not accepted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from floorctl.errors import NotFoundError
from floorctl.floor.contradictions import held_contradictions
from floorctl.floor.views import CommandStep, CommandView, SetAside
from floorctl.models.base import Ref
from floorctl.models.kinds import ENTITIES
from floorctl.models.masked import Masked
from floorctl.rules.privacy import mask_text, masked
from floorctl.sync.outbox_item import OutboxItem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from floorctl.floor.contradictions import Contradictory
    from floorctl.floor.ports import Commands
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.status import Status
    from floorctl.models.base import Entity, Held
    from floorctl.models.masked import Grant


class Outbox:
    """Reads the journal's commands, from the disk, for the front ends. Decisions are made through ``Desk``.

    ``set_aside`` returns kind, id, version and reason of the entities that were not accepted. ``as_blind`` removes the
    scores of others that the person signed in may not see from commands, ``as_seen`` from an entity with this id.
    """

    def __init__(
        self,
        commands: Commands,
        set_aside: Callable[[], Sequence[tuple[str, str, int, str]]],
        read_model: ReadModel,
        status: Status,
        as_blind: Callable[[list[OutboxItem]], list[OutboxItem]],
        as_seen: Callable[[str, Entity], Entity | None],
    ) -> None:
        self._commands = commands
        self._set_aside = set_aside
        self._read_model = read_model
        self._status = status
        self._as_blind = as_blind
        self._as_seen = as_seen

    def items(self, states: Sequence[str] | None = None, *, limit: int | None = None) -> list[CommandView]:
        """Return this terminal's commands, newest first; only those in ``states``, and at most ``limit``, if given."""
        items = self._commands.items(states, limit=limit, newest_first=True)
        return list(map(self._view, self._as_blind(items)))

    def counts(self) -> dict[str, int]:
        """Return the number of this terminal's commands in each state."""
        return self._commands.counts()

    def item(self, command_id: str) -> CommandView:
        """Return one command of this terminal.

        Raises:
            NotFoundError: there is none with this id.

        """
        item = self._commands.get(command_id)
        if item is None:
            raise NotFoundError("error.no_such_command", id=command_id)
        return self._view(self._as_blind([item])[0])

    def _view(self, item: OutboxItem) -> CommandView:
        return command_view(item, partial(self._read_model.confidential, item.target.kind, item.target.id))

    def target(self, item: OutboxItem) -> Held[Entity] | None:
        """Return the present target of a command, its personal data masked.

        None where it is not held here, or is a score that the person signed in may not see yet.
        """
        kind, id_ = item.target.kind, item.target.id
        if (entity := ENTITIES.get(kind)) is None or (held := self._read_model.get(entity, id_)) is None:
            return None
        seen = self._as_seen(id_, held.value)
        return None if seen is None else replace(held, value=masked(seen))

    def numbered(self, number: int) -> CommandView | None:
        """Return the command with this sequence number in the journal, or None."""
        item = self._commands.numbered(number)
        return None if item is None else self._view(self._as_blind([item])[0])

    def history(self, command_id: str, grant: Grant | None = None) -> list[CommandStep]:
        """Return the steps of a command since it was made, oldest first; their details unmasked with a grant for it."""
        command, record = Ref("command", command_id), self.item(command_id).record
        if grant is not None and not grant.confidential and record.confidential:
            grant = None
        return [
            CommandStep(at, what, detail and Masked(detail, mask_text, command).seen(grant))
            for at, what, detail in self._commands.history(command_id)
        ]

    def set_aside(self) -> list[SetAside]:
        """Return the entities that violate the contract and were not accepted."""
        return [SetAside(*each) for each in self._set_aside()]

    def contradictions(self) -> list[Contradictory]:
        """Return the platform's figures that contradict each other now, and are left out of sums."""
        return held_contradictions(self._read_model, self._status.shown_at())


def command_view(item: OutboxItem, confidential: Callable[[], bool] = lambda: False) -> CommandView:
    """Return a command as the front ends see it, with personal data masked; ``confidential``: as of ``Masked``."""
    data = masked(item.data)
    fields = {name: getattr(item, name) for name in item.__struct_fields__}
    fields |= {name: masked(fields[name], name) for name in ("before", "problem", "reason")}
    hidden = frozenset(name for name, value in data.items() if value != item.data[name])
    shown = OutboxItem(**fields | {"data": data})
    return CommandView(
        **msgspec.structs.asdict(shown),
        record=Masked(item, lambda _: shown, Ref("command", item.id), confidential=confidential),
        hidden=hidden,
    )
