"""The alert rules about the floor: queues, seats, resources, data security."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial

from floorctl.models.base import Ref
from floorctl.models.floor import Interval, Queue, Resource
from floorctl.rules.alerts.conditions import AlertInputs, Condition, Phrase, completed
from floorctl.rules.floor import metrics
from floorctl.rules.floor.contradictions import of_calls, of_resource
from floorctl.rules.staffing import surge
from floorctl.rules.staffing.need import needed_agents

_QUARTER = timedelta(minutes=15)
#: Hours of arrivals that the CUSUM covers: a deviation of the morning is not reported in the evening.
_SURGE_MEMORY = timedelta(hours=4)
_CALM_RATE = Fraction(2, 100)
_CALM_RESOURCE = 0.05
_FULL_KINDS = {"trunk": "trunk_full", "licence": "licence_full"}


def conditions(inputs: AlertInputs) -> Iterator[Condition]:
    """Yield all conditions about the floor; those on live data only if it is current."""
    if inputs.current:
        yield from _on_live_data(inputs)
    yield from _data_security(inputs)


def _on_live_data(inputs: AlertInputs) -> Iterator[Condition]:
    for queue_id, queue in inputs.queues.items():
        yield from _surge(inputs, queue_id, queue)
        yield from _service_level(inputs, queue_id, queue)
        yield from _staffing_gap(inputs, queue_id, queue)
    yield from _long_calls(inputs)
    for resource_id, resource in inputs.resources.items():
        yield from _resource(inputs, resource_id, resource)


def waiting_levels(inputs: AlertInputs) -> Iterator[tuple[str, bool]]:
    """Yield queue/level and whether more calls than allowed wait there, for ``Memory.waiting_since``.

    Yields nothing if the data is not current: time without data does not count as waiting time.
    """
    if not inputs.current:
        return
    for queue_id, queue in inputs.queues.items():
        for level, times in (("warning", 1), ("critical", 2)):
            yield f"{queue_id}/{level}", queue.waiting > times * inputs.thresholds.queue_waiting


def _surge(inputs: AlertInputs, queue_id: str, queue: Queue) -> Iterator[Condition]:
    limit = inputs.thresholds.queue_waiting
    quarters = list(completed(inputs, queue_id, _SURGE_MEMORY))
    total, alarm = surge.run(_against_forecast(inputs, quarters), inputs.thresholds.surge_ratio)

    def waits_long(level: str, times: int) -> bool:
        since = inputs.memory.waiting_since.get(f"{queue_id}/{level}")
        if queue.waiting <= times * limit or since is None:
            return False
        return (inputs.now - since).total_seconds() >= inputs.thresholds.queue_waiting_for

    # Each level falls at half of its raising threshold, or at that of the next lower level.
    critical = waits_long("critical", 2) or total >= 2 * alarm
    still_critical = queue.waiting > 1.5 * limit or total >= 1.5 * alarm
    warning = waits_long("warning", 1) or total >= alarm
    still_warning = queue.waiting > 0.5 * limit or total >= 0.5 * alarm

    def text() -> tuple[Phrase, Phrase | None]:
        if total >= alarm and quarters:
            detail = _arrivals(inputs, quarters[-1])
        else:
            detail = Phrase(
                "rules.alert.queue_surge.waiting",
                {"waiting": queue.waiting, "seconds": float(inputs.thresholds.queue_waiting_for)},
            )
        return Phrase("rules.alert.queue_surge.title", {"queue": queue.name}), detail

    yield from _two_levels(
        inputs,
        "queue_surge",
        Ref("queue", queue_id),
        text,
        (critical, still_critical),
        (warning, still_warning),
    )


def _against_forecast(inputs: AlertInputs, quarters: list[Interval]) -> Iterator[tuple[int, float]]:
    for each in quarters:
        expected = inputs.forecast.at(each.queue_id, each.start) if inputs.forecast else None
        if expected is not None and not any(of_calls(each)):
            yield each.offered, expected.offered


def _arrivals(inputs: AlertInputs, quarter: Interval) -> Phrase:
    expected = inputs.forecast.at(quarter.queue_id, quarter.start) if inputs.forecast else None
    offered = None if expected is None else float(expected.offered)
    return Phrase("rules.alert.queue_surge.arrivals", {"offered": quarter.offered, "expected": offered})


def _two_levels(
    inputs: AlertInputs,
    kind: str,
    subject: Ref,
    text: Callable[[], tuple[Phrase, Phrase | None]],
    critical: tuple[bool, bool],
    warning: tuple[bool, bool],
) -> Iterator[Condition]:
    """Yield the critical and the warning condition, of which at most one holds. Both arguments are (rises, holds)."""
    # While the critical alert is open, even waiting to be cleared, the warning is not raised beside it.
    critical_stands = critical[0] or _open(inputs, f"{kind}+critical:{subject.id}")
    for rule, severity, (rises, holds), superseded in (
        (f"{kind}+critical", "critical", critical, False),
        (kind, "warning", warning, critical_stands),
    ):
        yield Condition(
            rule=rule,
            kind=kind,
            severity=severity,
            subject=subject,
            day=inputs.today,
            rises=rises and not superseded,
            holds=(rises or holds) and not superseded,
            superseded=superseded,
            text=text,
        )


def _open(inputs: AlertInputs, about: str) -> bool:
    return any(id_.startswith(f"{about}:") and alert.state != "closed" for id_, alert in inputs.alerts.items())


def _service_level(inputs: AlertInputs, queue_id: str, queue: Queue) -> Iterator[Condition]:
    counts = metrics.last_30_minutes(inputs.intervals, queue_id, inputs.now)
    rate, target = metrics.service_level(counts), Fraction(str(queue.target_level))
    enough = counts.offered >= inputs.thresholds.service_level_offered
    low = metrics.is_below_target(rate, queue.target_level)
    calm_at = min(target + _CALM_RATE, (target + 1) / 2)
    still_low = rate is not None and rate < calm_at and 2 * counts.offered >= inputs.thresholds.service_level_offered
    if rate is None and counts.left_out:
        still_low = True  # the figures contradict each other, so they do not show that it is over

    def text() -> tuple[Phrase, Phrase | None]:
        title = Phrase("rules.alert.service_level.title", {"queue": queue.name, "rate": rate or Fraction(0)})
        detail = Phrase(
            "rules.alert.service_level.detail",
            {"target": target, "offered": counts.offered, "answered": counts.answered_in_target},
        )
        return title, detail

    yield Condition(
        rule="service_level",
        kind="service_level",
        severity="warning",
        subject=Ref("queue", queue_id),
        day=inputs.today,
        rises=enough and low,
        holds=still_low,
        text=text,
    )


def queues_without_idle(inputs: AlertInputs) -> list[str]:
    """Return the queues without an idle agent, for ``Memory.busy_since``."""
    crews = metrics.crews(inputs.seats.values())
    return [queue_id for queue_id in inputs.queues if queue_id not in crews or not crews[queue_id].idle]


def _staffing_gap(inputs: AlertInputs, queue_id: str, queue: Queue) -> Iterator[Condition]:
    """Yield the staffing gap of a queue: too few agents in two quarter hours, and nobody idle to help now.

    The staffed share alone is not enough: a seat with three queues counts where it took calls, so a quiet queue gets
    almost no share while five agents wait for its next call.
    """
    gaps: list[tuple[int, float]] = []
    for quarter in list(completed(inputs, queue_id, 3 * _QUARTER))[-2:]:
        needed = needed_agents(inputs.forecast, queue_id, queue, quarter.start, inputs.thresholds.patience)
        if needed is None:
            return
        gaps.append((needed, quarter.staffed_seconds / _QUARTER.total_seconds()))
    if len(gaps) < 2:
        return
    needed, staffed = gaps[-1]
    crew = metrics.crews(inputs.seats.values()).get(queue_id, metrics.Crew())
    busy_since = inputs.memory.busy_since.get(queue_id)
    # On a busy floor all agents are on a call for a moment now and then.
    busy_for = 0.0 if busy_since is None else (inputs.now - busy_since).total_seconds()
    nobody_free = not crew.idle and busy_for >= inputs.thresholds.queue_waiting_for

    def text() -> tuple[Phrase, Phrase | None]:
        detail = Phrase(
            "rules.alert.staffing_gap.detail",
            {"needed": needed, "able": crew.able, "idle": crew.idle, "staffed": float(staffed)},
        )
        return Phrase(
            "rules.alert.staffing_gap.title", {"queue": queue.name, "gap": math.ceil(needed - staffed)}
        ), detail

    yield Condition(
        rule="staffing_gap",
        kind="staffing_gap",
        severity="warning",
        subject=Ref("queue", queue_id),
        day=inputs.today,
        # Half an agent is within measurement noise; it is also the hysteresis between raising and clearing.
        rises=nobody_free and all(had <= wanted - 0.5 for wanted, had in gaps),
        holds=not crew.idle and staffed < needed,
        text=text,
    )


def _long_calls(inputs: AlertInputs) -> Iterator[Condition]:
    for seat_id, seat in inputs.seats.items():
        since = seat.call.started_at if seat.call is not None else seat.since
        on_call = seat.state in ("talking", "hold")
        long = on_call and (inputs.now - since).total_seconds() > inputs.thresholds.long_call
        yield Condition(
            rule="long_call",
            kind="long_call",
            severity="notice",
            subject=Ref("seat", seat_id),
            day=inputs.today,
            rises=long and seat.state == "talking",
            holds=long,
            patient=False,
            text=partial(_long_call_text, inputs, seat.number, since),
        )


def _long_call_text(inputs: AlertInputs, number: str, since: datetime) -> tuple[Phrase, Phrase]:
    detail = Phrase("rules.alert.long_call.detail", {"since": inputs.local(since)})
    return Phrase("rules.alert.long_call.title", {"seat": number}), detail


def _resource(inputs: AlertInputs, resource_id: str, resource: Resource) -> Iterator[Condition]:
    subject = Ref("resource", resource_id)
    name, used, capacity = resource.name, resource.in_use, resource.capacity
    down = resource.state == "down"
    yield Condition(
        rule="resource_down",
        kind="resource_down",
        severity="critical",
        subject=subject,
        day=inputs.today,
        rises=down,
        holds=down,
        text=lambda: (
            Phrase("rules.alert.resource_down.title", {"name": name}),
            Phrase(
                "rules.alert.resource_down.detail", {"usable": max(0, capacity - resource.faulty), "capacity": capacity}
            ),
        ),
    )
    kind = _FULL_KINDS.get(resource.kind)
    if kind is None or capacity <= 0:
        return
    share, warn_at = used / capacity, inputs.thresholds.resource_warning
    # Figures that contradict each other show neither that it is full nor that it is no longer full.
    doubt = bool(of_resource(resource))
    yield from _two_levels(
        inputs,
        kind,
        subject,
        lambda: (Phrase(f"rules.alert.{kind}.title", {"name": name, "used": used, "capacity": capacity}), None),
        (share >= 1 and not doubt, share >= 1 - _CALM_RESOURCE or doubt),
        (share >= warn_at and not doubt, share >= warn_at - _CALM_RESOURCE or doubt),
    )


def _data_security(inputs: AlertInputs) -> Iterator[Condition]:
    usage = inputs.usage
    if usage is None:
        return
    limits = inputs.thresholds
    for breach, broken, params in (
        ("reveals", usage.reveals > limits.reveals_a_day, {"count": usage.reveals, "limit": limits.reveals_a_day}),
        ("exports", usage.exports > limits.exports_a_day, {"count": usage.exports, "limit": limits.exports_a_day}),
        ("audit", not usage.audit_verifies, {}),
    ):
        yield Condition(
            rule=f"data_security+{breach}",
            kind="data_security",
            severity="critical",
            subject=Ref("person", usage.person_id),
            day=inputs.today,
            rises=broken,
            # Never clears by itself: a person investigates and closes the alert.
            holds=True,
            once=True,
            text=partial(_data_security_text, breach, params),
        )


def _data_security_text(breach: str, params: dict[str, int]) -> tuple[Phrase, None]:
    return Phrase(f"rules.alert.data_security.{breach}.title", params), None
