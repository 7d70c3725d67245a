"""What all entities share: their base struct and the scalar types of the contract."""

from datetime import datetime
from typing import Annotated, Generic, TypeVar

import msgspec

#: A point in time with its UTC offset; one without an offset is rejected when decoding.
Time = Annotated[datetime, msgspec.Meta(tz=True)]
Str128 = Annotated[str, msgspec.Meta(max_length=128)]
Str200 = Annotated[str, msgspec.Meta(max_length=200)]
Str2k = Annotated[str, msgspec.Meta(max_length=2_000)]
Str10k = Annotated[str, msgspec.Meta(max_length=10_000)]
Str20k = Annotated[str, msgspec.Meta(max_length=20_000)]
Str100k = Annotated[str, msgspec.Meta(max_length=100_000)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entity of the contract, without its id and version (the change that carries it has those).

    Unknown fields are ignored when decoding; the cache keeps the document that the platform sent, so nothing is lost.
    Enumerations are plain strings: a value that this release does not know is shown as it is and never rejected.
    """


T_co = TypeVar("T_co", bound=Entity, covariant=True)


class Held(msgspec.Struct, Generic[T_co], frozen=True):
    """An entity as this terminal holds it.

    ``version`` is the platform's; 0 for an entity that only a pending command created. ``value`` is the entity after
    the ``pending`` commands (their ids), or as the platform sent it if there are none.
    """

    id: str
    version: int
    value: T_co
    pending: tuple[str, ...] = ()


class Ref(msgspec.Struct, frozen=True):
    """A reference to an entity: the subject of an alert or handover item, the target of a command."""

    kind: str
    id: str
