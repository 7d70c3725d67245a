"""Detection of surges: arrivals above the forecast by more than chance, by a one-sided Poisson CUSUM.

``S = max(0, S + X - k)``, an alarm if ``S >= h``. Thresholds and average run lengths (ARL) are exact: S takes values on
a lattice, so it is a Markov chain, whose ARL is the solution of a linear system. An in-control ARL of 672 quarter hours
(a week) means one false alarm per week and queue.
"""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import lru_cache

import msgspec

WEEK_OF_QUARTERS = 672
#: The running sum is capped at so many times its threshold; otherwise the alarm of a large surge would last hours
#: longer.
RUNS_TO = 2


class Cusum(msgspec.Struct, frozen=True, kw_only=True):
    """A design: reference value ``k``, threshold ``h``; ``arl0``, ``arl1``: mean intervals to an alarm without and with
    a surge of ``ratio``. ``lam0``: expected arrivals.
    """

    lam0: float
    ratio: float
    k: float
    h: int
    arl0: float
    arl1: float


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """Alarm if a count reaches ``threshold_ge``; ``p``: the probability of that without a surge."""

    threshold_ge: int
    p: float
    p_detect_1_5x: float
    p_detect_2x: float


def reference_value(lam0: float, ratio: float) -> float:
    """Return the k that detects a rise from ``lam0`` to ``lam0 * ratio`` soonest, rounded to a multiple of 0.5.

    Raises:
        ValueError: ``lam0`` is not positive, or the ratio is not above 1.
    """
    if lam0 <= 0 or ratio <= 1:
        raise ValueError(f"{lam0}, {ratio}")
    return math.floor(2 * lam0 * (ratio - 1) / math.log(ratio) + 0.5) / 2


@lru_cache(maxsize=1024)
def design(lam0: float, ratio: float = 1.5, target_arl0: float = WEEK_OF_QUARTERS) -> Cusum:
    """Return the CUSUM with the smallest integer ``h`` whose in-control ARL reaches ``target_arl0`` intervals."""
    k = reference_value(lam0, ratio)
    high = 1
    while arl(lam0, k, high) < target_arl0:
        high *= 2
    low = high // 2  # known to be too small (0 if 1 is enough)
    while high - low > 1:
        middle = (low + high) // 2
        if arl(lam0, k, middle) < target_arl0:
            low = middle
        else:
            high = middle
    return Cusum(lam0=lam0, ratio=ratio, k=k, h=high, arl0=arl(lam0, k, high), arl1=arl(lam0 * ratio, k, high))


