"""Acts on orders: review, dispatch, urge, call back, mark as a problem."""

from msgspec.structs import replace

from floorctl.models.base import Entity
from floorctl.models.orders import Department, Order, Urge
from floorctl.rules.commands import payloads
from floorctl.rules.commands.act import Act, Effects, before, require_state
from floorctl.rules.commands.refusal import refused
from floorctl.rules.orders.deadlines import unhandled


def review(act: Act, target: Entity | None, data: payloads.OrderReview) -> Effects:
    """初审: ready either way; what was found wrong stays with the order, and the dispatch clock starts."""
    order = before(target, Order)
    require_state(order.state, ("review",), "order_state")
    return act.becomes(replace(order, state="ready", reviewed_at=act.at, review_errors=data.errors))


def dispatch(act: Act, target: Entity | None, data: payloads.OrderDispatch) -> Effects:
    """派单: the first dispatch stops the clock; another one after a return keeps the first one's time."""
    order = before(target, Order)
    require_state(order.state, ("ready", "returned"), "order_state")
    if data.lead_department_id not in data.department_ids:
        raise refused("lead_department_id", "lead_not_among")
    for at, department_id in enumerate(data.department_ids):
        act.find("department", department_id, Department, f"department_ids[{at}]")
    if data.due_at is not None and data.due_at <= act.command.made_at:
        raise refused("due_at", "due_in_the_past")
    return act.becomes(
        replace(
            order,
            state="dispatched",
            dispatched_at=order.dispatched_at or act.at,
            accepted_at=None,
            lead_department_id=data.lead_department_id,
            department_ids=tuple(dict.fromkeys(data.department_ids)),
            due_at=data.due_at or order.due_at,
        )
    )


def urge(act: Act, target: Entity | None, data: payloads.OrderUrge) -> Effects:
    """催办: one more urge, while there is something to handle."""
    order = before(target, Order)
    if any(_same(act, urge, data) for urge in order.urges):
        return {}
    if not unhandled(order):
        raise refused("target", "already_handled")
    added = Urge(at=act.at, by=act.by, level=data.level, note=data.note)
    return act.becomes(replace(order, urges=(*order.urges, added)))


def _same(act: Act, urge: Urge, data: payloads.OrderUrge) -> bool:
    return (urge.by, urge.level, urge.note) == (act.by, data.level, data.note) and urge.at >= act.command.made_at


def callback(act: Act, target: Entity | None, data: payloads.OrderCallback) -> Effects:
    """回访: an attempt with its outcome; the order is closed where the citizen was reached."""
    order = before(target, Order)
    require_state(order.state, ("handled",), "order_state")
    reached = data.outcome == "reached"
    if data.satisfaction is not None and not reached:
        raise refused("satisfaction", "not_reached")
    return act.becomes(
        replace(
            order,
            state="closed" if reached else "handled",
            closed_at=act.at if reached else order.closed_at,
            callback_at=act.at,
            callback_outcome=data.outcome,
            satisfaction=data.satisfaction,
        )
    )


def problem(act: Act, target: Entity | None, data: payloads.OrderProblem) -> Effects:
    """问题工单, in any state."""
    return act.becomes(replace(before(target, Order), problem=data.problem))
