"""A command of this terminal, as the journal keeps it."""

import os
import time
from datetime import datetime
from typing import Any

import msgspec

from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.sync.platform.wire import Problem


class OutboxItem(msgspec.Struct, frozen=True, kw_only=True):
    """A command and its state (one of ``OUTBOX_STATES``).

    ``seq`` numbers the commands in the order in which they were made; ``place`` is its turn among those on the same
    entity. ``base_version`` is the version that it was made with, ``saw_version`` the entity's version on the screen
    (0: there was none), ``stands_on`` the version that it was sent as building on. ``after`` is the ``seq`` of an
    earlier command of this terminal on the same entity that was not over when this one was made. ``outcome_version`` is
    the target's version after it; ``applied_at`` the platform's time of that, ``settled_at`` this machine's (seconds
    since 1970). ``undecided``: on its way, waiting for a person, or applied and not yet seen in the feed. ``reason``
    says why it was dropped, or why the last attempt failed. ``replaces`` and ``replaced_by`` are ids: a person's second
    try is a new command. ``before`` is what it replaced, if it can be taken back (see
    ``floorctl.rules.commands.undo``); ``undoes`` is the id of the command that it takes back.
    """

    id: str
    seq: int
    place: int
    kind: str
    target: Ref
    data: dict[str, Any]
    state: str
    made_at: datetime
    made_by: str
    attempts: int = 0
    problem: Problem | None = None
    base_version: int | None = None
    outcome_version: int | None = None
    automatic: bool = False
    undecided: bool = True
    saw_version: int | None = None
    stands_on: int | None = None
    after: int | None = None
    audit_head: str | None = None
    applied_at: datetime | None = None
    settled_at: float | None = None
    reason: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    before: dict[str, Any] | None = None
    undoes: str | None = None

    def command(self, base_version: int | None = None) -> Command:
        """Return the command in the contract's form, with the base version to send."""
        return Command(
            id=self.id,
            kind=self.kind,
            target=self.target,
            made_at=self.made_at,
            data=self.data,
            base_version=base_version,
            audit_head=msgspec.UNSET if self.audit_head is None else self.audit_head,
        )


def new_command_id() -> str:
    """Return a new UUID version 7: ids sort by the time at which they were made."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
