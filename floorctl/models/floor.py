"""The floor: seats, queues with their quarter hours, and resources (trunk, licences, equipment)."""

from typing import Annotated

import msgspec

from floorctl.models.base import Count, Entity, Seconds, Time

LINES = ("12345", "12333", "12320")
SEAT_KINDS = ("general", "hrss_expert", "health_expert")

READY = "ready"
HANDLING = frozenset({"ringing", "talking", "hold", "outbound", "wrap_up"})
NOT_AVAILABLE = frozenset({"not_ready", "break", "meal", "training", "meeting"})
SIGNED_OUT = "signed_out"
#: In the order in which screens and commands list them.
SEAT_STATES = (
    "ready", "ringing", "talking", "hold", "outbound", "wrap_up",
    "not_ready", "break", "meal", "training", "meeting", "signed_out",
)  # fmt: skip


class Call(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The call that a seat is handling."""

    id: str
    line: str
    started_at: Time
    caller: str | None = None


class Seat(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """坐席: a place on the floor and the person who works there."""

    number: str
    zone: str
    kind: str
    state: str
    since: Time
    skills: tuple[str, ...]
    extension: str | None = None
    person_id: str | None = None
    shift_id: str | None = None
    call: Call | None = None


class Queue(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """排队队列 (技能组), with its counters since midnight."""

    name: str
    line: str
    waiting: Count
    offered: Count
    answered: Count
    abandoned: Count
    answered_in_target: Count
    target_seconds: Annotated[int, msgspec.Meta(ge=1)]
    target_level: Annotated[float, msgspec.Meta(ge=0, le=1)]
    oldest_wait_since: Time | None = None
    abandoned_short: Count = 0
    short_seconds: Count = 5
    wait_seconds: Seconds = 0
    handle_seconds: Seconds = 0


class Interval(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """Figures of one queue for one quarter hour; its id is QUEUE@START."""

    queue_id: str
    start: Time
    offered: Count
    answered: Count
    abandoned: Count
    answered_in_target: Count
    handle_seconds: Seconds
    staffed_seconds: Seconds


class Resource(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """坐席支撑: the PRI trunk, voice-platform licences, or rented equipment."""

    kind: str
    name: str
    capacity: Count
    in_use: Count
    faulty: Count = 0
    state: str = "up"
