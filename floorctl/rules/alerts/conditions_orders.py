"""The alert rules about orders: special orders, the dispatch clock, the department's limit."""

from collections.abc import Iterator
from datetime import timedelta

from floorctl.models.base import Ref
from floorctl.rules.alerts.conditions import AlertInputs, Condition, Phrase, WatchedOrder
from floorctl.rules.orders.deadlines import dispatch_clock_runs, dispatch_due_at, overdue, unhandled

_DAY = timedelta(days=1)
_SPECIAL = {"special_urgent": ("special_urgent_order", "critical"), "special": ("special_order", "warning")}


def conditions(inputs: AlertInputs) -> Iterator[Condition]:
    """Yield all conditions about orders. They rise for one day only: an older backlog is shown by the lists."""
    for watched in inputs.orders:
        yield from _special(inputs, watched)
        yield from _dispatch(inputs, watched)
        yield from _overdue(inputs, watched)


def _special(inputs: AlertInputs, watched: WatchedOrder) -> Iterator[Condition]:
    order = watched.order
    if order.urgency not in _SPECIAL:
        return
    rule, severity = _SPECIAL[order.urgency]
    waits = unhandled(order)
    yield Condition(
        rule=rule,
        kind=rule,
        severity=severity,
        subject=Ref("order", watched.id),
        day=order.received_at.astimezone(inputs.zone).date(),
        rises=waits and inputs.now - order.received_at < _DAY,
        holds=waits,
        once=True,
        patient=False,
        text=lambda: (
            Phrase(f"rules.alert.{rule}.title", {"number": order.number}),
            Phrase("rules.alert.special.detail"),
        ),
    )


def _dispatch(inputs: AlertInputs, watched: WatchedOrder) -> Iterator[Condition]:
    order, due = watched.order, dispatch_due_at(watched.order)
    if due is None or order.reviewed_at is None:
        return
    reviewed = order.reviewed_at
    waits = dispatch_clock_runs(order)
    left = due - inputs.now
    late = left < timedelta(0)

    def text(severity: str) -> tuple[Phrase, Phrase | None]:
        detail = Phrase(
            "rules.alert.dispatch_overdue.detail", {"reviewed": inputs.local(reviewed), "due": inputs.local(due)}
        )
        return Phrase(f"rules.alert.dispatch_overdue.{severity}.title", {"number": order.number}), detail

    subject, day = Ref("order", watched.id), due.astimezone(inputs.zone).date()
    yield Condition(
        rule="dispatch_overdue+critical",
        kind="dispatch_overdue",
        severity="critical",
        subject=subject,
        day=day,
        rises=waits and late and -left < _DAY,
        holds=waits and late,
        once=True,
        patient=False,
        text=lambda: text("critical"),
    )
    yield Condition(
        rule="dispatch_overdue",
        kind="dispatch_overdue",
        severity="warning",
        subject=subject,
        day=day,
        rises=waits and not late and left.total_seconds() <= inputs.thresholds.dispatch_warning,
        holds=waits and not late,
        once=True,
        patient=False,
        superseded=waits and late,
        text=lambda: text("warning"),
    )


def _overdue(inputs: AlertInputs, watched: WatchedOrder) -> Iterator[Condition]:
    order, limit = watched.order, watched.limit
    if limit is None:
        return
    days = inputs.thresholds.order_overdue_critical_days
    late = inputs.now - limit
    past = overdue(order, limit, inputs.now)
    far_past = past and late >= days * _DAY

    def text(severity: str) -> tuple[Phrase, Phrase | None]:
        detail = Phrase("rules.alert.order_overdue.detail", {"due": inputs.local(limit)})
        return Phrase(f"rules.alert.order_overdue.{severity}.title", {"number": order.number, "days": days}), detail

    subject, day = Ref("order", watched.id), limit.astimezone(inputs.zone).date()
    yield Condition(
        rule="order_overdue+critical",
        kind="order_overdue",
        severity="critical",
        subject=subject,
        day=day + days * _DAY,
        rises=far_past and late < (days + 1) * _DAY,
        holds=far_past,
        once=True,
        patient=False,
        text=lambda: text("critical"),
    )
    yield Condition(
        rule="order_overdue",
        kind="order_overdue",
        severity="warning",
        subject=subject,
        day=day,
        rises=past and not far_past and late < _DAY,
        holds=past and not far_past,
        once=True,
        patient=False,
        superseded=far_past,
        text=lambda: text("warning"),
    )
