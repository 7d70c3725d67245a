"""The life of an order, step by step: received, reviewed, dispatched, accepted, handled, called back, closed.

``next_step`` returns when an order next moves by itself, and its state then; people's commands may move it first, and
it continues from there. The rates are those of an ordinary day: about 2 % of the reviews find an error, about 2 % of
the dispatches go to the wrong department, a few are late, a few are handled past their limit; more or fewer in a month
that goes worse or better (``luck.py``). What departments send back or ask for, and what is done again, is in
``waiting_for_us.py``.
"""

from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import Order, Urge
from floorctl.rules.orders import deadlines
from floorctl.simulator.content import outcomes, read
from floorctl.simulator.content.orders import Matter, topics
from floorctl.simulator.world import waiting_for_us
from floorctl.simulator.world.arrivals import lognormal
from floorctl.simulator.world.luck import USUAL, Luck
from floorctl.simulator.world.waiting_for_us import calling_hours as _calling_hours
from floorctl.simulator.world.waiting_for_us import not_before as _not_before

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_BY_PHONE = (("phone", 97), ("transfer", 3))
_IN_WRITING = (("wechat", 45), ("web", 30), ("app", 25))
_DAY_HOURS = range(8, 20)
_LINGER_SHARE = 0.02
#: Mean share of its time that a department takes.
_PACE = 0.24
#: Minutes within which an order is dispatched unless it is forgotten.
_IN_TIME = 170.0
#: Average time that an overdue order stays as it is.
_LINGERING = timedelta(days=3)
_URGE_IGNORED_SHARE = 0.15
_CALLBACK_SHARE = 0.88
_OUTCOMES = (("reached", 82), ("no_answer", 12), ("refused", 4), ("wrong_number", 2))
_SATISFACTION = ((5, 62), (4, 24), (3, 8), (2, 4), (1, 2))
#: The same by how often the order was done again.
_SATISFACTION_THEN = (_SATISFACTION, ((5, 40), (4, 38), (3, 14), (2, 6), (1, 2)), ((4, 30), (3, 70)))
#: Share of the orders of a type that are kept confidential, beside those that ask for it in words.
_CONFIDENTIAL_SHARE = {"report": 0.11, "complaint": 0.02}
_ON_THE_SPOT_SHARE = 0.93


def pick(rng: Random, choices: tuple[tuple[str, int], ...] | tuple[tuple[int, int], ...]) -> str | int:
    """Return one of ``choices``, drawn by weight."""
    return rng.choices([each for each, _ in choices], weights=[weight for _, weight in choices])[0]


def rng_for(seed: int, order_id: str, order: Order) -> Random:
    """Return the random generator of an order's next step, the same as long as the order does not move."""
    decided = sum(each.decided_at is not None for each in order.return_log) if order.return_log else 0
    asked = 0 if order.extension is None else 1 + (order.extension.granted is not None)
    again = f":{decided}:{asked}:{len(order.redos)}" if decided or asked or order.redos else ""
    return Random(f"{seed}:{order_id}:{order.state}:{order.returns}:{order.callback_at is not None}{again}")


def receive(
    rng: Random, number: str, matter: Matter, at: datetime, *, agent_id: str | None, phone: str | None = None
) -> Order:
    """Return a new order received at ``at``; an inquiry is mostly answered on the spot."""
    # What cannot wait is not written where somebody answers the phone.
    phoned = phone is not None or (agent_id is not None and matter.topic.urgency != "normal")
    channel = str(pick(rng, _BY_PHONE if phoned else _IN_WRITING))
    told = matter.told(rng, at, channel)
    topic = told.topic
    citizen = told.citizen(rng, at)
    if phone is not None:
        citizen = replace(citizen, phone=phone)
    order = Order(
        number=number,
        line=topic.line,
        channel=channel,
        type=told.case.type,
        urgency=topic.urgency,
        state="received",
        title=told.title,
        content=told.content(rng, citizen, channel),
        category_id=topic.category_id,
        region=matter.region,
        citizen=citizen,
        agent_id=agent_id if channel in ("phone", "transfer") else None,
        received_at=at,
    )
    confidential = _CONFIDENTIAL_SHARE.get(order.type)
    if confidential is not None and (read("orders")["confidential"] in order.content or rng.random() < confidential):
        order = replace(order, confidential=True)
    if order.type == "inquiry" and topic.urgency == "normal" and rng.random() < _ON_THE_SPOT_SHARE:
        return answered(rng, order)
    return order


def answered(rng: Random, order: Order) -> Order:
    """Return the order as one that was answered on the spot."""
    return replace(
        order,
        state="answered",
        result=outcomes.answer(rng, order),
        closed_at=order.received_at + rng.randrange(60, 240) * timedelta(seconds=1),
    )


