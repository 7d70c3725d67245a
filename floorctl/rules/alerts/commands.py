"""Acts on alerts: raise, acknowledge, do a step, close."""

from typing import Annotated, Literal

from msgspec import Meta
from msgspec.structs import replace

from floorctl.models.alerts import Alert
from floorctl.models.base import Entity, Ref, Str20k, Str128, Time
from floorctl.rules.alerts.escalation import escalation_steps
from floorctl.rules.commands.act import Act, Effects, existing
from floorctl.rules.commands.payload import Payload, Words
from floorctl.rules.commands.refusal import refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SL, SLI


class AlertRaise(Payload, frozen=True, kw_only=True):
    """Data of an alert to raise: an ``Alert`` without state and steps."""

    kind: Str128
    severity: Literal["notice", "warning", "critical"]
    title: Annotated[str, Meta(min_length=1, max_length=20_000)]
    subject: Ref
    raised_at: Time
    detail: Str20k | None = None


@command("alert.raise", data=AlertRaise, roles=SLI, creates=True, terms={"kind": "alert_kind", "severity": "severity"})
def raise_(act: Act, target: Entity | None, data: AlertRaise) -> Effects:
    """Create an alert raised by a terminal, with the escalation steps of its kind.

    An existing alert with the same id, open or closed, is not changed: the id stands for one subject on one day.
    """
    if target is not None:
        return {}
    raised = Alert(
        kind=data.kind,
        severity=data.severity,
        title=data.title,
        detail=data.detail,
        subject=data.subject,
        raised_at=data.raised_at,
        state="open",
        steps=escalation_steps(data.kind, data.raised_at),
    )
    return act.becomes(raised)


class AlertAcknowledge(Payload, frozen=True, kw_only=True):
    """确认: an optional note."""

    note: Str20k | None = None


@command("alert.acknowledge", data=AlertAcknowledge, roles=SL, leaves=lambda data: {"state": "acknowledged", **data})
def acknowledge(act: Act, target: Entity | None, data: AlertAcknowledge) -> Effects:
    """确认: acknowledge an open alert; an alert that is already acknowledged keeps its first acknowledgement."""
    alert = existing(target, Alert)
    if alert.state == "closed":
        raise refused("target", "alert_closed")
    if alert.state == "acknowledged":
        return {}
    return act.becomes(replace(alert, state="acknowledged", acknowledged_by=act.by, acknowledged_at=act.at))


class AlertStep(Payload, frozen=True, kw_only=True):
    """电话通知, 上报, 跟进. ``step`` is the step's kind."""

    step: Str128
    note: Words


@command("alert.step", data=AlertStep, roles=SL, terms={"step": "step"}, listed="step")
def step(act: Act, target: Entity | None, data: AlertStep) -> Effects:
    """电话通知, 上报, 跟进: mark the first open step of that kind as done."""
    alert = existing(target, Alert)
    if any(
        (each.kind, each.done_by, each.note) == (data.step, act.by, data.note)
        and each.done_at is not None
        and each.done_at >= act.command.made_at
        for each in alert.steps
    ):
        return {}
    if alert.state == "closed":
        raise refused("target", "alert_closed")
    for at, each in enumerate(alert.steps):
        if each.kind == data.step and each.done_at is None:
            done = replace(each, done_at=act.at, done_by=act.by, note=data.note)
            return act.becomes(replace(alert, steps=(*alert.steps[:at], done, *alert.steps[at + 1 :])))
    known = any(each.kind == data.step for each in alert.steps)
    raise refused("step", "step_done" if known else "no_such_step")


class AlertClose(Payload, frozen=True, kw_only=True):
    """解除: a note that says why."""

    note: Words


@command("alert.close", data=AlertClose, roles=SL, base=True, leaves=lambda data: {"state": "closed", **data})
def close(act: Act, target: Entity | None, data: AlertClose) -> Effects:
    """解除: close the alert; refused while a step is open."""
    alert = existing(target, Alert)
    if alert.state == "closed":
        return {}
    if alert.next_step is not None:
        raise refused("target", "step_open")
    return act.becomes(replace(alert, state="closed"))