def arl(lam: float, k: float, h: float) -> float:
    """Return the exact mean number of intervals until the alarm, from S = 0, for Poisson arrivals of mean ``lam``."""
    exact_k, exact_h = Fraction(str(k)), Fraction(str(h))
    unit = math.lcm(exact_k.denominator, exact_h.denominator)
    down, size = int(exact_k * unit), int(exact_h * unit)
    chance = _pmf(lam, (size + down) // unit + 1)
    below = [0.0]
    for each in chance:
        below.append(below[-1] + each)
    # Row i: (I - P) arl = 1, over the sums 0, 1/unit, ... below h.
    rows: list[list[float]] = []
    for state in range(size):
        row = [0.0] * size
        row[state] += 1.0
        to_zero = (down - state) // unit  # the most arrivals that still give S = 0
        if to_zero >= 0:
            row[0] -= below[min(to_zero + 1, len(chance))]
        for arrivals in range(max(to_zero + 1, 0), len(chance)):
            after = state + arrivals * unit - down
            if after >= size:
                break
            row[after] -= chance[arrivals]
        rows.append([*row, 1.0])
    return _solve(rows)[0]


def step(total: float, arrivals: int, k: float) -> float:
    """Return the CUSUM's next sum."""
    return max(0.0, total + arrivals - k)


def run(counts: Iterable[tuple[int, float]], ratio: float) -> tuple[float, float]:
    """Run the CUSUM over (arrivals, expected) of successive intervals; return the sum and the h it is compared with.

    Each interval has its own design, because the expectation changes over the day. An interval with almost no expected
    calls is skipped: the sum stays.
    """
    total, limit = 0.0, math.inf
    for arrivals, expected in counts:
        if expected < 0.5:
            continue
        chosen = design(_rounded(expected), ratio)
        limit = float(chosen.h)
        total = min(step(total, arrivals, chosen.k), RUNS_TO * limit)
    return total, limit


def poisson_threshold(lam: float, alpha: float) -> Threshold:
    """Return the smallest count that Poisson arrivals of mean ``lam`` reach with probability at most ``alpha``."""
    at = _smallest(lambda count: poisson_at_least(count, lam), lam, alpha)
    return Threshold(
        threshold_ge=at,
        p=poisson_at_least(at, lam),
        p_detect_1_5x=poisson_at_least(at, lam * 1.5),
        p_detect_2x=poisson_at_least(at, lam * 2),
    )


def gamma_poisson_threshold(lam: float, day_factor_cv: float, alpha: float = 1 / WEEK_OF_QUARTERS) -> Threshold:
    """As ``poisson_threshold``; the day's mean varies by a gamma factor (mean 1, CV ``day_factor_cv``)."""

    def tail(count: int, mean: float) -> float:
        return gamma_poisson_at_least(count, mean, day_factor_cv)

    at = _smallest(lambda count: tail(count, lam), lam, alpha)
    return Threshold(threshold_ge=at, p=tail(at, lam), p_detect_1_5x=tail(at, lam * 1.5), p_detect_2x=tail(at, lam * 2))


def poisson_at_least(count: int, lam: float) -> float:
    """Return P(X >= count) for Poisson arrivals of mean ``lam``."""
    if count <= 0:
        return 1.0
    if lam <= 0:
        return 0.0
    first = math.exp(count * math.log(lam) - lam - math.lgamma(count + 1))
    if count > lam:
        return _tail(first, count, lambda at: lam / (at + 1))
    last = math.exp((count - 1) * math.log(lam) - lam - math.lgamma(count))
    return 1.0 - _down(last, count - 1, lambda at: at / lam)


def gamma_poisson_at_least(count: int, lam: float, cv: float) -> float:
    """Return P(X >= count) if the mean ``lam`` is multiplied by a gamma factor of mean 1 (negative binomial)."""
    if cv <= 0:
        return poisson_at_least(count, lam)
    if count <= 0:
        return 1.0
    shape = 1 / cv**2
    odds = lam / (lam + shape)

    def pmf(at: int) -> float:
        ways = math.lgamma(at + shape) - math.lgamma(shape) - math.lgamma(at + 1)
        return math.exp(ways + at * math.log(odds) + shape * math.log1p(-odds))

    if count > lam:
        return _tail(pmf(count), count, lambda at: odds * (at + shape) / (at + 1))
    return 1.0 - _down(pmf(count - 1), count - 1, lambda at: at / (odds * (at - 1 + shape)))


def _tail(first: float, count: int, ratio: Callable[[int], float]) -> float:
    total, term, at = 0.0, first, count
    while term > total * 1e-17:
        total += term
        term *= ratio(at)
        at += 1
    return total


def _down(first: float, count: int, ratio: Callable[[int], float]) -> float:
    total, term = 0.0, first
    for at in range(count, -1, -1):
        total += term
        term *= ratio(at)
    return total


def _smallest(tail: Callable[[int], float], lam: float, alpha: float) -> int:
    low, high = 0, max(1, math.ceil(lam))  # tail(0) is 1: always above alpha
    while tail(high) > alpha:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        if tail(middle) > alpha:
            low = middle
        else:
            high = middle
    return high


def _pmf(lam: float, size: int) -> list[float]:
    return [math.exp(at * math.log(lam) - lam - math.lgamma(at + 1)) for at in range(size)]


def _rounded(expected: float) -> float:
    """Round to steps of about 5 %, so that a day's forecasts share a few designs."""
    return round(math.exp(round(math.log(expected) * 20) / 20), 2)


def _solve(rows: list[list[float]]) -> list[float]:
    """Solve an augmented matrix by Gaussian elimination with partial pivoting."""
    size = len(rows)
    for at in range(size):
        best = max(range(at, size), key=lambda each: abs(rows[each][at]))
        rows[at], rows[best] = rows[best], rows[at]
        pivot = rows[at]
        for below in rows[at + 1 :]:
            if factor := below[at] / pivot[at]:
                for column in range(at, size + 1):
                    below[column] -= factor * pivot[column]
    answer = [0.0] * size
    for at in range(size - 1, -1, -1):
        known = sum(rows[at][column] * answer[column] for column in range(at + 1, size))
        answer[at] = (rows[at][size] - known) / rows[at][at]
    return answer
