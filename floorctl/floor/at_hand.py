"""What is at hand without opening the terminal: the cache as it lies on the disk, read for a shell's completion.

Nobody is asked for anything, nothing is written, and no network is used. What waits to be sent is left out: it is in
the journal, and opening that leaves traces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from floorctl.calendar import WorkCalendar
from floorctl.clock import PlatformClock
from floorctl.floor.missed_calls import SHOWN_FOR
from floorctl.floor.read_model import ReadModel
from floorctl.models.alerts import Alert
from floorctl.models.assessment import Fact
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Department, MissedCall, Order
from floorctl.models.quality import Rubric, Sample
from floorctl.models.team import Person
from floorctl.rules.alerts.urgency import urgency
from floorctl.rules.orders import deadlines
from floorctl.rules.orders.missed_calls import CallBackRules, to_call_back
from floorctl.rules.privacy import masked_title
from floorctl.sync.cache.cache import Cache
from floorctl.sync.keys.at_hand import key_at_hand
from floorctl.sync.keys.keys import CACHE_FILE

if TYPE_CHECKING:
    from floorctl.config import Config
    from floorctl.models.base import Held
    from floorctl.models.floor import Queue
    from floorctl.sync.outbox_item import OutboxItem


class Urgent(Struct, frozen=True):
    """An order as completion shows it: its title masked; ``overdue``: seconds past its limit, None before it."""

    number: str
    title: str
    overdue: float | None
    due_soon: bool


class Seated(Struct, frozen=True):
    """A seat; ``name``: its number, or its id where several zones have one with that number."""

    name: str
    zone: str
    person: str


class Drawn(Struct, frozen=True):
    """A sample by its number in the plan of its day."""

    number: int
    day: date
    reason: str


class _NothingWaiting:
    """The journal of the read model here: no command waits."""

    edition = (0, 0)

    def pending(self) -> list[OutboxItem]:
        return []

    def get(self, id_: str) -> OutboxItem | None:
        return None

    def mark_seen(self, *ids: str) -> None:
        pass


@contextmanager
def open_at_hand(config: Config) -> Iterator[AtHand | None]:
    """Open the cache as it is; None where the key is not at hand.

    Raises:
        FloorctlError: there is no cache that can be read.

    """
    folder = config.data_dir
    if (key := key_at_hand(folder)) is None:
        yield None
        return
    calendar = config.work_calendar()
    with closing(Cache.open_unchanged(folder / CACHE_FILE, key, calendar)) as cache:
        clock = PlatformClock()
        if (last := cache.last_heard) is not None:
            clock.restore(*last)
        yield AtHand(config, calendar, ReadModel(cache, _NothingWaiting(), calendar), clock.now())


class AtHand:
    """What the cache says, in the order in which lists show it, personal data of citizens masked or left out."""

    def __init__(self, config: Config, calendar: WorkCalendar, read_model: ReadModel, now: datetime) -> None:
        self._config = config
        self._calendar = calendar
        self._read_model = read_model
        self.now = now.astimezone(config.zone)

    # -- orders

    def orders(self, beginning: str, wanted: OrderFilter, *, sort: str, limit: int) -> list[Urgent]:
        """The orders that fit ``wanted`` and whose number starts with ``beginning``, the most urgent first."""
        found = self._read_model.orders_numbered(beginning, wanted, self.now, sort=sort, limit=limit)
        return [self._urgent(held.value) for held in found]

    def _urgent(self, order: Order) -> Urgent:
        limit = deadlines.limit_at(order, self._calendar)
        late = deadlines.overdue(order, limit, self.now)
        return Urgent(
            number=order.number,
            title=masked_title(order),
            overdue=deadlines.overdue_seconds(order, limit, self.now) if late else None,
            due_soon=deadlines.due_soon(order, limit, self.now, self._calendar, self._config.work.due_soon_hours),
        )

    def missed_calls(self) -> list[tuple[str, MissedCall]]:
        """Whom to call back, in the order in which to: the oldest missed call of each caller with its id."""
        held = self._read_model.missed_calls(self.now - SHOWN_FOR)
        calls = {id_: each.value for id_, each in held.items()}
        rules = CallBackRules.read(self._config.missed_calls)
        return [(each.ids[0], calls[each.ids[0]]) for each in to_call_back(calls, self.now, rules)]

    def departments(self) -> list[str]:
        """The names of all departments."""
        return sorted({held.value.name for held in self._read_model.all(Department).values()})

    # -- the floor

    def seats(self) -> list[Seated]:
        """Every seat, by zone and number."""
        seats = self._read_model.seats()
        numbers = [held.value.number for held in seats]
        return [
            Seated(
                name=held.value.number if numbers.count(held.value.number) == 1 else held.id,
                zone=held.value.zone,
                person=self._read_model.person_name(held.value.person_id),
            )
            for held in seats
        ]

    def queues(self) -> list[Queue]:
        """Every queue, the general line first."""
        return [held.value for held in self._read_model.queues()]

    # -- alerts, people, quality, facts

    def alerts(self) -> list[tuple[str, Alert]]:
        """Every alert with its id, in the lists' order."""
        found = [(id_, held.value) for id_, held in self._read_model.all(Alert).items()]
        return sorted(found, key=lambda pair: (urgency(pair[1]), pair[0]))

    def name_of(self, kind: str, id_: str) -> str:
        """The name of a thing that an alert is about."""
        from floorctl.floor.names import named

        return named(self._read_model, kind, id_, self._config.zone)

    def people(self) -> list[Person]:
        """Everyone who works here, by employee number."""
        people = (held.value for held in self._read_model.all(Person).values())
        return sorted(
            (each for each in people if each.left_on is None or each.left_on >= self.now.date()),
            key=lambda each: each.employee_no,
        )

    def samples(self) -> list[Drawn]:
        """The samples, the newest day first. Nothing is said of their scores, which not everybody may see."""
        samples = self._read_model.all(Sample)
        of_day: dict[date, int] = {}
        drawn = []
        for id_ in sorted(samples):
            sample = samples[id_].value
            of_day[sample.day] = of_day.get(sample.day, 0) + 1
            drawn.append(Drawn(number=of_day[sample.day], day=sample.day, reason=sample.reason))
        return sorted(drawn, key=lambda each: (-each.day.toordinal(), each.number))

    def rubric(self) -> Rubric | None:
        """The rubric in force today."""
        begun = [held for held in self._read_model.all(Rubric).values() if self._has_begun(held)]
        latest = max(begun, key=lambda held: (held.value.effective_from or date.min, held.version), default=None)
        return None if latest is None else latest.value

    def _has_begun(self, held: Held[Rubric]) -> bool:
        return (held.value.effective_from or date.min) <= self.now.date()

    def facts(self) -> Iterable[tuple[str, Fact]]:
        """Every fact of the assessment with its id, the newest first."""
        return [(held.id, held.value) for held in reversed(self._read_model.facts())]
