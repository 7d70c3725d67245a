"""How many agents a queue needs in a quarter hour, from its forecast."""

import math
from datetime import datetime

from floorctl.models.floor import Queue
from floorctl.rules.staffing import erlang
from floorctl.rules.staffing.forecast import Forecast

_QUARTER_SECONDS = 900


def needed_agents(forecast: Forecast | None, queue_id: str, queue: Queue, at: datetime, patience: float) -> int | None:
    """Return the fewest agents that reach the queue's target in the quarter hour of ``at``; None without a forecast.

    ``patience``: the mean seconds that callers wait before they abandon.
    """
    expected = forecast.at(queue_id, at) if forecast else None
    if expected is None or expected.aht_s <= 0 or not 0 < queue.target_level < 1:
        return None
    # Rounded, so that a day's forecasts share a few hundred cached results.
    calls, aht = math.ceil(2 * expected.offered) / 2, max(5.0, 5 * round(expected.aht_s / 5))
    return erlang.min_agents(calls, _QUARTER_SECONDS, aht, queue.target_seconds, queue.target_level, patience)
