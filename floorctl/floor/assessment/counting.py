"""What a month's score counts: orders from the cache's tally, people and facts from the picture; pending acts too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from floorctl.models import Order
from floorctl.rules.assessment.month import Month, fact_inputs, people_inputs
from floorctl.sync.cache import order_events
from floorctl.sync.cache.order_events import Days, diary_of

if TYPE_CHECKING:
    from floorctl.config import Config
    from floorctl.floor.read_model import Picture
    from floorctl.sync.cache.cache import Cache
    from floorctl.sync.overlay import Pending

#: Item (and ``bonus``) → its counts, as ``floorctl.rules.assessment.month`` takes them.
Inputs = dict[str, dict[str, Any]]

#: Item → the event that costs its points.
SUSPECTS = {
    "review_errors": order_events.ERROR,
    "dispatch_timeliness": order_events.LATE,
    "dispatch_accuracy": order_events.WRONG,
    "callback_rate": order_events.MISSED,
    "service_ability": order_events.PROBLEM,
}


class MonthCounting:
    """Counts months without reading their orders again. Thread-safe: what it remembers is replaced whole."""

    def __init__(self, config: Config, cache: Cache, picture: Picture) -> None:
        self._cache = cache
        self._picture = picture
        self._zone = config.zone
        self._contract_start = config.contract.start
        self._diary = diary_of(config.zone)
        self._settled: _Settled | None = None

    def inputs(self, months: Sequence[Month], now: datetime) -> dict[Month, Inputs]:
        """Everything that each of ``months`` counts, as of ``now``."""
        orders = self.orders([(month.first_day, month.plus(1).first_day) for month in months], now)
        return {
            month: counts | self._people_and_facts(month, running=now < month.end(self._zone))
            for month, counts in zip(months, orders, strict=True)
        }

    def orders(self, stretches: Sequence[Days], now: datetime) -> list[Inputs]:
        """The counts of the five items that orders decide, over each stretch of days."""
        waiting = self._picture.overlay.waiting("order")
        counted = self._cache.order_events(stretches, now, waiting)
        if waiting:
            pending = [order_events.stamps(order) for order in self._with_acts(waiting).values()]
            for days, counts in zip(stretches, counted, strict=True):
                counts.update(self._diary.count(pending, days, now.timestamp()))
        return [_inputs(counts) for counts in counted]

    def suspects(self, item_id: str, month: Month, now: datetime) -> dict[str, Order]:
        """The orders that may count against an item in ``month``, by their ids: all that do, and few others."""
        event = SUSPECTS.get(item_id)
        if event is None:
            return {}
        pending = self._with_acts(self._picture.overlay.waiting("order"))
        held = self._cache.suspects(event, (month.first_day, month.plus(1).first_day), now)
        orders = {each: row.entity for each, row in held.items() if isinstance(row.entity, Order)}
        return orders | pending

    def _with_acts(self, waiting: dict[str, tuple[Pending, ...]]) -> dict[str, Order]:
        found = self._picture.some("order", waiting)
        return {each: entity for each, (_, entity, _) in found.items() if isinstance(entity, Order)}

    def _people_and_facts(self, month: Month, *, running: bool) -> Inputs:
        base, waiting = self._picture.base, self._picture.overlay.waiting
        people, facts, acts = base("person"), base("fact"), (waiting("person"), waiting("fact"))
        known = self._settled
        # The picture never changes rows that it gave out: the same ones with the same acts on them count the same.
        if known is None or known.people is not people or known.facts is not facts or known.acts != acts:
            known = self._settled = _Settled(people, facts, acts, {})
        found = known.inputs.get((month, running))
        if found is None:
            every = [fact for _, _, fact, _ in self._picture.facts()]
            found = known.inputs[month, running] = {
                **people_inputs((person for _, person in self._picture.people()), month),
                **fact_inputs(every, month, self._contract_start, running=running),
            }
        return found


class _Settled(NamedTuple):
    """What people and facts came to, as long as neither changes."""

    people: object
    facts: object
    acts: object
    inputs: dict[tuple[Month, bool], Inputs]


def last_days(now: datetime, days: int) -> Days:
    """The whole days before today."""
    today = now.date()
    return today - timedelta(days=days), today


def _inputs(counts: Counter[int]) -> Inputs:
    e = order_events
    return {
        "review_errors": {"errors": counts[e.ERROR], "reviewed": counts[e.REVIEWED]},
        "dispatch_timeliness": {"late": counts[e.LATE]},
        "dispatch_accuracy": {
            "accurate": counts[e.DISPATCHED] - counts[e.WRONG], "dispatched": counts[e.DISPATCHED]
        },
        "callback_rate": {"called_back": counts[e.REQUIRED] - counts[e.MISSED], "required": counts[e.REQUIRED]},
        "service_ability": {"problems": counts[e.PROBLEM], "received": counts[e.RECEIVED]},
    }  # fmt: skip