def next_step(
    order: Order, rng: Random, calendar: WorkCalendar, after: datetime | None = None, luck: Luck = USUAL
) -> tuple[datetime, Order] | None:
    """Return when ``order`` next moves by itself and its state then; None if it is over.

    ``after``: the order is still unchanged at that time, so a step that was due before is delayed from there.
    ``luck``: how often something goes wrong.
    """
    match order.state:
        case "received":
            at = _not_before(order.received_at + rng.uniform(1, 6) * _MINUTE, after, rng, 4 * _MINUTE)
            return at, replace(order, state="review")
        case "review":
            return _review(order, rng, after, luck)
        case "ready":
            return _dispatch(order, rng, calendar, after, luck)
        case "dispatched":
            return waiting_for_us.returned(order, rng, after) or _accept(order, rng, calendar, after)
        case "returned":
            return _after_return(order, rng, calendar, after)
        case "accepted":
            return _handle(order, rng, calendar, after)
        case "handled" | "closed" if waiting_for_us.unsatisfied(order):
            at, again = waiting_for_us.done_again(order, rng, after)
            return at, replace(again, due_at=limit(again, calendar))
        case "handled":
            return _call_back(order, rng, after, luck)
        case _:
            return None


def _special(order: Order) -> bool:
    return order.urgency != "normal"


def _review(order: Order, rng: Random, after: datetime | None, luck: Luck) -> tuple[datetime, Order]:
    if order.urgency == "special_urgent":
        minutes = rng.uniform(2, 5)
    else:
        minutes = 6 + rng.expovariate(1 / (12 if order.received_at.hour in _DAY_HOURS else 40))
    at = _not_before(order.received_at + (minutes + 3) * _MINUTE, after, rng, 12 * _MINUTE)
    words = read("work")
    errors = (rng.choice(words["review_errors"]),) if rng.random() < luck.review_errors else ()
    problem = order.problem
    if problem is None and order.agent_id is not None and rng.random() < luck.problems:
        problem = rng.choice(words["problems"])
    return at, replace(order, state="ready", reviewed_at=at, review_errors=errors, problem=problem)


def _dispatch(
    order: Order, rng: Random, calendar: WorkCalendar, after: datetime | None, luck: Luck
) -> tuple[datetime, Order]:
    reviewed = order.reviewed_at or order.received_at
    if order.urgency == "special_urgent":
        minutes = rng.uniform(3, 9)
    elif order.urgency == "special":
        minutes = rng.uniform(6, 25)
    elif reviewed.hour in _DAY_HOURS:
        minutes = min(lognormal(rng, 24, 0.7), _IN_TIME)
    else:
        minutes = min(lognormal(rng, 45, 0.5), _IN_TIME)
    if rng.random() < luck.dispatch_late and not _special(order):
        minutes = 180 + rng.uniform(2, 90)
    at = _not_before(reviewed + minutes * _MINUTE, after, rng, 30 * _MINUTE)
    departments = outcomes.responsible(rng, order)
    if rng.random() < luck.dispatch_wrong:
        every = sorted({each for topic in topics() for each in topic.departments})
        departments = (rng.choice(every),)
    return at, _sent(order, rng, calendar, at, departments)


def _after_return(order: Order, rng: Random, calendar: WorkCalendar, after: datetime | None) -> tuple[datetime, Order]:
    """Let a colleague decide the return; one that was upheld is dispatched again within the hour after."""
    newest = order.return_log[-1] if order.return_log else None
    if newest is not None and newest.upheld is None:
        return waiting_for_us.decided(order, rng, after)
    decided_at = newest.decided_at if newest is not None else None
    at = (decided_at or order.dispatched_at or order.received_at) + rng.uniform(20, 90) * _MINUTE
    at = _not_before(at, after, rng, 40 * _MINUTE)
    return at, _sent(order, rng, calendar, at, waiting_for_us.departments_after(order, rng))


def _sent(order: Order, rng: Random, calendar: WorkCalendar, at: datetime, departments: tuple[str, ...]) -> Order:
    return replace(
        order,
        state="dispatched",
        dispatched_at=order.dispatched_at or at,
        lead_department_id=departments[0],
        department_ids=departments,
        due_at=limit(order, calendar) if rng.random() < 0.9 else order.due_at,
    )


def limit(order: Order, calendar: WorkCalendar) -> datetime:
    """Return the department's limit by the rules in force on the day of receipt, on the full minute."""
    begins = order.redos[-1].at if order.redos else order.received_at
    plain = replace(order, state="dispatched", received_at=begins, due_at=None, extension=None, redos=())
    counted = deadlines.limit_at(plain, calendar)
    assert counted is not None
    return counted.replace(second=0, microsecond=0)


