"""How well a month's work goes: some months are good ones, and in some much goes wrong."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from random import Random

from floorctl.simulator.world.arrivals import lognormal


@dataclass(frozen=True)
class Luck:
    """Shares of a month's orders: reviews that find an error, dispatches to the wrong department, late dispatches,
    problem orders among those by phone, and call-backs that nobody makes.
    """

    review_errors: float = 0.02
    dispatch_wrong: float = 0.014
    dispatch_late: float = 0.002
    problems: float = 0.012
    never_called: float = 0.03


USUAL = Luck()
#: Late dispatches in a month on average and at most: they are counted, however many orders there are.
_LATE_A_MONTH, _LATE_AT_MOST = 15.0, 19.0
_MOST_LATE = 0.1


@cache
def luck_of(seed: int, day: date, dispatched: float) -> Luck:
    """Return how the month of ``day`` (its first day) goes on a floor that dispatches so many orders in it."""
    rng = Random(f"{seed}:{day:%Y-%m}:luck")
    return Luck(
        review_errors=USUAL.review_errors * lognormal(rng, 1.0, 0.35),
        dispatch_wrong=USUAL.dispatch_wrong * lognormal(rng, 1.0, 0.4),
        dispatch_late=min(_MOST_LATE, min(lognormal(rng, _LATE_A_MONTH, 0.7), _LATE_AT_MOST) / max(dispatched, 1.0)),
        problems=USUAL.problems * lognormal(rng, 1.0, 0.7),
        never_called=min(0.2, USUAL.never_called * lognormal(rng, 1.0, 1.0)),
    )
