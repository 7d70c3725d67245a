"""What all entities share: the struct they are built on and the scalar types of the contract."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

import msgspec

#: A point in time; the contract promises an offset, and a time without one is refused at the door.
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Str128 = Annotated[str, msgspec.Meta(max_length=128)]
Str200 = Annotated[str, msgspec.Meta(max_length=200)]
Str20k = Annotated[str, msgspec.Meta(max_length=20_000)]
Str100k = Annotated[str, msgspec.Meta(max_length=100_000)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entity of the contract, without its id and version (they stand in the change that carries it).

    Unknown fields are ignored when decoding: the cache keeps the document that the platform sent, so nothing is lost.
    Enumerations are plain strings: a value that this release does not know is shown as it is, never refused.
    """


T_co = TypeVar("T_co", bound=Entity, covariant=True)


class Held(msgspec.Struct, Generic[T_co], frozen=True):
    """An entity as this terminal holds it.

    ``version`` is the platform's, 0 where only a pending command has made it. ``value`` is the entity with the
    ``pending`` commands (their ids) laid over it; as the platform sent it where there are none.
    """

    id: str
    version: int
    value: T_co
    pending: tuple[str, ...] = ()


class Ref(msgspec.Struct, frozen=True):
    """What an alert, a handover item or a command is about."""

    kind: str
    id: str
