"""A half-done form, and which form it is."""

import msgspec

from floorctl.models.base import Time


class DraftKey(msgspec.Struct, frozen=True):
    """Which form: its kind, what it is about, and whose it is (two people may take turns at one terminal)."""

    kind: str
    subject: str
    person_id: str


class Draft(msgspec.Struct, frozen=True):
    """A half-done form as it was left. ``data`` is JSON."""

    key: DraftKey
    saved_at: Time
    data: bytes
