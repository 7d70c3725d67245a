"""What on an order waits for our decision: returns, extensions, and redoing what the citizen was not satisfied with.

Departments ask, colleagues on the simulated floor decide some hours later by day; a person at a terminal may decide
before. A few are left for long, so that there is something that is stuck. Return reasons are worded so that a reader
can tell a wrong department from a department that would rather not.
"""

from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import Conference, Extension, Order, Redo, Return
from floorctl.simulator.content import outcomes, read
from floorctl.simulator.content.orders import department_names, topic_of
from floorctl.simulator.world.arrivals import lognormal
from floorctl.simulator.world.people import LEADS

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
#: Share of the orders sent to a wrong department that it sends back, and of those sent to a right one.
_WRONG_RETURNED, _RIGHT_RETURNED = 0.9, 0.026
#: The same for an order that went back to the department once; after that it keeps it.
_RETURNED_AGAIN = 0.08
#: Share of the returns that are upheld: by a wrong department, and by a right one.
_WRONG_UPHELD, _RIGHT_UPHELD = 0.95, 0.35
#: Why a department sends back what is its own: not its level, facts missing, in dispute with another.
_RIGHT_REASONS = ("level", "facts", "dispute")
#: Mean hours until a colleague decides, and the longest; share of what is left for long, and for how long, in hours.
_DECIDED_AFTER, _DECIDED_AFTER_MOST = 3.5, 22.0
_LEFT_SHARE, _LEFT = 0.07, (25.0, 40.0)
#: Share of the returns of an order that was returned before that a conference decides.
_CONFERENCE_SHARE = 0.6
_EXTENSION_SHARE, _GRANTED_SHARE = 0.035, 0.85
#: Shortest time to handle for which more is asked for.
_WORTH_EXTENDING = timedelta(days=3)
_EXTENDED_BY = (3, 5, 5, 7)
#: Satisfaction up to which an order is done again, and how often at most.
_UNSATISFIED, _REDOS_AT_MOST = 2, 2


def since(order: Order) -> datetime:
    """Return when the departments got an order last: by its dispatch, a return not upheld, or to be done again."""
    at = order.dispatched_at or order.received_at
    if order.return_log and (decided := order.return_log[-1].decided_at) is not None:
        at = max(at, decided)
    return max(at, order.redos[-1].at) if order.redos else at


def returned(order: Order, rng: Random, after: datetime | None) -> tuple[datetime, Order] | None:
    """Return when the department sends a dispatched order back and the order then; None if it keeps it."""
    lead = order.lead_department_id
    wrong = not outcomes.fits(order, lead)
    if order.returns == 0:
        share = _WRONG_RETURNED if wrong else _RIGHT_RETURNED if order.urgency == "normal" else 0.0
    elif order.returns == 1 and not order.redos:
        share = _WRONG_RETURNED if wrong else _RETURNED_AGAIN
    else:
        share = 0.0
    if lead is None or rng.random() >= share:
        return None
    at = not_before(since(order) + rng.uniform(1.5, 7) * _HOUR, after, rng, 2 * _HOUR)
    return at, sent_back(order, rng, at)


def sent_back(order: Order, rng: Random, at: datetime) -> Order:
    """Return the order as its department sends it back at ``at``, with a reason."""
    lead = order.lead_department_id or ""
    wrong = not outcomes.fits(order, lead)
    right = _another(order, rng)
    kind = "wrong" if wrong else rng.choice(_RIGHT_REASONS) if right is not None else "facts"
    log = (*order.return_log, Return(at=at, department_id=lead, reason=_reason(order, rng, kind, right)))
    return replace(order, state="returned", returns=order.returns + 1, return_log=log, accepted_at=None)


def _reason(order: Order, rng: Random, kind: str, right: str | None) -> str:
    words = read("work")["returns"][kind]
    named = department_names().get(right or "", read("work")["returns"]["others"])
    return str(rng.choice(words)).format(region=order.region or "", right=named, matter=_matter(order))


def _matter(order: Order) -> str:
    topic = topic_of(order.category_id)
    return topic.path[-1] if topic is not None else order.title


def _another(order: Order, rng: Random) -> str | None:
    """Return a department that handles such matters and does not have the order; None if there is no other."""
    others = [each for each in outcomes.handling(order) if each != order.lead_department_id]
    return rng.choice(others) if others else None


def decided(order: Order, rng: Random, after: datetime | None) -> tuple[datetime, Order]:
    """Return when a colleague decides the newest return and the order then.

    Upheld it waits for another dispatch, else it goes back to the same department. One that comes back for the second
    time is mostly decided by a conference.
    """
    newest = order.return_log[-1]
    at = _decision_at(newest.at, after, rng)
    wrong = not outcomes.fits(order, newest.department_id)
    other = _another(order, rng)
    upheld = rng.random() < (_WRONG_UPHELD if wrong else _RIGHT_UPHELD if other is not None else 0.0)
    conferences = order.conferences
    if other is not None and order.returns > 1 and rng.random() < _CONFERENCE_SHARE:
        lead = other if upheld else newest.department_id
        conferences = (*conferences, _conference(order, rng, at, lead, newest.department_id if upheld else other))
    note = rng.choice(read("work")["returns"]["upheld" if upheld else "kept"])
    log = (
        *order.return_log[:-1],
        replace(newest, upheld=upheld, decided_by=rng.choice(LEADS), decided_at=at, note=note),
    )
    moved = replace(order, return_log=log, conferences=conferences)
    return at, replace(moved, dispatch_correct=False) if upheld else replace(moved, state="dispatched")


