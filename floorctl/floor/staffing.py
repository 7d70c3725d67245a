"""Today's shifts, the forecast, and the number of agents that it requires."""

from __future__ import annotations

import threading
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from floorctl.floor.views import QueueView
from floorctl.models.floor import Queue
from floorctl.models.team import Person, Shift

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.status import Status
    from floorctl.rules.staffing.forecast import Forecast


class Staffing:
    """Reads today's shifts, forecast and need, from the disk unless marked *memory*."""

    def __init__(
        self, zone: tzinfo, read_model: ReadModel, status: Status, queues: Callable[[], list[QueueView]]
    ) -> None:
        self._zone = zone
        self._read_model = read_model
        self._status = status
        self.now = status.now
        self._queues = queues
        self._forecasting = threading.Lock()
        self._day_forecast: tuple[date, Forecast] | None = None

    def shift(self, shift_id: str | None) -> Shift | None:
        """Return one shift with its pending commands, or None."""
        return self._read_model.value(Shift, shift_id)

    def shifts_today(self) -> list[tuple[str, Shift]]:
        """The shifts that overlap today, with their ids, pending commands included."""
        start, end = self._status.day()
        return [(shift_id, held.value) for shift_id, held in self._read_model.shifts(start, end).items()]

    def agent_shifts(self) -> list[Shift]:
        """The shifts of agents that overlap today."""
        people = self._read_model.all(Person)
        agents = {person_id for person_id, held in people.items() if held.value.post == "agent"}
        return [shift for _, shift in self.shifts_today() if shift.person_id in agents]

    def forecast(self) -> Forecast:
        """Today's forecast. It is built once a day, since it reads several weeks of intervals."""
        # Imported here so that commands that list the floor don't load the forecast.
        from floorctl.rules.staffing.forecast import WEEKS, Forecast

        now = self.now()
        with self._forecasting:
            if self._day_forecast is None or self._day_forecast[0] != now.date():
                # Read a week at a time: all intervals at once would be the cockpit's peak of memory.
                weeks = [now - timedelta(weeks=ago) for ago in range(WEEKS, -1, -1)]
                history = (
                    each
                    for since, until in pairwise(weeks)
                    for queue_id in self._read_model.all(Queue)
                    for each in self._read_model.intervals(queue_id, since, until)
                )
                self._day_forecast = (now.date(), Forecast(history, self._zone, before=now.date()))
            return self._day_forecast[1]

    def expected_calls(self, queue_id: str, start: datetime) -> float | None:
        """*memory* The calls expected in this quarter hour; None without history or before the forecast is built."""
        known = self._day_forecast
        expected = known[1].at(queue_id, start) if known is not None else None
        return expected.offered if expected is not None else None

    def needed_agents(self) -> dict[str, int]:
        """The number of agents that each queue needs now, by queue id; queues without a forecast are left out."""
        from floorctl.rules.alerts.conditions import Thresholds
        from floorctl.rules.staffing.need import needed_agents

        forecast, now = self.forecast(), self.now()
        needs = {
            view.id: needed_agents(forecast, view.id, view.queue, now, Thresholds().patience) for view in self._queues()
        }
        return {queue_id: needed for queue_id, needed in needs.items() if needed is not None}
