"""Acts on alerts: raise, acknowledge, do a step, close."""

from msgspec.structs import replace

from floorctl.models.alerts import Alert
from floorctl.models.base import Entity
from floorctl.rules.alerts.escalation import ladder
from floorctl.rules.commands import payloads
from floorctl.rules.commands.act import Act, Effects, before
from floorctl.rules.commands.refusal import refused


def raise_(act: Act, target: Entity | None, data: payloads.AlertRaise) -> Effects:
    """A terminal's own alert, with its kind's ladder; a second one with the same id changes nothing.

    One that was closed stays closed: what comes back is the same alert of that day only while it is open.
    """
    if target is not None:
        return {}
    return act.becomes(replace(payloads.raised(data), steps=ladder(data.kind, data.raised_at)))


def acknowledge(act: Act, target: Entity | None, data: payloads.AlertAcknowledge) -> Effects:
    """确认: the first one to acknowledge it stands."""
    alert = before(target, Alert)
    if alert.state == "closed":
        raise refused("target", "alert_closed")
    if alert.state == "acknowledged":
        return {}
    return act.becomes(replace(alert, state="acknowledged", acknowledged_by=act.by, acknowledged_at=act.at))


def step(act: Act, target: Entity | None, data: payloads.AlertStep) -> Effects:
    """电话通知, 上报, 跟进: the first open step of that kind is done."""
    alert = before(target, Alert)
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


def close(act: Act, target: Entity | None, data: payloads.AlertClose) -> Effects:
    """解除: nobody can close one with an open step."""
    alert = before(target, Alert)
    if alert.state == "closed":
        return {}
    if alert.next_step is not None:
        raise refused("target", "step_open")
    return act.becomes(replace(alert, state="closed"))
