"""What a command changes: the contract's table of command kinds, as one pure function.

The platform applies a command with it, and a terminal lays its own pending commands over what it has cached with the
same function, so that both always agree. That is why an effect that adds to a list looks first whether it was added.
"""

from collections.abc import Callable
from datetime import datetime

from floorctl.models.base import Entity
from floorctl.models.command import Command
from floorctl.rules.alerts import commands
from floorctl.rules.commands import payloads
from floorctl.rules.commands.act import Act, Effects, Lookup
from floorctl.rules.commands.refusal import FieldError, Refused, refused
from floorctl.rules.commands.roles import TARGET_KIND
from floorctl.rules.floor import commands as seats
from floorctl.rules.handover import commands as handover
from floorctl.rules.knowledge import commands as knowledge
from floorctl.rules.orders import commands as orders
from floorctl.rules.quality import commands as quality
from floorctl.rules.staffing import commands as staffing

__all__ = ["Effects", "FieldError", "Lookup", "Refused", "apply"]

_EFFECTS: dict[str, Callable[..., Effects]] = {
    "seat.state": seats.state,
    "seat.skills": seats.skills,
    "seat.listen": seats.listen,
    "pause.cancel": seats.cancel_pause,
    "floor.message": seats.message,
    "order.review": orders.review,
    "order.dispatch": orders.dispatch,
    "order.urge": orders.urge,
    "order.callback": orders.callback,
    "order.problem": orders.problem,
    "alert.raise": commands.raise_,
    "alert.acknowledge": commands.acknowledge,
    "alert.step": commands.step,
    "alert.close": commands.close,
    "inspection.submit": quality.submit,
    "inspection.appeal": quality.appeal,
    "inspection.decide": quality.decide,
    "sample.skip": quality.skip,
    "handover.note": handover.note,
    "handover.item": handover.item,
    "handover.give": handover.give,
    "handover.take": handover.take,
    "fact.record": staffing.record_fact,
    "fact.remove": staffing.remove_fact,
    "surge.start": staffing.start_surge,
    "surge.act": staffing.act_in_surge,
    "surge.end": staffing.end_surge,
    "shift.assign": staffing.assign_shift,
    "shift.remove": staffing.remove_shift,
    "article.state": knowledge.article_state,
    "correction.raise": knowledge.raise_correction,
    "correction.decide": knowledge.decide_correction,
}


def apply(command: Command, entity: Entity | None, *, by: str, at: datetime, lookup: Lookup) -> Effects:
    """Return the entities that ``command`` changes, as they are after it: (kind, id) → entity, None where it is gone.

    ``entity`` is the target as it stands, ``by`` the person, ``at`` the time written into what changes, ``lookup``
    reads any other entity. Empty where nothing changes, also where everything is as the command wants it already.

    Raises:
        Refused: the contract's rules say no (422); nothing changes.

    """
    wanted = TARGET_KIND.get(command.kind)
    if wanted is not None and command.target.kind != wanted:
        raise refused("target.kind", "wrong_target", wanted=wanted)
    data = payloads.read(command.kind, command.data)
    after = _EFFECTS[command.kind](Act(command, by, at, lookup), entity, data)
    target = (command.target.kind, command.target.id)
    return {key: value for key, value in after.items() if value != (entity if key == target else lookup(*key))}
