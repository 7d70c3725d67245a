"""Acts on orders: review, dispatch, urge, call back, mark as a problem.

What is decided on orders that got stuck, and what repeats, is in ``decisions`` and ``repetitions`` beside this module.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta
from msgspec.structs import replace

from floorctl.models.base import Entity, Str20k, Time
from floorctl.models.orders import Department, Order, Urge
from floorctl.rules.commands.act import Act, Effects, existing, require_state
from floorctl.rules.commands.payload import Id, Payload, Words
from floorctl.rules.commands.refusal import refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SL, SLI
from floorctl.rules.orders import decisions, repetitions  # noqa: F401  they declare the other kinds of acts on orders
from floorctl.rules.orders.deadlines import unhandled


def _called_back(data: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in data.items() if name != "outcome"}
    state = "closed" if data.get("outcome") == "reached" else "handled"
    return {"state": state, "callback_outcome": data.get("outcome"), **rest}


class OrderReview(Payload, frozen=True, kw_only=True):
    """初审: the errors found; empty if there are none."""

    errors: tuple[Str20k, ...]


@command(
    "order.review",
    data=OrderReview,
    roles=SL,
    base=True,
    leaves=lambda data: {"state": "ready", "review_errors": data.get("errors", [])},
    question="errors",
)
def review(act: Act, target: Entity | None, data: OrderReview) -> Effects:
    """初审: record the errors, make the order ready (with or without errors) and start the dispatch clock."""
    order = existing(target, Order)
    require_state(order.state, ("review",), "order_state")
    return act.becomes(replace(order, state="ready", reviewed_at=act.at, review_errors=data.errors))


class OrderDispatch(Payload, frozen=True, kw_only=True):
    """派单: the departments, the lead among them, and the limit (None: as before)."""

    department_ids: Annotated[tuple[Id, ...], Meta(min_length=1)]
    lead_department_id: Id
    due_at: Time | None = None


@command(
    "order.dispatch",
    data=OrderDispatch,
    roles=SL,
    base=True,
    names={"lead_department_id": "department"},
    leaves=lambda data: {"state": "dispatched", **data},
    question="departments",
)
def dispatch(act: Act, target: Entity | None, data: OrderDispatch) -> Effects:
    """派单: dispatch the order; a dispatch after a return keeps the time of the first, which stopped the clock."""
    order = existing(target, Order)
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


class OrderUrge(Payload, frozen=True, kw_only=True):
    """催办: the level (1 to 3) and a note."""

    level: Annotated[int, Meta(ge=1, le=3)]
    note: Str20k | None = None


@command("order.urge", data=OrderUrge, roles=SL, terms={"level": "urge_level"}, listed="level", question="level")
def urge(act: Act, target: Entity | None, data: OrderUrge) -> Effects:
    """催办: add an urge; refused if the order is handled."""
    order = existing(target, Order)
    if any(_same(act, urge, data) for urge in order.urges):
        return {}
    if not unhandled(order):
        raise refused("target", "already_handled")
    added = Urge(at=act.at, by=act.by, level=data.level, note=data.note)
    return act.becomes(replace(order, urges=(*order.urges, added)))


def _same(act: Act, urge: Urge, data: OrderUrge) -> bool:
    return (urge.by, urge.level, urge.note) == (act.by, data.level, data.note) and urge.at >= act.command.made_at


class OrderCallback(Payload, frozen=True, kw_only=True):
    """回访: the outcome of one attempt."""

    outcome: Literal["reached", "no_answer", "refused", "wrong_number"]
    satisfaction: Annotated[int, Meta(ge=1, le=5)] | None = None
    note: Str20k | None = None


@command(
    "order.callback",
    data=OrderCallback,
    roles=SL,
    base=True,
    terms={"outcome": "callback_outcome", "satisfaction": "satisfaction"},
    leaves=_called_back,
    question="outcome",
)
def callback(act: Act, target: Entity | None, data: OrderCallback) -> Effects:
    """回访: record an attempt and its outcome; close the order if the citizen was reached."""
    order = existing(target, Order)
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


class OrderProblem(Payload, frozen=True, kw_only=True):
    """问题工单: what the agent did wrong."""

    problem: Words


@command("order.problem", data=OrderProblem, roles=SLI)
def problem(act: Act, target: Entity | None, data: OrderProblem) -> Effects:
    """问题工单: mark the order as a problem, in any state."""
    return act.becomes(replace(existing(target, Order), problem=data.problem))
