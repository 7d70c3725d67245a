"""Acts on missed calls 未接来电 (contract 1.1)."""

from typing import Literal

from msgspec.structs import replace

from floorctl.models.base import Entity, Str2k
from floorctl.models.orders import MissedCall
from floorctl.rules.commands.act import Act, Effects, existing, require_state
from floorctl.rules.commands.payload import Payload
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SL


class MissedCallDone(Payload, frozen=True, kw_only=True):
    """The outcome of one try to call back."""

    outcome: Literal["reached", "no_answer"]
    note: Str2k | None = None


@command(
    "missed_call.done",
    data=MissedCallDone,
    roles=SL,
    terms={"outcome": "missed_call_state"},
    listed="outcome",
    leaves=lambda data: {"state": data.get("outcome")},
    since="1.1",
)
def done(act: Act, target: Entity | None, data: MissedCallDone) -> Effects:
    """回拨: add a try; a caller who was reached is not called again."""
    missed = existing(target, MissedCall)
    if _added_already(act, missed, data):
        return {}
    require_state(missed.state, ("open", "no_answer"), "missed_call_state")
    return act.becomes(replace(missed, state=data.outcome, tries=missed.tries + 1, done_by=act.by, done_at=act.at))


def _added_already(act: Act, missed: MissedCall, data: MissedCallDone) -> bool:
    """Return whether the newest try is this one: the effect may be laid over what the platform has applied."""
    latest = missed.done_at
    return (
        missed.state == data.outcome
        and missed.done_by == act.by
        and latest is not None
        and latest >= act.command.made_at
    )
