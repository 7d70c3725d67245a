"""卡单: what on an order waits for our decision (contract 1.1): a return, an extension, a redo.

An order waits for one thing at a time, the most pressing one. All times are aware; exactly at a limit is in time.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from floorctl.models.orders import Conference, Extension, Order, Return
from floorctl.rules.orders.deadlines import unhandled

#: What an order may wait for, the most pressing first: an extension has to be decided before the limit.
STUCK = ("extension", "return", "redo")
#: What it is called more exactly: a dispute is a return after another one, 督办 a redo after two others.
WAITS_FOR = ("extension", "return", "dispute", "redo", "supervision")
#: Satisfaction up to which a redo is proposed.
UNSATISFIED = 2
#: How long after the call-back a redo is proposed; later the order counts as left as it is.
REDO_PROPOSED_FOR = timedelta(days=7)
#: Redos after which the next is put under supervision 督办.
REDOS_BEFORE_SUPERVISION = 2
#: Time to decide a return, unless the configuration says otherwise.
RETURN_WITHIN = timedelta(hours=24)
#: Returns from which on a conference 会商 is proposed.
RETURNS_BEFORE_CONFERENCE = 2


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What an order waits for.

    ``kind``: one of ``WAITS_FOR``. ``department_id``: who asked; None for a redo, which the citizen's answer proposes.
    ``until``: the limit that an extension asks for. ``due_at``: when it should be decided; None: no clock. ``lamp``:
    waiting, due_soon, late, or none without a clock. ``proposed``: the decision to propose (``grant``, ``refuse``,
    ``uphold``, ``send_back``, ``confer``, ``redo``, ``supervise``: a redo under supervision); empty where the rules
    know of none.
    """

    kind: str
    since: datetime
    department_id: str | None = None
    until: datetime | None = None
    due_at: datetime | None = None
    lamp: str = "none"
    proposed: str = ""


def open_return(order: Order) -> Return | None:
    """Return the undecided return of an order; None if there is none, or the platform tells nothing of its returns."""
    newest = order.return_log[-1] if order.return_log and order.state == "returned" else None
    return newest if newest is not None and newest.upheld is None else None


def open_extension(order: Order) -> Extension | None:
    """Return the undecided extension of an order that is still to be handled; None if there is none."""
    asked = order.extension
    return asked if asked is not None and asked.granted is None and unhandled(order) else None


def redo_proposed(order: Order) -> bool:
    """Return whether the citizen was not satisfied with an order that is handled or closed."""
    return order.state in ("handled", "closed") and order.satisfaction is not None and order.satisfaction <= UNSATISFIED


def reason(order: Order) -> str:
    """Return why the department asks for a decision; empty where none asks."""
    asked = open_extension(order) or open_return(order)
    return "" if asked is None else asked.reason


def redo_since(order: Order) -> datetime:
    """Return since when a redo is proposed: the call-back, or what else is known to be latest."""
    return order.callback_at or order.closed_at or order.handled_at or order.received_at


def stuck(order: Order) -> str:
    """Return what the order waits for: one of ``STUCK``, empty if nothing; a redo however long ago."""
    if open_extension(order) is not None:
        return "extension"
    if open_return(order) is not None:
        return "return"
    return "redo" if redo_proposed(order) else ""


def stuck_at(order: Order, limit: datetime | None) -> datetime | None:
    """Return the time that orders waiting for the same thing are listed by; None where it waits for nothing.

    An extension has to be decided by the order's limit; of returns and redos, the one that waits longest is first.
    """
    if open_extension(order) is not None:
        return limit
    if (sent_back := open_return(order)) is not None:
        return sent_back.at
    return redo_since(order) if redo_proposed(order) else None


def still_stuck(order: Order, now: datetime) -> bool:
    """Return whether the order waits for a decision at ``now``: the proposal of a redo ends by itself."""
    waits_for = stuck(order)
    return bool(waits_for) and (waits_for != "redo" or now - redo_since(order) <= REDO_PROPOSED_FOR)


def waiting(
    order: Order,
    limit: datetime | None,
    now: datetime,
    *,
    limit_soon: bool = False,
    return_within: timedelta = RETURN_WITHIN,
    usual_departments: Collection[str] = (),
) -> Waiting | None:
    """Return what the order waits for at ``now``; None if nothing.

    ``limit``: the order's limit, which an extension has to be decided by; ``limit_soon``: whether it is due soon.
    ``usual_departments``: those that orders of its category go to.
    """
    if not still_stuck(order, now):
        return None
    if (asked := open_extension(order)) is not None:
        return Waiting(
            kind="extension",
            since=asked.asked_at,
            department_id=asked.department_id,
            until=asked.until,
            due_at=limit,
            lamp="none" if limit is None else "late" if now > limit else "due_soon" if limit_soon else "waiting",
            proposed="refuse" if limit is not None and asked.asked_at > limit else "grant",
        )
    if (sent_back := open_return(order)) is not None:
        due = sent_back.at + return_within
        return Waiting(
            kind="dispute" if disputed(order) else "return",
            since=sent_back.at,
            department_id=sent_back.department_id,
            due_at=due,
            lamp=return_lamp(due - now, return_within),
            proposed=proposed_on_return(order, sent_back, usual_departments),
        )
    again = len(order.redos) >= REDOS_BEFORE_SUPERVISION
    kind, proposed = ("supervision", "supervise") if again else ("redo", "redo")
    return Waiting(kind=kind, since=redo_since(order), proposed=proposed)


def return_lamp(left: timedelta, within: timedelta) -> str:
    """Return the state of the clock of a return: as the dispatch clock, amber in the last third of ``within``."""
    if left < timedelta(0):
        return "late"
    return "due_soon" if left <= within / 3 else "waiting"


def disputed(order: Order) -> bool:
    """Return whether departments sent the order back more than once."""
    return max(len(order.return_log), order.returns) >= RETURNS_BEFORE_CONFERENCE


def proposed_on_return(order: Order, sent_back: Return, usual_departments: Collection[str] = ()) -> str:
    """Return the decision to propose on a return; empty where nothing speaks for either.

    What a conference agreed decides. Without one, a dispute asks for it, and a first return is judged by whether orders
    of the category usually go to the department.
    """
    agreed = agreed_lead(order)
    if agreed is not None:
        return "send_back" if agreed == sent_back.department_id else "uphold"
    if disputed(order):
        return "confer"
    if not usual_departments:
        return ""
    return "send_back" if sent_back.department_id in usual_departments else "uphold"


def agreed_lead(order: Order) -> str | None:
    """Return the department that the latest conference agreed is in charge; None where there is none."""
    latest: Conference | None = order.conferences[-1] if order.conferences else None
    return None if latest is None else latest.lead_department_id
