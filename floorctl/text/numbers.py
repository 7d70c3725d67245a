"""How rates, scores, points, counts and amounts are written. All rounding for people and documents is done here.

Values stay exact (``Fraction``, ``Decimal``, ``int``) until one of these functions writes them. Rounding is half up: a
digit 5 at the first dropped place rounds away from zero. A ``float`` means the decimal that its ``repr`` shows, so both
``92.125`` (binary exact) and ``0.285`` (not) are ties.
"""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache

Number = int | float | Fraction | Decimal

#: Written where there is no value: never 0, never 100 %.
NOTHING = "—"
#: Enough digits for the largest ``float`` and its decimal places.
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)
#: Decimal places in JSON of rates and of values with infinitely many places, and of seconds.
_JSON_PLACES, _SECONDS_PLACES = 6, 3


def half_up(value: Number, places: int = 0) -> Decimal:
    """Return ``value`` rounded half up to ``places`` decimal places; the result has exactly that many."""
    if isinstance(value, Fraction):
        scaled, below = abs(value.numerator) * 10**places, value.denominator
        digits = (2 * scaled + below) // (2 * below)
        return Decimal(f"{'-' if value < 0 and digits else ''}{digits}E-{places}")
    number = value if isinstance(value, Decimal) else Decimal(repr(value))
    rounded = number.quantize(Decimal(1).scaleb(-places), context=_WIDE)
    return rounded if rounded else abs(rounded)  # -0.00 is written 0.00


def whole(value: Number) -> int:
    """Return ``value`` rounded half up to an integer."""
    return int(half_up(value))


def fixed(value: Number, places: int) -> str:
    """Return ``value`` with exactly ``places`` decimal places: ``12.50``."""
    return f"{half_up(value, places):f}"


def trimmed(value: Number, places: int) -> str:
    """Return ``value`` with at most ``places`` decimal places and no trailing zeros: ``12.5``, ``12``."""
    text = fixed(value, places)
    return text.rstrip("0").rstrip(".") if "." in text else text


# -- rates


def percent(rate: Number | None, places: int = 1) -> str:
    """Return a share of 1 as ``96.1%``; ``—`` where there is none because nothing was counted."""
    return NOTHING if rate is None else f"{fixed(_hundredfold(rate), places)}%"


def percent_in_full(rate: Number) -> str:
    """Return a share of 1 as a percentage of at most four decimal places: ``3.5%``."""
    return f"{trimmed(_hundredfold(rate), 4)}%"


def percent_reached(rate: Fraction | None) -> str:
    """Return the whole percentage that a share of 1 has reached, without its sign: ``79`` of 0.799.

    It is rounded down: a large figure without decimals that reads like the target must have reached the target.
    """
    return NOTHING if rate is None else str(int(rate * 100))


def _hundredfold(rate: Number) -> Number:
    return (Decimal(repr(rate)) if isinstance(rate, float) else rate) * 100


# -- scores


def score_text(value: Number) -> str:
    """Return an inspection's total, a mean of totals or an agreement (kappa) with two decimal places: ``92.13``."""
    return fixed(value, 2)


def change_text(value: Number) -> str:
    """Return the difference of two scores with its sign: ``+1.50``, ``-0.13``, ``+0.00``."""
    return f"{half_up(value, 2):+f}"


def points_text(value: Number, places: int = 2) -> str:
    """Return points of the contract or of a rubric's item, without trailing zeros: ``97.5``, ``0.25``, ``3``."""
    return trimmed(value, places)


def cost_text(value: Number) -> str:
    """Return the points that one order, person or fact cost, which may be a small part of a point: ``0.0143``."""
    return trimmed(value, 4)


def money_text(value: Number) -> str:
    """Return an amount of yuan with thousands separated and its cents, if it has any: ``12,000``, ``12,000.50``."""
    return f"{half_up(value, 2):,f}".removesuffix(".00")


# -- counts


def count_text(count: int) -> str:
    """Return a number of calls with thousands separated: ``1,840``."""
    return f"{count:,}"


def minutes(seconds: Number) -> int:
    """Return ``seconds`` in whole minutes, rounded half up."""
    return whole(Decimal(repr(seconds)) / 60 if isinstance(seconds, float) else Fraction(seconds) / 60)


def milliseconds(seconds: float) -> int:
    """Return ``seconds`` in whole milliseconds, rounded half up."""
    return whole(Decimal(repr(seconds)) * 1000)


def tenths(value: Number) -> str:
    """Return a measured value with one decimal place: ``0.8``."""
    return fixed(value, 1)


def usual_number(value: float) -> str:
    """Return a mean number of callers with one decimal place: ``0.8``; one that would read 0.0 as ``<0.1``."""
    return "<0.1" if 0 < value < 0.05 else tenths(value)


# -- JSON and files for other programs


def json_rate(rate: Fraction | None) -> str | None:
    """Return a share of 1 as JSON has it: a decimal string of six places, None where nothing was counted."""
    return None if rate is None else fixed(rate, _JSON_PLACES)


def json_score(value: Number | None) -> str | None:
    """Return a score out of 100 as JSON has it: a decimal string of two places."""
    return None if value is None else score_text(value)


def json_points(value: Fraction) -> str:
    """Return points as JSON has them: all decimal places if they end, otherwise six, without trailing zeros."""
    return trimmed(value, _places_in_full(value.denominator))


@lru_cache(maxsize=256)
def _places_in_full(denominator: int) -> int:
    """Return how many decimal places a fraction of this ``denominator`` has; 6 where they never end."""
    places = {2: 0, 5: 0}
    for prime in places:
        while denominator % prime == 0:
            denominator //= prime
            places[prime] += 1
    return max(places.values()) if denominator == 1 else _JSON_PLACES


def json_seconds(seconds: float | None) -> float | None:
    """Return seconds as JSON has them: rounded to milliseconds, None where there are none."""
    return None if seconds is None else float(half_up(seconds, _SECONDS_PLACES))


def json_probability(value: float) -> float:
    """Return a small probability as JSON has it: two digits that count, ``4.1e-07``."""
    return float(f"{value:.1e}")
