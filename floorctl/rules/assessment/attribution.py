"""Attribution of lost points: which orders, people and facts cost an item of the assessment its points."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo
from fractions import Fraction

import msgspec

from floorctl.models.assessment import Fact
from floorctl.models.orders import Order
from floorctl.models.team import Person
from floorctl.rules.assessment import scoring
from floorctl.rules.assessment.month import Month, employed, is_late, left, needs_call_back


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """One entity that cost points. ``lost``: its own cost, or an equal share of the loss of a rate."""

    kind: str
    id: str
    lost: Fraction


def costs(
    metric: str,
    month: Month,
    lost: Fraction,
    *,
    orders: Iterable[tuple[str, Order]] = (),
    people: Iterable[tuple[str, Person]] = (),
    facts: Iterable[tuple[str, Fact]] = (),
    zone: tzinfo,
    now: datetime,
) -> list[Cost]:
    """Return the entities behind the ``lost`` points of ``metric`` in ``month``, also those that cost nothing yet.

    Items that lose points for too few events (training, quarterly events) have no entities to attribute them to.

    Raises:
        KeyError: an unknown metric.
    """
    start, end = month.start(zone), month.end(zone)
    if metric not in scoring.POINTS:
        raise KeyError(metric)
    if metric == "major_incidents":
        return _of_incidents(month, lost, facts)
    if metric in _ORDERS:
        chosen = _ORDERS[metric]
        costing = [("order", id_) for id_, order in orders if chosen(order, start, end, now)]
    elif metric in _PEOPLE:
        costing = [("person", id_) for id_, person in people if _PEOPLE[metric](person, month)]
    else:
        costing = [("fact", id_) for id_, fact in facts if Month.of(fact.day) == month and _fact_costs(metric, fact)]
    share = lost / len(costing) if costing else Fraction(0)
    return [Cost(kind=kind, id=id_, lost=share) for kind, id_ in costing]


def _within(at: datetime | None, start: datetime, end: datetime) -> bool:
    return at is not None and start <= at < end


_ORDERS: Mapping[str, Callable[[Order, datetime, datetime, datetime], bool]] = {
    "review_errors": lambda order, start, end, _: bool(order.review_errors) and _within(order.reviewed_at, start, end),
    "dispatch_timeliness": is_late,
    "dispatch_accuracy": lambda order, start, end, _: (
        order.dispatch_correct is False and _within(order.dispatched_at, start, end)
    ),
    "callback_rate": lambda order, start, end, _: (
        needs_call_back(order) and order.callback_outcome is None and _within(order.handled_at, start, end)
    ),
    "service_ability": lambda order, start, end, _: bool(order.problem) and _within(order.received_at, start, end),
}
_PEOPLE: Mapping[str, Callable[[Person, Month], bool]] = {
    "attrition": left,
    "education": lambda person, month: person.education == "below_college" and employed(person, month),
}


def _fact_costs(metric: str, fact: Fact) -> bool:
    if metric == "onboarding_exam":
        return fact.kind == metric and (fact.passed or 0) < (fact.sat or 0)
    if metric == "onboarding_period":
        return fact.kind == "onboarding_training" and fact.days is not None and fact.days < scoring.SHORT_COURSE_DAYS
    return False


def _of_incidents(month: Month, lost: Fraction, facts: Iterable[tuple[str, Fact]]) -> list[Cost]:
    of_month = [(id_, fact) for id_, fact in facts if Month.of(fact.day) == month]
    worth = scoring.counted([fact for _, fact in of_month], scoring.DEDUCTIONS)
    whole = sum((value for _, value in worth), Fraction(0))
    # At most the item's twenty points can be lost: beyond that each incident's loss is scaled down.
    scale = lost / whole if whole else Fraction(0)
    costs = []
    for counted, value in worth:
        id_ = next(id_ for id_, fact in of_month if fact is counted)
        costs.append(Cost(kind="fact", id=id_, lost=value * scale))
    return costs


def days_short(facts: Iterable[tuple[str, Fact]], month: Month) -> list[tuple[str, date]]:
    """Return id and day of the month's courses of 15 to 19 days: they lose no points, but are shown as a warning."""
    return [
        (id_, fact.day)
        for id_, fact in facts
        if fact.kind == "onboarding_training"
        and Month.of(fact.day) == month
        and fact.days is not None
        and scoring.SHORT_COURSE_DAYS <= fact.days < scoring.FULL_COURSE_DAYS
    ]