def _accept(order: Order, rng: Random, calendar: WorkCalendar, after: datetime | None) -> tuple[datetime, Order]:
    since = waiting_for_us.since(order)
    minutes = rng.uniform(4, 20) if _special(order) else 10 + rng.expovariate(1 / 90)
    at = since + minutes * _MINUTE
    at = _not_before(at, after, rng, (10 if _special(order) else 90) * _MINUTE)
    at = at if _special(order) else _office_hours(at, calendar)
    due = order.due_at
    if order.redos and due is not None and due <= order.redos[-1].at:
        due = limit(order, calendar)  # a person had it done again and gave no limit
    return at, replace(order, state="accepted", accepted_at=at, due_at=due)


def _handle(order: Order, rng: Random, calendar: WorkCalendar, after: datetime | None) -> tuple[datetime, Order]:
    since = waiting_for_us.since(order)
    extension = order.extension
    due = order.due_at or limit(order, calendar)
    if extension is not None and extension.granted is None:
        return waiting_for_us.extension_decided(order, rng, after)
    asking = waiting_for_us.asks_for_more(order, rng, calendar, due, after)
    if asking is not None:
        return asking
    at = since + (due - since) * min(lognormal(rng, _PACE, 0.5), 1.6)
    if extension is not None and extension.decided_at is not None:
        at = extension.decided_at + (due - extension.decided_at) * rng.uniform(0.1, 0.95)
    if rng.random() < _LINGER_SHARE:
        at = due + rng.uniform(0.3, 8) * 24 * _HOUR
    accepted = order.accepted_at or since
    at = max(at, accepted + 10 * _MINUTE)
    if after is not None and at <= after:
        # Still not handled: in time after all if there is time, else it stays for days.
        in_time = due > after and rng.random() > _LINGER_SHARE
        at = after + (due - after) * rng.uniform(0.05, 0.98) if in_time else _not_before(at, after, rng, _LINGERING)
    soonest = max(accepted + 10 * _MINUTE, after + 5 * _MINUTE if after else accepted)
    for urge in order.urges:
        hurried = urge.at + _urged_after(rng, urge)
        # An urge that has had no effect by now will have none.
        if after is None or hurried > after or urge.at > after - _HOUR:
            at = min(at, max(hurried, soonest))
    at = at if _special(order) else _office_hours(at, calendar)
    return at, replace(
        order,
        state="handled",
        handled_at=at,
        result=outcomes.result(rng, order),
        callback_required=rng.random() < _CALLBACK_SHARE,
        dispatch_correct=order.dispatch_correct is not False,
    )


def _urged_after(rng: Random, urge: Urge) -> timedelta:
    """Return how long an urge takes to work: mostly less than a day, less at a higher level; some are ignored."""
    if rng.random() < _URGE_IGNORED_SHARE:
        return 10 * 24 * _HOUR
    return rng.uniform(0.4, 9) / urge.level * _HOUR


def _call_back(order: Order, rng: Random, after: datetime | None, luck: Luck) -> tuple[datetime, Order]:
    handled = order.handled_at or order.received_at
    if not order.callback_required or (order.callback_at is None and rng.random() < luck.never_called):
        at = _not_before(handled + rng.uniform(10, 120) * _MINUTE, after, rng, _HOUR)
        return at, replace(order, state="closed", closed_at=at)
    second = order.callback_at is not None
    hours = rng.uniform(3, 26) if second else min(0.3 + rng.expovariate(1 / 2.2), 40)
    at = _not_before((order.callback_at or handled) + hours * _HOUR, after, rng, 2 * _HOUR)
    at = _calling_hours(at, rng)
    outcome = str(pick(rng, _OUTCOMES))
    reached = outcome == "reached"
    return at, replace(
        order,
        callback_at=at,
        callback_outcome=outcome,
        satisfaction=int(pick(rng, _SATISFACTION_THEN[min(len(order.redos), 2)])) if reached else None,
        # The second call is the last, whether the citizen is reached or not.
        state="closed" if reached or second else "handled",
        closed_at=at if reached or second else None,
    )


def _office_hours(at: datetime, calendar: WorkCalendar) -> datetime:
    """Return ``at``, or the next working morning if the department's office is closed then."""
    if at.hour >= 18:
        at += 24 * _HOUR
    if not 9 <= at.hour < 18:
        # Vary the hour, so that not everything is handled first thing in the morning.
        at = at.replace(hour=9 + at.minute % 8)
    while not calendar.is_working_day(at.date()):
        at += 24 * _HOUR
    return at
