"""The parameters of a simulated floor, and everything that follows from them without reading the store."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from floorctl.calendar import WorkCalendar
from floorctl.models.team import Shift
from floorctl.simulator.scenarios import SCENARIOS
from floorctl.simulator.world.arrivals import Arrivals
from floorctl.simulator.world.people import CONTRACT_SEATS, Staff, staff
from floorctl.simulator.world.rota import Rota

#: The name of the store's setting that holds it.
SETTING = "world.setup"
HISTORY_DAYS = 60
#: Days whose orders are all there where no number of orders is asked for: the running month's, and some of the last.
_ORDER_DAYS = 31
#: Days ahead for which the roster is published.
AHEAD_DAYS = 7
_TRUNK_CHANNELS = 30


@dataclass(frozen=True)
class Setup:
    """The floor's size and seed. ``opened``: when it was seeded; ``orders``: how many of history it began with
    (None: as many as its calls make);
    ``scenario``: what it was started for (``simulator/scenarios.py``), empty for an ordinary floor.
    """

    seed: int
    seats: int
    orders: int | None
    zone_name: str
    opened: datetime
    scenario: str = ""

    def as_setting(self) -> dict[str, Any]:
        """Return the form that the store keeps."""
        return {
            "seed": self.seed,
            "seats": self.seats,
            "orders": self.orders,
            "zone": self.zone_name,
            "opened": self.opened.isoformat(),
            "scenario": self.scenario,
        }

    @classmethod
    def from_setting(cls, value: dict[str, Any]) -> "Setup":
        """Return the setup from the form that the store keeps."""
        zone = ZoneInfo(value["zone"])
        opened = datetime.fromisoformat(value["opened"]).astimezone(zone)
        scenario = value.get("scenario", "")
        return cls(value["seed"], value["seats"], value["orders"], value["zone"], opened, scenario)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The floor's time zone."""
        return ZoneInfo(self.zone_name)

    @cached_property
    def calendar(self) -> WorkCalendar:
        """The calendar of working days."""
        return WorkCalendar(self.zone)

    @cached_property
    def staff(self) -> Staff:
        """The people and their seats."""
        return staff(self.seed, self.seats, self.opened.date())

    @cached_property
    def agents(self) -> int:
        """The number of agents."""
        return len(self.staff.with_post("agent"))

    @cached_property
    def rota(self) -> Rota:
        """The roster, computed for any day."""
        return Rota(self.seed, self.staff, self.zone, self.calendar)

    @cached_property
    def arrivals(self) -> Arrivals:
        """The calls of every day."""
        happens = SCENARIOS.get(self.scenario)
        return Arrivals(self.seed, self.agents, self.zone, self.calendar, happens, self.opened.timestamp())

    @property
    def order_days(self) -> int:
        """The days before the floor was opened whose orders are all there; of earlier ones a few are."""
        return _ORDER_DAYS if self.orders is None else HISTORY_DAYS

    @property
    def scale(self) -> float:
        """The number of seats relative to the contract's."""
        return self.seats / CONTRACT_SEATS

    @property
    def trunk(self) -> int:
        """Channels of the trunk: whole PRI spans of 30."""
        return _TRUNK_CHANNELS * max(1, math.ceil(self.scale - 0.5))

    def today(self, now: datetime) -> date:
        """Return the floor's day at ``now``."""
        return now.astimezone(self.zone).date()

    def shifts(self, day: date) -> Iterator[tuple[str, Shift]]:
        """Yield the planned shifts of a day."""
        yield from self.rota.shifts(day)
