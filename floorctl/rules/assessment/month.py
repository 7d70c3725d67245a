"""The assessment of one calendar month: its counts from orders, people and facts, and its score."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from fractions import Fraction
from typing import Any

import msgspec

from floorctl.models.assessment import Fact
from floorctl.models.orders import Order
from floorctl.models.team import Person
from floorctl.rules.assessment import scoring
from floorctl.rules.assessment.scoring import DEFAULT, POINTS, Readings, score
from floorctl.rules.assessment.steps import NextStep, next_gain, next_loss
from floorctl.rules.floor.contradictions import of_fact
from floorctl.rules.orders.deadlines import DISPATCH_WITHIN, dispatch_clock_runs, dispatch_due_at

#: 坐席人员, the posts that count for attrition and education.
COUNTED_POSTS = frozenset({"agent", "dispatcher", "knowledge"})
#: Quarterly item → the kind of fact that it counts.
QUARTERLY = {"team_building": "team_event", "learning_board": "learning_board", "service_star": "service_star"}


class Month(msgspec.Struct, frozen=True, order=True):
    """A calendar month; months compare in order of time."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of ``day``."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    def plus(self, months: int) -> "Month":
        """Return the month ``months`` later (negative: earlier)."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    @property
    def first_day(self) -> date:
        """The month's first day."""
        return date(self.year, self.month, 1)

    def start(self, zone: tzinfo) -> datetime:
        """Return the month's start in ``zone`` (aware)."""
        return datetime.combine(self.first_day, datetime.min.time(), zone)

    def end(self, zone: tzinfo) -> datetime:
        """Return the start of the next month in ``zone`` (exclusive end)."""
        return self.plus(1).start(zone)


def contract_month(start: date, month: Month) -> int:
    """Return the number of ``month`` in its contract year, 1 to 12; the month of the first day is 1."""
    return (month.year * 12 + month.month - start.year * 12 - start.month) % 12 + 1


def contract_year_start(start: date, month: Month) -> date:
    """Return the first day of the contract year that ``month`` belongs to."""
    first = month.plus(1 - contract_month(start, month))
    if first == Month.of(start):
        return start
    return first.first_day


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A period from ``start`` to ``end`` (exclusive), evaluated at ``now``."""

    start: datetime
    end: datetime
    now: datetime


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the assessment: its counts, its points, and the next step up or down.

    ``due_at_end`` (quarterly items of a running month): how many are due when the month ends and not lost yet.
    """

    id: str
    points: int
    score: Fraction
    lost: Fraction
    counts: dict[str, Any]
    no_data: bool
    next_loss: NextStep | None
    next_gain: NextStep | None
    due_at_end: int | None = None


class MonthScore(msgspec.Struct, frozen=True, kw_only=True):
    """A month's score. ``final``: the month is over."""

    month: Month
    final: bool
    base: Fraction
    bonus: Fraction
    total: Fraction
    termination_right: bool
    items: tuple[Item, ...]


def order_inputs(orders: Iterable[Order], span: Span) -> dict[str, dict[str, int]]:
    """Return the counts of the five items that depend on orders, over ``span``.

    An order counts when it was reviewed, dispatched, handled with a call-back required, or received; as late when its
    three hours ran out, whether it was dispatched later or still waits.
    """
    zone: tzinfo | None = UTC
    start, end, now = span.start.astimezone(zone), span.end.astimezone(zone), span.now
    earliest_review = start - DISPATCH_WITHIN
    errors = reviewed = late = accurate = dispatched = called_back = required = problems = received = 0
    # Runs over all orders. Comparing times of one tzinfo is thirty times as fast as of two, and the platform's times
    # share theirs: so the span is converted to the orders' tzinfo, not each order's times.
    for order in orders:
        if order.received_at.tzinfo is not zone:
            zone = order.received_at.tzinfo
            start, end = span.start.astimezone(zone), span.end.astimezone(zone)
            earliest_review = start - DISPATCH_WITHIN
        if start <= order.received_at < end:
            received += 1
            problems += bool(order.problem)
        at = order.reviewed_at
        if at is not None and earliest_review <= at < end:
            if at >= start:
                reviewed += 1
                errors += bool(order.review_errors)
            late += is_late(order, start, end, now)
        at = order.dispatched_at
        if at is not None and start <= at < end:
            dispatched += 1
            accurate += order.dispatch_correct is not False
        if needs_call_back(order):
            at = order.handled_at
            if at is not None and start <= at < end:
                required += 1
                called_back += order.callback_outcome is not None
    return {
        "review_errors": {"errors": errors, "reviewed": reviewed},
        "dispatch_timeliness": {"late": late},
        "dispatch_accuracy": {"accurate": accurate, "dispatched": dispatched},
        "callback_rate": {"called_back": called_back, "required": required},
        "service_ability": {"problems": problems, "received": received},
    }


def late_from(order: Order) -> datetime | None:
    """Return when the dispatch clock ran out before dispatch, or will if the order keeps waiting; None if it did not.

    An order that was handled or closed without a dispatch counts as waiting until then.
    """
    due = dispatch_due_at(order)
    if due is None:
        return None
    if dispatch_clock_runs(order):
        return due
    if order.parent_id is not None and order.dispatched_at is None:
        return None  # it goes to a department with the order that it repeats
    ended = order.dispatched_at or order.handled_at or order.closed_at
    return due if ended is not None and ended > due else None


