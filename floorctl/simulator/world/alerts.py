"""The platform's own alerts: special orders with their escalation steps, and how they are worked off."""

from datetime import datetime, timedelta, tzinfo
from random import Random

from msgspec.structs import replace

from floorctl.models.alerts import Alert, Step
from floorctl.models.base import Ref
from floorctl.models.orders import Order
from floorctl.rules.alerts.escalation import escalation_steps
from floorctl.simulator.content import read

_SEVERITY = {"special_urgent_order": "critical", "special_order": "warning"}
_JUST_NOW = timedelta(seconds=30)
_NOTES = {"phone_department": "phoned", "report_purchaser": "reported", "follow_up": "followed"}


def kind_of(order: Order) -> str | None:
    """Return the kind of alert that an order raises when received (by the contract); None for an ordinary one."""
    return {"special_urgent": "special_urgent_order", "special": "special_order"}.get(order.urgency)


def alert_of(order_id: str, order: Order, zone: tzinfo) -> tuple[str, Alert] | None:
    """Return the alert that is raised when ``order`` is received, with its id (``rule:subject:day``)."""
    kind = kind_of(order)
    if kind is None:
        return None
    words = read("floor")["alerts"]
    start = order.dispatched_at or order.received_at
    return alert_id(order_id, order, zone), Alert(
        kind=kind,
        severity=_SEVERITY[kind],
        title=words[kind].format(title=order.title),
        detail=words["detail"].format(number=order.number, region=order.region or ""),
        subject=Ref("order", order_id),
        raised_at=order.received_at,
        state="open",
        steps=escalation_steps(kind, start),
    )


def alert_id(order_id: str, order: Order, zone: tzinfo) -> str:
    """Return the id of the alert that ``order`` raises."""
    return f"{kind_of(order)}:{order_id}:{order.received_at.astimezone(zone).date()}"


def dispatched(alert: Alert, at: datetime) -> Alert:
    """Return the alert after its order was dispatched: the due times of open steps count from ``at``."""
    due = {step.kind: step.due_at for step in escalation_steps(alert.kind, at)}
    steps = tuple(
        step if step.done_at is not None else replace(step, due_at=due.get(step.kind, step.due_at))
        for step in alert.steps
    )
    return replace(alert, steps=steps)


def done(rng: Random, alert: Alert, by: str) -> Alert:
    """Return the alert as one of an earlier day that was worked off: acknowledged, each step done, closed."""
    steps = tuple(_step_done(rng, alert, step, by) for step in alert.steps)
    return replace(
        alert,
        state="closed",
        steps=steps,
        acknowledged_by=alert.acknowledged_by or by,
        acknowledged_at=alert.acknowledged_at or alert.raised_at + (alert.steps[0].due_at - alert.raised_at) * 0.2
        if alert.steps
        else alert.raised_at,
    )


def _step_done(rng: Random, alert: Alert, step: Step, by: str) -> Step:
    if step.done_at is not None:
        return step
    share = rng.uniform(0.3, 1.02)
    return replace(
        step,
        done_at=alert.raised_at + (step.due_at - alert.raised_at) * share,
        done_by=by,
        note=read("floor")["alerts"][_NOTES[step.kind]],
    )


def part_done(rng: Random, alert: Alert, by: str, steps: int, now: datetime) -> Alert:
    """Return the alert acknowledged, with its first ``steps`` steps done by ``now``."""
    worked = tuple(_step_done(rng, alert, step, by) for step in alert.steps[:steps])
    in_time = tuple(
        replace(step, done_at=min(step.done_at, now - _JUST_NOW)) if step.done_at is not None else step
        for step in worked
    )
    return replace(
        alert,
        state="acknowledged",
        acknowledged_by=by,
        acknowledged_at=alert.raised_at + (alert.steps[0].due_at - alert.raised_at) * 0.15,
        steps=in_time + alert.steps[steps:],
    )


def closed_by_day(alert: Alert, at: datetime, by: str) -> Alert:
    """Return an alert of an earlier day as worked off by the night shift and closed at ``at``."""
    notes = read("floor")["alerts"]
    steps = tuple(
        step if step.done_at is not None else replace(step, done_at=at, done_by=by, note=notes[_NOTES[step.kind]])
        for step in alert.steps
    )
    return replace(
        alert,
        state="closed",
        steps=steps,
        acknowledged_by=alert.acknowledged_by or by,
        acknowledged_at=alert.acknowledged_at or at,
    )
