"""Commands as they are sent, and the states of a command in the outbox."""

from typing import Annotated, Any

import msgspec

from floorctl.models.base import Ref, Time

#: States of a command in the outbox. ``waiting`` and ``sending`` are in progress, ``applied`` and ``dropped`` are
#: final, ``refused`` and ``conflict`` are parked until a person decides.
OUTBOX_STATES = ("waiting", "sending", "applied", "refused", "conflict", "dropped")
ON_ITS_WAY = ("waiting", "sending")
PARKED = ("refused", "conflict")


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One act, as it is sent. ``id``: a UUID v7 chosen here; ``base_version``: None where any version will do."""

    id: str
    kind: str
    target: Ref
    made_at: Time
    data: dict[str, Any]
    base_version: Annotated[int, msgspec.Meta(ge=1)] | None = None
    audit_head: str | msgspec.UnsetType = msgspec.UNSET
