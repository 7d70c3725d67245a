"""Commands: everything that a person does, with an id of its own, and where each stands."""

from typing import Annotated, Any

import msgspec

from floorctl.models.base import Ref, Time

#: Where a command of ours stands. ``waiting`` and ``sending`` are on their way, ``applied`` and ``dropped`` are over,
#: ``refused`` and ``conflict`` are parked until a person decides.
OUTBOX_STATES = ("waiting", "sending", "applied", "refused", "conflict", "dropped")
ON_ITS_WAY = ("waiting", "sending")
PARKED = ("refused", "conflict")


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One act, as it is sent. ``id``: a UUID version 7 chosen here; ``base_version``: null where it does not matter."""

    id: str
    kind: str
    target: Ref
    made_at: Time
    data: dict[str, Any]
    base_version: Annotated[int, msgspec.Meta(ge=1)] | None = None
    audit_head: str | msgspec.UnsetType = msgspec.UNSET
