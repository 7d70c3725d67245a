"""The counts that a month's score is computed from: orders, people and facts, pending commands included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from floorctl.models.assessment import Fact
from floorctl.models.orders import Order
from floorctl.models.team import Person
from floorctl.rules.assessment import order_events
from floorctl.rules.assessment.month import Month, fact_inputs, people_inputs
from floorctl.rules.assessment.order_events import Days

if TYPE_CHECKING:
    from floorctl.config import Config
    from floorctl.floor.read_model import ReadModel
    from floorctl.models.base import Held

#: Item (and ``bonus``) → its counts, in the form of ``floorctl.rules.assessment.month``.
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
    """Counts months, without reading their orders again. Thread-safe: what is kept is replaced as a whole."""

    def __init__(self, config: Config, read_model: ReadModel) -> None:
        self._read_model = read_model
        self._zone = config.zone
        self._contract_start = config.contract.start
        self._settled: _Settled | None = None

    def inputs(self, months: Sequence[Month], now: datetime) -> dict[Month, Inputs]:
        """The counts of each of ``months``, as of ``now``."""
        orders = self.orders([(month.first_day, month.plus(1).first_day) for month in months], now)
        return {
            month: counts | self._people_and_facts(month, running=now < month.end(self._zone))
            for month, counts in zip(months, orders, strict=True)
        }

    def orders(self, stretches: Sequence[Days], now: datetime) -> list[Inputs]:
        """The counts of the five items that depend on orders, for each range of days."""
        return [_inputs(counts) for counts in self._read_model.order_events(stretches, now)]

    def orders_with_event(self, item_id: str, month: Month, now: datetime) -> dict[str, Order]:
        """The orders that may cost points of an item in ``month``, by id: all that do, and a few more."""
        event = SUSPECTS.get(item_id)
        if event is None:
            return {}
        return self._read_model.orders_with_event(event, (month.first_day, month.plus(1).first_day), now)

    def _people_and_facts(self, month: Month, *, running: bool) -> Inputs:
        people, facts = self._read_model.all(Person), self._read_model.all(Fact)
        known = self._settled
        if known is None or known.people != people or known.facts != facts:
            known = self._settled = _Settled(people, facts, {})
        found = known.inputs.get((month, running))
        if found is None:
            every = [held.value for held in self._read_model.facts()]
            found = known.inputs[month, running] = {
                **people_inputs((held.value for held in people.values()), month),
                **fact_inputs(every, month, self._contract_start, running=running),
            }
        return found


class _Settled(NamedTuple):
    """The counts of people and facts, valid while neither changes."""

    people: Mapping[str, Held[Person]]
    facts: Mapping[str, Held[Fact]]
    inputs: dict[tuple[Month, bool], Inputs]


def last_days(now: datetime, days: int) -> Days:
    """The range of ``days`` whole days before today."""
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
