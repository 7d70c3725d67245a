"""What was done here and how far it has come; what of the platform's data was not taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorctl.errors import NotFoundError
from floorctl.floor import contradictions as contradictory
from floorctl.floor.views import CommandStep, SetAside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from floorctl.floor.contradictions import Contradictory
    from floorctl.floor.ports import Commands
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.status import Status
    from floorctl.floor.views import OutboxItem

_CHUNK = 200


class Outbox:
    """Reads the journal's commands, from the disk. What is decided about them goes over ``Desk``.

    ``set_aside`` returns kind, id, version and reason of what of the platform's data was not taken. ``as_blind``
    takes away what the person signed in may not see of others' scores.
    """

    def __init__(
        self,
        commands: Commands,
        set_aside: Callable[[], Sequence[tuple[str, str, int, str]]],
        read_model: ReadModel,
        status: Status,
        as_blind: Callable[[list[OutboxItem]], list[OutboxItem]],
    ) -> None:
        self._commands = commands
        self._set_aside = set_aside
        self._read_model = read_model
        self._status = status
        self._as_blind = as_blind

    def items(self, states: Sequence[str] | None = None, *, limit: int | None = None) -> list[OutboxItem]:
        """What people did here, newest first; only those in ``states`` if given, and the newest ``limit`` if given."""
        return self._as_blind(self._commands.items(states, limit=limit, newest_first=True))

    def counts(self) -> dict[str, int]:
        """How many commands of this terminal there are in each state."""
        return self._commands.counts()

    def item(self, command_id: str) -> OutboxItem:
        """One command of ours.

        Raises:
            NotFoundError: there is none with this id.

        """
        item = self._commands.get(command_id)
        if item is None:
            raise NotFoundError("error.no_such_command", id=command_id)
        return self._as_blind([item])[0]

    def numbered(self, number: int) -> OutboxItem | None:
        """The command of ours at this place in the journal, or None."""
        item = self._commands.numbered(number)
        return None if item is None else self._as_blind([item])[0]

    def history(self, command_id: str) -> list[CommandStep]:
        """What happened to one command of ours since it was made, oldest first."""
        return [CommandStep(*each) for each in self._commands.history(command_id)]

    def made_since(self, since: datetime) -> Iterator[OutboxItem]:
        """What people did here since then, newest first."""
        seq: int | None = None
        while chunk := self._commands.newest(_CHUNK, seq):
            for item in chunk:
                if item.made_at < since:
                    return
                yield item
            seq = chunk[-1].seq

    def set_aside(self) -> list[SetAside]:
        """Entities that broke the contract and were not taken."""
        return [SetAside(*each) for each in self._set_aside()]

    def contradictions(self) -> list[Contradictory]:
        """Figures of the platform that contradict each other now, and are not counted."""
        return contradictory.found(self._read_model, self._status.shown_at())
