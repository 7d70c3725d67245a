"""How many orders a floor has: those that its calls make, or as many as were asked for."""

from datetime import date, timedelta
from functools import cache

from floorctl.simulator.world.arrivals import QUARTERS, usual_load
from floorctl.simulator.world.setup import HISTORY_DAYS, Setup

#: Queue → share of its answered calls that end in an order.
OF_CALLS = {"q-12345": 0.34, "q-12333": 0.22, "q-12320": 0.18}
#: Orders that come in by web, app and the like, for each one that comes by phone.
BESIDE_PHONE = 0.12
#: How the open work grows with the number of orders: a floor with a thousandth of them still has something to do.
_OPEN_WORK_GROWS = 0.4


@cache
def usual_orders(setup: Setup) -> float:
    """Return how many orders come in on an average working day."""
    arrivals = setup.arrivals
    calls = sum(
        arrivals.expected(queue_id, at, 1.0) * share for queue_id, share in OF_CALLS.items() for at in range(QUARTERS)
    )
    return calls * (1 + BESIDE_PHONE)


@cache
def volume(setup: Setup) -> float:
    """Return how many times as many orders as its calls make the floor has; 1 unless it was asked for a number."""
    if setup.orders is None:
        return 1.0
    opened = setup.today(setup.opened)
    days = [opened - timedelta(days=back) for back in range(1, HISTORY_DAYS + 1)]
    loads = sum(usual_load(day, working=setup.calendar.is_working_day(day)) for day in days)
    return setup.orders / max(usual_orders(setup) * loads, 1.0)


def orders_on(setup: Setup, day: date) -> int:
    """Return about how many orders are received on ``day``."""
    return round(usual_orders(setup) * setup.arrivals.day_factor(day) * volume(setup))


def load(setup: Setup) -> float:
    """Return the open orders relative to those of a floor with as many orders as its calls make."""
    return float(volume(setup) ** _OPEN_WORK_GROWS)
