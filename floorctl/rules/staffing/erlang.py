"""How many agents a queue needs: Erlang B, C and A, from calls, handling time and patience.

In Erlang C callers wait for ever, in Erlang A they abandon after an exponentially distributed patience. Both are exact
(series of positive terms, no approximation of the busy period), in floats, to about nine digits. Times are in seconds,
loads in Erlang.
"""

import math
from functools import lru_cache

import msgspec


class ErlangC(msgspec.Struct, frozen=True, kw_only=True):
    """Results of Erlang C: every caller waits until answered. Waits are infinite if the load reaches the agents."""

    A: float
    pw: float
    sl: float
    asa_s: float
    mean_wait_of_waiters_s: float
    occ: float
    lq: float
    wait_p90_s: float


class ErlangA(msgspec.Struct, frozen=True, kw_only=True):
    """Results of Erlang A: callers abandon. ``pab``: the share of offered calls that do."""

    A: float
    pw: float
    pab: float
    EW_s: float
    asa_answered_s: float
    EV_s: float
    occ: float
    lq: float
    sl_offered: float
    sl_answered: float
    sl_excl_short_ab: float
    sl_virtual: float
    sl_left_within_T: float
    ab_within_T: float


class FiniteLines(msgspec.Struct, frozen=True, kw_only=True):
    """Results of Erlang A with a limited number of trunk lines: a call that finds none free is blocked."""

    A: float
    p_blocked: float
    p_abandon_of_offered: float
    p_abandon_of_accepted: float
    pw_of_accepted: float
    EW_s_of_accepted: float
    occ: float
    lq: float


def load(calls: float, interval_s: float, aht_s: float) -> float:
    """Return the offered load in Erlang.

    Raises:
        ValueError: a negative number of calls, or a time that is not positive.
    """
    if calls < 0 or interval_s <= 0 or aht_s <= 0:
        raise ValueError(f"{calls}, {interval_s}, {aht_s}")
    return calls / interval_s * aht_s


def erlang_b(A: float, trunks: int) -> float:
    """Return the share of calls that find all ``trunks`` busy, without waiting."""
    blocked = 1.0
    for line in range(1, trunks + 1):
        blocked = A * blocked / (line + A * blocked)
    return blocked


def erlang_c(calls: float, interval_s: float, aht_s: float, agents: int, threshold_s: float = 15) -> ErlangC:
    """Return the results of Erlang C. ``sl`` is P(wait <= threshold)."""
    offered = load(calls, interval_s, aht_s)
    if offered >= agents:
        return ErlangC(
            A=offered,
            pw=1.0,
            sl=0.0,
            asa_s=math.inf,
            mean_wait_of_waiters_s=math.inf,
            occ=1.0,
            lq=math.inf,
            wait_p90_s=math.inf,
        )
    blocked = erlang_b(offered, agents)
    occupied = offered / agents
    pw = blocked / (1 - occupied * (1 - blocked))
    of_waiters = aht_s / (agents - offered)
    return ErlangC(
        A=offered,
        pw=pw,
        sl=1 - pw * math.exp(-threshold_s / of_waiters),
        asa_s=pw * of_waiters,
        mean_wait_of_waiters_s=of_waiters,
        occ=occupied,
        lq=pw * offered / (agents - offered),
        wait_p90_s=max(0.0, of_waiters * math.log(pw / 0.1)) if pw > 0 else 0.0,
    )


