"""Handover 交接班 between two shifts."""

from datetime import date

import msgspec

from floorctl.models.base import Entity, Ref, Time


class HandoverItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A matter that the next shift takes over."""

    id: str
    text: str
    done: bool
    ref: Ref | None = None


class Handover(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """交接班. ``state``: open, given (signed by the outgoing shift) or taken (signed by the incoming shift)."""

    day: date
    from_shift: str
    to_shift: str
    state: str
    items: tuple[HandoverItem, ...]
    summary: str | None = None
    given_by: str | None = None
    given_at: Time | None = None
    taken_by: str | None = None
    taken_at: Time | None = None