def needs_call_back(order: Order) -> bool:
    """Return whether an order counts in the call-back rate once handled; a repetition's call-back is its parent's."""
    return order.callback_required and order.parent_id is None


def is_late(order: Order, start: datetime, end: datetime, now: datetime) -> bool:
    """Return whether the order's dispatch clock ran out between ``start`` and ``end`` (exclusive), before ``now``."""
    due = late_from(order)
    return due is not None and start <= due < end and due < now


def employed(person: Person, month: Month) -> bool:
    """Return whether the person held a counted post on at least one day of ``month``, the day of leaving included."""
    if person.post not in COUNTED_POSTS or person.hired_on >= month.plus(1).first_day:
        return False
    return person.left_on is None or person.left_on >= month.first_day


def left(person: Person, month: Month) -> bool:
    """Return whether the person held a counted post and left in ``month``."""
    return person.post in COUNTED_POSTS and person.left_on is not None and Month.of(person.left_on) == month


def people_inputs(people: Iterable[Person], month: Month) -> dict[str, dict[str, int]]:
    """Return the counts of the two items that depend on people."""
    staff = [person for person in people if employed(person, month)]
    return {
        "attrition": {"left": sum(left(person, month) for person in staff), "employed": len(staff)},
        "education": {"below": sum(person.education == "below_college" for person in staff)},
    }


def fact_inputs(
    facts: Iterable[Fact], month: Month, contract_start: date, *, running: bool
) -> dict[str, dict[str, Any]]:
    """Return the counts of the items that depend on facts, and the facts of incidents and praise.

    While the month runs, a quarterly item only has to meet what was ``due`` at the end of the previous month.
    """
    facts = list(facts)
    of_month = [fact for fact in facts if Month.of(fact.day) == month]
    since, until = contract_year_start(contract_start, month), month.plus(1).first_day
    number = contract_month(contract_start, month)
    exams = [fact for fact in of_month if fact.kind == "onboarding_exam" and not of_fact(fact)]
    courses = [fact for fact in of_month if fact.kind == "onboarding_training" and fact.days is not None]
    inputs: dict[str, dict[str, Any]] = {
        "onboarding_exam": {
            "passed": sum(fact.passed or 0 for fact in exams),
            "sat": sum(fact.sat or 0 for fact in exams),
        },
        "onboarding_period": {"days": [fact.days for fact in courses for _ in range(fact.count)]},
        "training": {"sessions": sum(fact.count for fact in of_month if fact.kind == "training")},
    }
    for item, kind in QUARTERLY.items():
        done = sum(fact.count for fact in facts if fact.kind == kind and since <= fact.day < until)
        inputs[item] = {"contract_month": number, "done": done}
        if running:
            inputs[item]["due"] = scoring.quarterly_due(number - 1)
    inputs["major_incidents"] = {"facts": [fact for fact in of_month if fact.kind in scoring.DEDUCTIONS]}
    inputs["bonus"] = {"facts": [fact for fact in of_month if fact.kind in scoring.BONUSES]}
    return inputs


def month_inputs(
    month: Month,
    *,
    orders: Iterable[Order],
    people: Iterable[Person],
    facts: Iterable[Fact],
    zone: tzinfo,
    contract_start: date,
    now: datetime,
) -> dict[str, dict[str, Any]]:
    """Return the inputs of ``month``: item (and ``bonus``) → counts, named as in the contract's worked examples."""
    span = Span(start=month.start(zone), end=month.end(zone), now=now)
    return {
        **order_inputs(orders, span),
        **people_inputs(people, month),
        **fact_inputs(facts, month, contract_start, running=now < span.end),
    }


def month_score(
    month: Month,
    inputs: Mapping[str, Mapping[str, Any]],
    *,
    final: bool,
    termination_right: bool = False,
    readings: Readings = DEFAULT,
    before: MonthScore | None = None,
) -> MonthScore:
    """Return the month's score, item by item, from ``month_inputs``.

    ``before``: a previous result with the same ``readings``; items with unchanged counts are taken from it.
    """
    known = {item.id: item for item in before.items} if before is not None and before.final == final else {}
    items = tuple(
        known[metric]
        if metric in known and known[metric].counts == inputs[metric]
        else _item(metric, inputs[metric], final, readings)
        for metric in POINTS
    )
    base = sum((item.score for item in items), Fraction(0))
    bonus = score("bonus", inputs["bonus"])
    return MonthScore(
        month=month,
        final=final,
        base=base,
        bonus=bonus,
        total=base + bonus,
        termination_right=termination_right,
        items=items,
    )


def _item(metric: str, inputs: Mapping[str, Any], final: bool, readings: Readings) -> Item:
    earned = score(metric, inputs, readings)
    due = None
    if metric in QUARTERLY and not final:
        due = max(0, scoring.quarterly_due(inputs["contract_month"]) - inputs["done"])
    return Item(
        id=metric,
        points=POINTS[metric],
        score=earned,
        lost=POINTS[metric] - earned,
        counts=dict(inputs),
        no_data=scoring.no_data(metric, inputs),
        next_loss=next_loss(metric, inputs, readings),
        next_gain=next_gain(metric, inputs, readings),
        due_at_end=due,
    )


def facts_of_contract_year(facts: Iterable[Fact], month: Month, contract_start: date) -> list[Fact]:
    """Return the facts from the start of the contract year to the end of ``month``."""
    since, until = contract_year_start(contract_start, month), month.plus(1).first_day
    return [fact for fact in facts if since <= fact.day < until]
