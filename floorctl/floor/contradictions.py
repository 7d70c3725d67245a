"""What of the platform's figures contradicts itself at this moment, and in which words that is said."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo

import msgspec

from floorctl.floor.read_model import Picture
from floorctl.i18n import t, term
from floorctl.models.assessment import Fact
from floorctl.rules.floor import contradictions
from floorctl.rules.floor.contradictions import Contradiction
from floorctl.sync.cache.cache import Cache

#: So far back quarter hours are looked at: they are part of what the queues' screen and the handover show.
_QUARTERS_OF = timedelta(days=1)


class Contradictory(msgspec.Struct, frozen=True):
    """An entity whose figures contradict each other: its kind, what people call it, and in what."""

    kind: str
    name: str
    contradiction: Contradiction
    zone: tzinfo | None

    def sentence(self) -> str:
        """``12345 综合：接听 12 多于呼入 10``, in the language in use."""
        values = {
            name: f"{value.astimezone(self.zone):%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value
            for name, value in self.contradiction.values.items()
        }
        return t(f"contradiction.{self.contradiction.code}", name=self.name, **values)


def found(picture: Picture, cache: Cache, now: datetime) -> list[Contradictory]:
    """All of them, the queues' first; of quarter hours those of the last day."""
    return [
        Contradictory(kind, name, each, now.tzinfo)
        for kind, name, contradictory in _all(picture, cache, now)
        for each in contradictory
    ]


def _all(picture: Picture, cache: Cache, now: datetime) -> Iterator[tuple[str, str, Iterable[Contradiction]]]:
    for each, _, queue, _ in picture.queues():
        yield "queue", queue.name, contradictions.of_queue(queue, now)
        for quarter in cache.intervals(each, now - _QUARTERS_OF, now):
            start = quarter.start.astimezone(now.tzinfo)
            yield "interval", f"{queue.name} {start:%m-%d %H:%M}", contradictions.of_calls(quarter)
    for _, _, thing, _ in picture.resources():
        yield "resource", thing.name, contradictions.of_resource(thing)
    for _, _, seat, _ in picture.seats():
        yield "seat", f"{term('kind', 'seat')} {seat.number}", contradictions.of_seat(seat, now)
    for row in picture.base("fact").values():
        if isinstance(row.entity, Fact):
            fact = row.entity
            yield "fact", f"{fact.title or term('fact', fact.kind)} {fact.day}", contradictions.of_fact(fact)