def _conference(order: Order, rng: Random, at: datetime, lead: str, other: str) -> Conference:
    names = department_names()
    minutes = rng.choice(read("work")["returns"]["minutes"]).format(
        lead=names.get(lead, lead), other=names.get(other, other), matter=_matter(order), region=order.region or ""
    )
    return Conference(
        at=at - 10 * _MINUTE,
        by=rng.choice(LEADS),
        department_ids=(lead, other),
        lead_department_id=lead,
        minutes=minutes,
    )


def departments_after(order: Order, rng: Random) -> tuple[str, ...]:
    """Return the departments that an order goes to after a return that was upheld."""
    agreed = order.conferences[-1].lead_department_id if order.conferences else None
    if agreed is not None:
        return (agreed,)
    return (_another(order, rng) or outcomes.responsible(rng, order)[0],)


# -- extensions ----------------------------------------------------------------------------------------------------


def asks_for_more(
    order: Order, rng: Random, calendar: WorkCalendar, due: datetime, after: datetime | None
) -> tuple[datetime, Order] | None:
    """Return when the department of an accepted order asks for an extension and the order then; None if it does not."""
    begins = max(since(order), order.accepted_at or order.received_at)
    lead = order.lead_department_id
    if order.extension is not None or order.urgency != "normal" or lead is None or due - begins < _WORTH_EXTENDING:
        return None
    if rng.random() >= _EXTENSION_SHARE:
        return None
    at = calling_hours(begins + (due - begins) * rng.uniform(0.45, 0.9), rng)
    if at >= due or at <= begins or (after is not None and at <= after):
        return None
    return at, asked(order, rng, calendar, due, at)


def asked(order: Order, rng: Random, calendar: WorkCalendar, due: datetime, at: datetime) -> Order:
    """Return the order as its department asks at ``at`` for a later limit than ``due``."""
    lead = order.lead_department_id or ""
    reason = rng.choice(read("work")["extensions"]["reasons"]).format(matter=_matter(order))
    until = calendar.add_working_days(due, rng.choice(_EXTENDED_BY))
    return replace(order, extension=Extension(asked_at=at, department_id=lead, reason=reason, until=until))


def extension_decided(order: Order, rng: Random, after: datetime | None) -> tuple[datetime, Order]:
    """Return when a colleague decides the extension and the order then; granted, its end is the limit."""
    asked = order.extension
    assert asked is not None
    at = _decision_at(asked.asked_at, after, rng)
    granted = rng.random() < _GRANTED_SHARE
    answered = replace(asked, granted=granted, decided_by=rng.choice(LEADS), decided_at=at)
    return at, replace(order, extension=answered, due_at=asked.until if granted else order.due_at)


# -- doing it again ------------------------------------------------------------------------------------------------


def unsatisfied(order: Order) -> bool:
    """Return whether a colleague still has an order done again that the citizen was not satisfied with."""
    return order.satisfaction is not None and order.satisfaction <= _UNSATISFIED and len(order.redos) < _REDOS_AT_MOST


def done_again(order: Order, rng: Random, after: datetime | None) -> tuple[datetime, Order]:
    """Return when a colleague sends an order back to its departments and the order then, without its new limit."""
    at = _decision_at(order.callback_at or order.closed_at or order.received_at, after, rng, 3.0)
    reason = rng.choice(read("work")["redos"]["reasons"])
    return at, replace(
        order,
        state="dispatched",
        redos=(*order.redos, Redo(at=at, by=rng.choice(LEADS), reason=reason)),
        accepted_at=None,
        handled_at=None,
        callback_at=None,
        callback_outcome=None,
        satisfaction=None,
        closed_at=None,
        extension=None,
    )


# -- when ----------------------------------------------------------------------------------------------------------


def _decision_at(asked: datetime, after: datetime | None, rng: Random, slower: float = 1.0) -> datetime:
    hours = min(lognormal(rng, _DECIDED_AFTER * slower, 0.9), _DECIDED_AFTER_MOST * slower)
    if rng.random() < _LEFT_SHARE:
        hours = rng.uniform(*_LEFT)
    return calling_hours(not_before(asked + hours * _HOUR, after, rng, 2 * _HOUR), rng)


def not_before(at: datetime, after: datetime | None, rng: Random, mean: timedelta) -> datetime:
    """Return ``at``, or a time after ``after`` if that is later: ``mean`` later on average."""
    return at if after is None or at > after else after + max(rng.expovariate(1.0), 0.05) * mean


def calling_hours(at: datetime, rng: Random) -> datetime:
    """Return ``at``, or the next time by day."""
    if at.hour >= 20:
        at += 24 * _HOUR
    if not 9 <= at.hour < 20:
        at = at.replace(hour=rng.randrange(9, 19))
    return at
