"""Drafts of half-done forms, and their keys."""

import msgspec

from floorctl.models.base import Time


class DraftKey(msgspec.Struct, frozen=True):
    """Identifies a form: its kind, its subject, and its author (two people may take turns at one terminal)."""

    kind: str
    subject: str
    person_id: str


class Draft(msgspec.Struct, frozen=True):
    """A half-done form as it was left. ``data`` is JSON."""

    key: DraftKey
    saved_at: Time
    data: bytes