class _Queueing(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the states with all agents busy, relative to the first such state and to ``exp(scale)``."""

    zeroth: float
    first: float
    harmonic: float
    scale: float


def _sums(b: float, c: float) -> _Queueing:
    """Return the sums of t_k, k t_k and t_k (1/c + ... + 1/(c+k)), t_k = b^k / ((c+1)...(c+k)); all are positive."""
    term, at = 1.0, 0
    zeroth = first = harmonic = scale = 0.0
    inverse = 1.0 / c
    while True:
        zeroth += term
        first += at * term
        harmonic += term * inverse
        at += 1
        ratio = b / (c + at)
        term *= ratio
        inverse += 1.0 / (c + at)
        if ratio < 1 and term * (at + 1) < 1e-17 * (1 - ratio) * min(zeroth, first or zeroth):
            return _Queueing(zeroth=zeroth, first=first, harmonic=harmonic, scale=scale)
        if zeroth > 1e200:
            zeroth, first, harmonic, term = (each * 1e-200 for each in (zeroth, first, harmonic, term))
            scale += 200 * math.log(10)


def erlang_a(
    calls: float, interval_s: float, aht_s: float, agents: int, threshold_s: float = 15, patience_s: float = 120
) -> ErlangA:
    """Return the results of Erlang A (M/M/N+M): patience is exponential with mean ``patience_s``.

    Raises:
        ValueError: no agents, or a time that is not positive.
    """
    offered = load(calls, interval_s, aht_s)
    if agents < 1 or patience_s <= 0 or threshold_s < 0:
        raise ValueError(f"{agents}, {threshold_s}, {patience_s}")
    arrive, serve, leave = calls / interval_s, agents / aht_s, 1 / patience_s
    b, c = arrive / leave, serve / leave
    sums = _sums(b, c)
    blocked = erlang_b(offered, agents)
    if blocked == 0 or arrive == 0:
        return ErlangA(
            A=offered,
            pw=0.0,
            pab=0.0,
            EW_s=0.0,
            asa_answered_s=0.0,
            EV_s=0.0,
            occ=offered / agents,
            lq=0.0,
            sl_offered=1.0,
            sl_answered=1.0,
            sl_excl_short_ab=1.0,
            sl_virtual=1.0,
            sl_left_within_T=1.0,
            ab_within_T=0.0,
        )
    # ln of P(exactly all agents busy): states with free agents weigh 1 - blocked, those with a queue blocked * sum.
    weight_free, weight_busy = math.log1p(-blocked) if blocked < 1 else -math.inf, math.log(blocked * sums.zeroth)
    whole = _log_add(weight_free, weight_busy + sums.scale)
    busy_alone = math.log(blocked) - whole
    scaled = math.exp(busy_alone + sums.scale)
    pw, queue = scaled * sums.zeroth, scaled * sums.first
    pab = queue * leave / arrive
    answered = 1 - pab
    # A caller of infinite patience waits x with density serve * p * g(x), for the queue seen from its front.
    beyond = _wait_beyond(threshold_s, b, c, serve, leave, arrive, busy_alone)
    within, given_up = _within(threshold_s, serve, leave, arrive, busy_alone)
    sl = math.exp(weight_free - whole) + within
    impatient = -math.expm1(-leave * threshold_s)
    ab_within = given_up + beyond * impatient
    first_wait = scaled * sums.harmonic / leave
    answered_wait = scaled * c / (leave * b) * (sums.harmonic - sums.zeroth / c)
    return ErlangA(
        A=offered,
        pw=pw,
        pab=pab,
        EW_s=pab * patience_s,
        asa_answered_s=answered_wait / answered if answered > 0 else 0.0,
        EV_s=first_wait,
        occ=min(1.0, offered * answered / agents),  # under extreme load rounding could exceed 1
        lq=queue,
        sl_offered=sl,
        sl_answered=sl / answered if answered > 0 else 0.0,
        sl_excl_short_ab=sl / (1 - ab_within) if ab_within < 1 else 0.0,
        sl_virtual=1 - beyond,
        sl_left_within_T=sl + ab_within,
        ab_within_T=ab_within,
    )


def _log_add(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high + math.log1p(math.exp(low - high))


def _log_g(at: float, serve: float, leave: float, arrive: float) -> float:
    return -arrive * math.expm1(-leave * at) / leave - serve * at


def _wait_beyond(at: float, b: float, c: float, serve: float, leave: float, arrive: float, busy_alone: float) -> float:
    """Return P(virtual wait > at): the tail of the density, by the same series at a thinned load."""
    tail = _sums(b * math.exp(-leave * at), c)
    return math.exp(busy_alone + _log_g(at, serve, leave, arrive) + tail.scale + math.log(tail.zeroth))


def _within(until: float, serve: float, leave: float, arrive: float, busy_alone: float) -> tuple[float, float]:
    """Return (answered, abandoned): shares of callers whose turn came after a wait between 0 and ``until``."""
    panels = max(1, math.ceil(until * (serve + arrive + leave) / 4))
    width = until / panels
    answered = gave_up = 0.0
    for panel in range(panels):
        for node, weight in _legendre(16):
            at = width * (panel + node)
            density = weight * width * serve * math.exp(busy_alone + _log_g(at, serve, leave, arrive))
            answered += density * math.exp(-leave * at)
            gave_up += density * -math.expm1(-leave * at)
    return answered, gave_up


@lru_cache(maxsize=4)
def _legendre(order: int) -> tuple[tuple[float, float], ...]:
    """Return the Gauss-Legendre nodes and weights on 0..1."""
    pairs = []
    for each in range(order):
        x = math.cos(math.pi * (each + 0.75) / (order + 0.5))
        slope = 1.0
        for _ in range(50):
            now, before = 1.0, 0.0
            for degree in range(order):
                now, before = ((2 * degree + 1) * x * now - degree * before) / (degree + 1), now
            slope = order * (x * now - before) / (x * x - 1)
            step = now / slope
            x -= step
            if abs(step) < 1e-16:
                break
        pairs.append(((1 - x) / 2, 1 / ((1 - x * x) * slope * slope)))
    return tuple(pairs)


def erlang_a_finite_lines(
    calls: float, interval_s: float, aht_s: float, agents: int, lines: int, patience_s: float = 120
) -> FiniteLines:
    """Return the results of Erlang A with ``lines`` shared by calls in service and calls waiting.

    Raises:
        ValueError: fewer lines than agents, no agents, or a time that is not positive.
    """
    offered = load(calls, interval_s, aht_s)
    if agents < 1 or lines < agents or patience_s <= 0:
        raise ValueError(f"{agents}, {lines}, {patience_s}")
    # ln of each state's weight, so that neither many lines nor a heavy load overflows.
    weights = [0.0]
    for busy in range(1, lines + 1):
        leaving = min(busy, agents) + max(0, busy - agents) * aht_s / patience_s
        weights.append(weights[-1] + (math.log(offered) if offered > 0 else -math.inf) - math.log(leaving))
    top = max(weights)
    chances = [math.exp(weight - top) for weight in weights]
    whole = math.fsum(chances)
    chances = [chance / whole for chance in chances]
    blocked = chances[-1]
    queue = math.fsum((busy - agents) * chances[busy] for busy in range(agents, lines + 1))
    accepted = 1 - blocked
    abandoned = queue * aht_s / patience_s / offered if offered > 0 else 0.0
    waiting = math.fsum(chances[agents:lines])
    return FiniteLines(
        A=offered,
        p_blocked=blocked,
        p_abandon_of_offered=abandoned,
        p_abandon_of_accepted=abandoned / accepted if accepted > 0 else 0.0,
        pw_of_accepted=waiting / accepted if accepted > 0 else 0.0,
        EW_s_of_accepted=queue * aht_s / offered / accepted if offered > 0 and accepted > 0 else 0.0,
        occ=math.fsum(min(busy, agents) * chance for busy, chance in enumerate(chances)) / agents,
        lq=queue,
    )


@lru_cache(maxsize=4096)
def min_agents(
    calls: float, interval_s: float, aht_s: float, threshold_s: float, target_sl: float, patience_s: float | None = None
) -> int:
    """Return the fewest agents that answer the share ``target_sl`` of offered calls within ``threshold_s``.

    By Erlang C, or by Erlang A if ``patience_s`` is given. 0 if there are no calls.

    Raises:
        ValueError: the target is not between 0 and 1.
    """
    if not 0 < target_sl < 1:
        raise ValueError(str(target_sl))
    offered = load(calls, interval_s, aht_s)
    if offered == 0:
        return 0

    def enough(agents: int) -> bool:
        if patience_s is None:
            return erlang_c(calls, interval_s, aht_s, agents, threshold_s).sl >= target_sl
        return erlang_a(calls, interval_s, aht_s, agents, threshold_s, patience_s).sl_offered >= target_sl

    low, high = 0, max(1, math.ceil(offered))
    while not enough(high):
        low, high = high, high + max(1, high // 4)
    while high - low > 1:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high
