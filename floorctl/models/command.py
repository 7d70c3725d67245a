"""Commands: everything that a person does, with an id of its own, and where each stands."""

from typing import Annotated, Any

import msgspec

from floorctl.models.base import Ref, Time

COMMAND_KINDS = (
    "seat.state", "seat.skills", "seat.listen", "pause.cancel", "order.review", "order.dispatch", "order.urge",
    "order.callback", "order.problem", "alert.raise", "alert.acknowledge", "alert.step", "alert.close",
    "inspection.submit", "inspection.appeal", "inspection.decide", "sample.skip", "handover.note", "handover.item",
    "handover.give", "handover.take", "fact.record", "fact.remove", "surge.start", "surge.act", "surge.end",
    "shift.assign", "shift.remove", "article.state", "correction.raise", "correction.decide", "floor.message",
)  # fmt: skip

#: Where a command of ours stands. ``waiting`` and ``sending`` are on their way, ``applied`` and ``dropped`` are over,
#: ``refused`` and ``conflict`` are parked until a person decides.
OUTBOX_STATES = ("waiting", "sending", "applied", "refused", "conflict", "dropped")


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One act, as it is sent. ``id``: a UUID version 7 chosen here; ``base_version``: null where it does not matter."""

    id: str
    kind: str
    target: Ref
    made_at: Time
    data: dict[str, Any]
    base_version: Annotated[int, msgspec.Meta(ge=1)] | None = None
    audit_head: str | msgspec.UnsetType = msgspec.UNSET
