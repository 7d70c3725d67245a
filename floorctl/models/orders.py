"""Work orders 工单, the departments that handle them, their categories, and callers who were missed."""

from typing import Annotated

import msgspec

from floorctl.models.base import Count, Entity, Seconds, Str2k, Str10k, Str20k, Str200, Time

ORDER_TYPES = ("inquiry", "help", "complaint", "suggestion", "opinion", "report")
URGENCIES = ("normal", "special", "special_urgent")
CHANNELS = ("phone", "web", "wechat", "app", "transfer")
ORDER_STATES = (
    "received", "review", "ready", "dispatched", "accepted", "returned", "handled", "closed", "answered",
)  # fmt: skip
#: States in which an order still has to be handled.
UNHANDLED = frozenset({"received", "review", "ready", "dispatched", "accepted", "returned"})
CALLBACK_OUTCOMES = ("reached", "no_answer", "refused", "wrong_number")
MISSED_CALL_STATES = ("open", "reached", "no_answer", "called_again")


class Citizen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The citizen who called; every field is personal data."""

    name: str | None = None
    phone: str | None = None
    id_no: str | None = None
    address: str | None = None


class Urge(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """催办: level 1 reminder, 2 second reminder, 3 supervision (督办)."""

    at: Time
    by: str
    level: Annotated[int, msgspec.Meta(ge=1, le=3)]
    note: str | None = None


class Return(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """退单: a department sent the order back. ``upheld``: None until decided; True: it was the wrong department."""

    at: Time
    department_id: str
    reason: Str2k
    upheld: bool | None = None
    decided_by: str | None = None
    decided_at: Time | None = None
    note: Str2k | None = None


class Extension(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """延期: a department asked for more time before its limit. ``granted``: None until decided."""

    asked_at: Time
    department_id: str
    reason: Str2k
    until: Time
    granted: bool | None = None
    decided_by: str | None = None
    decided_at: Time | None = None


class Conference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """会商: what was agreed on an order whose department is in dispute or that needs several."""

    at: Time
    by: str
    department_ids: tuple[str, ...]
    minutes: Str10k
    lead_department_id: str | None = None


class Redo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """重办: the order was sent back to its departments because the citizen was not satisfied."""

    at: Time
    by: str
    reason: Str2k


class Order(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """工单. Each time is None until its step has happened.

    ``return_log`` and ``redos``: newest last. ``parent_id``: the order that this one repeats (并单).
    """

    number: str
    line: str
    channel: str
    type: str
    urgency: str
    state: str
    title: Str200
    received_at: Time
    content: Str20k = ""
    category_id: str | None = None
    region: str | None = None
    citizen: Citizen | None = None
    agent_id: str | None = None
    reviewed_at: Time | None = None
    review_errors: tuple[str, ...] = ()
    dispatched_at: Time | None = None
    dispatch_correct: bool | None = None
    lead_department_id: str | None = None
    department_ids: tuple[str, ...] = ()
    due_at: Time | None = None
    accepted_at: Time | None = None
    returns: Count = 0
    handled_at: Time | None = None
    result: Str20k = ""
    callback_required: bool = False
    callback_at: Time | None = None
    callback_outcome: str | None = None
    satisfaction: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    problem: str | None = None
    urges: tuple[Urge, ...] = ()
    closed_at: Time | None = None
    confidential: bool = False
    return_log: tuple[Return, ...] = ()
    extension: Extension | None = None
    conferences: tuple[Conference, ...] = ()
    redos: tuple[Redo, ...] = ()
    parent_id: str | None = None


class Department(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """承办单位. ``level`` is province or city."""

    name: str
    level: str
    region: str | None = None
    duty_phone: str | None = None


class Category(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """归口分类; ``path`` starts with the outermost category."""

    path: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=5)]
    line: str | None = None
    department_ids: tuple[str, ...] = ()


class MissedCall(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """未接来电: a caller who gave up and is to be called back. ``done_by`` and ``done_at``: of the latest try."""

    line: str
    caller: str
    at: Time
    waited_seconds: Seconds
    state: str
    tries: Count = 0
    done_by: str | None = None
    done_at: Time | None = None
