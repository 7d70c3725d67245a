"""The platform's figures that contradict each other at present, and the texts for them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, tzinfo

import msgspec

from floorctl.floor.read_model import ReadModel
from floorctl.i18n import t, term
from floorctl.rules.floor import contradictions
from floorctl.rules.floor.contradictions import Contradiction
from floorctl.rules.privacy import mask_text
from floorctl.text.numbers import whole

#: How far back quarter-hour intervals are checked; the queues' screen and the handover show that much.
_QUARTERS_OF = timedelta(days=1)

#: Numbers of seconds from this on are not written out in digits.
_READABLE = 1e15


class Contradictory(msgspec.Struct, frozen=True):
    """An entity whose figures contradict each other: its kind, its name (numbers masked), and the contradiction."""

    kind: str
    name: str
    contradiction: Contradiction
    zone: tzinfo | None

    def sentence(self) -> str:
        """The contradiction as a sentence in the current language: ``12345 综合：接听 12 多于呼入 10``."""
        values = {name: self._written(name, value) for name, value in self.contradiction.values.items()}
        return t(f"contradiction.{self.contradiction.code}", name=self.name, **values)

    def _written(self, name: str, value: object) -> object:
        if isinstance(value, datetime):
            return f"{value.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"
        return whole(value) if name == "seconds" and isinstance(value, float) and value < _READABLE else value


def held_contradictions(read_model: ReadModel, now: datetime) -> list[Contradictory]:
    """All contradictions, the queues' first; of quarter-hour intervals those of the last day."""
    return [
        Contradictory(kind, mask_text(name), contradiction, now.tzinfo)
        for kind, name, of_entity in _all(read_model, now)
        for contradiction in of_entity
    ]


def _all(read_model: ReadModel, now: datetime) -> Iterator[tuple[str, str, Iterable[Contradiction]]]:
    for held in read_model.queues():
        queue = held.value
        yield "queue", queue.name, contradictions.of_queue(queue, now)
        for quarter in read_model.intervals(held.id, now - _QUARTERS_OF, now):
            start = quarter.start.astimezone(now.tzinfo)
            yield "interval", f"{queue.name} {start:%m-%d %H:%M}", contradictions.of_calls(quarter)
    for resource in (held.value for held in read_model.resources()):
        yield "resource", resource.name, contradictions.of_resource(resource)
    for seat in (held.value for held in read_model.seats()):
        yield "seat", f"{term('kind', 'seat')} {seat.number}", contradictions.of_seat(seat, now)
    for fact in (held.value for held in read_model.facts()):
        yield "fact", f"{fact.title or term('fact', fact.kind)} {fact.day}", contradictions.of_fact(fact)
