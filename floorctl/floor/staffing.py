"""Who is planned for today, and how many the forecast needs."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from floorctl.config import Config
from floorctl.floor.views import QueueView
from floorctl.models import Person, Queue, Shift

if TYPE_CHECKING:
    from floorctl.floor.read_model import ReadModel
    from floorctl.rules.staffing.forecast import Forecast


class StaffingReads(ABC):
    """The reads of Floor that are about today's plan and need."""

    config: Config
    read_model: ReadModel
    _forecasting: threading.Lock
    _day_forecast: tuple[date, Forecast] | None

    @abstractmethod
    def now(self) -> datetime:
        """Platform time."""

    @abstractmethod
    def queues(self) -> list[QueueView]:
        """Every queue."""

    @abstractmethod
    def _day(self, day: date | None) -> tuple[datetime, datetime]:
        """Where a day (today if None) begins and ends."""

    def shifts_today(self) -> list[tuple[str, Shift]]:
        """The shifts that touch today, with their ids, as the person sees them."""
        start, end = self._day(None)
        return [(shift_id, held.value) for shift_id, held in self.read_model.shifts(start, end).items()]

    def agent_shifts(self) -> list[Shift]:
        """The shifts that touch today of those who take calls."""
        people = self.read_model.all(Person)
        agents = {person_id for person_id, held in people.items() if held.value.post == "agent"}
        return [shift for _, shift in self.shifts_today() if shift.person_id in agents]

    def forecast(self) -> Forecast:
        """The forecast of today: built once a day, since it looks back over weeks."""
        # Here, and not above: a command that lists the floor does not wait for what forecasts it.
        from floorctl.rules.staffing.forecast import WEEKS, Forecast

        now = self.now()
        with self._forecasting:
            if self._day_forecast is None or self._day_forecast[0] != now.date():
                # A week at a time: all of it at once is what the cockpit would hold most of in a day.
                weeks = [now - timedelta(weeks=ago) for ago in range(WEEKS, -1, -1)]
                history = (
                    each
                    for since, until in pairwise(weeks)
                    for queue_id in self.read_model.all(Queue)
                    for each in self.read_model.intervals(queue_id, since, until)
                )
                self._day_forecast = (now.date(), Forecast(history, self.config.zone, before=now.date()))
            return self._day_forecast[1]

    def expected_calls(self, queue_id: str, start: datetime) -> float | None:
        """*memory* The calls that the quarter hour should bring; None where there is no history or no forecast yet."""
        known = self._day_forecast
        expected = known[1].at(queue_id, start) if known is not None else None
        return expected.offered if expected is not None else None

    def needed_agents(self) -> dict[str, int]:
        """How many agents each queue needs at present; those without a forecast are left out."""
        from floorctl.rules.alerts.conditions import Thresholds
        from floorctl.rules.staffing.need import needed_agents

        forecast, now = self.forecast(), self.now()
        needs = {
            view.id: needed_agents(forecast, view.id, view.queue, now, Thresholds().patience) for view in self.queues()
        }
        return {queue_id: needed for queue_id, needed in needs.items() if needed is not None}
