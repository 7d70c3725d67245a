"""What stands in a command's ``data``, one struct per kind: the contract's table of command kinds.

Fields that this release does not know are ignored; a wrong type or a missing field is an error.
"""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from floorctl.i18n import t
from floorctl.models.alerts import Alert
from floorctl.models.assessment import Fact
from floorctl.models.base import Ref, Str20k, Str128, Time
from floorctl.models.quality import ItemScore
from floorctl.models.team import Pause
from floorctl.rules.commands.refusal import FieldError, Refused

ALERT_KINDS = (
    "special_order", "special_urgent_order", "order_overdue", "dispatch_overdue", "queue_surge", "service_level",
    "long_call", "staffing_gap", "trunk_full", "licence_full", "resource_down", "public_event", "data_security",
    "other",
)  # fmt: skip

#: What a person has to write; blank is not writing.
Words = Annotated[str, Meta(min_length=1, max_length=20_000, pattern=r"\S")]
Id = Annotated[str, Meta(min_length=1, max_length=128)]


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """The ``data`` of one kind of command."""


class SeatState(Payload, frozen=True, kw_only=True):
    """强制示闲, 示忙, 签出."""

    state: Literal["ready", "not_ready", "signed_out"]
    reason: Str20k | None = None


class SeatSkills(Payload, frozen=True, kw_only=True):
    """技能调整: the queues that the seat serves, first choice first."""

    skills: tuple[Id, ...]


class SeatListen(Payload, frozen=True, kw_only=True):
    """监听, 密语, 插话, 强拆."""

    mode: Literal["listen", "whisper", "barge", "release"]


class PauseCancel(Payload, frozen=True, kw_only=True):
    """停休. ``pause`` is the pause's index in its shift."""

    shift_id: Id
    pause: Annotated[int, Meta(ge=0)]


class OrderReview(Payload, frozen=True, kw_only=True):
    """初审: what was found wrong, empty where right."""

    errors: tuple[Str20k, ...]


class OrderDispatch(Payload, frozen=True, kw_only=True):
    """派单."""

    department_ids: Annotated[tuple[Id, ...], Meta(min_length=1)]
    lead_department_id: Id
    due_at: Time | None = None


class OrderUrge(Payload, frozen=True, kw_only=True):
    """催办."""

    level: Annotated[int, Meta(ge=1, le=3)]
    note: Str20k | None = None


class OrderCallback(Payload, frozen=True, kw_only=True):
    """回访."""

    outcome: Literal["reached", "no_answer", "refused", "wrong_number"]
    satisfaction: Annotated[int, Meta(ge=1, le=5)] | None = None
    note: Str20k | None = None


class OrderProblem(Payload, frozen=True, kw_only=True):
    """问题工单: what the agent did wrong."""

    problem: Words


class AlertRaise(Payload, frozen=True, kw_only=True):
    """An Alert without state and steps."""

    kind: Str128
    severity: Literal["notice", "warning", "critical"]
    title: Annotated[str, Meta(min_length=1, max_length=20_000)]
    subject: Ref
    raised_at: Time
    detail: Str20k | None = None


class AlertAcknowledge(Payload, frozen=True, kw_only=True):
    """确认."""

    note: Str20k | None = None


class AlertStep(Payload, frozen=True, kw_only=True):
    """电话通知, 上报, 跟进. ``step`` is the step's kind."""

    step: Str128
    note: Words


class AlertClose(Payload, frozen=True, kw_only=True):
    """解除."""

    note: Words


class InspectionSubmit(Payload, frozen=True, kw_only=True):
    """A scored sample, without the total: the platform computes it itself."""

    sample_id: Id
    rubric_id: Id
    rubric_version: Annotated[int, Meta(ge=0)]
    scores: tuple[ItemScore, ...]
    fatal: tuple[Id, ...]
    comment: Str20k | None = None


class InspectionAppeal(Payload, frozen=True, kw_only=True):
    """申诉."""

    reason: Words


class InspectionDecide(Payload, frozen=True, kw_only=True):
    """复核. ``decision`` is upheld, or revised with new scores."""

    decision: Literal["upheld", "revised"]
    scores: tuple[ItemScore, ...] | None = None


class Reason(Payload, frozen=True, kw_only=True):
    """sample.skip, fact.remove."""

    reason: Words


class HandoverNote(Payload, frozen=True, kw_only=True):
    """Something for the next shift; ``item_id`` is chosen by the terminal."""

    item_id: Id
    text: Words
    ref: Ref | None = None


class HandoverItemDone(Payload, frozen=True, kw_only=True):
    """An item ticked off, or put back."""

    item_id: Id
    done: bool


class HandoverGive(Payload, frozen=True, kw_only=True):
    """交班."""

    summary: Str20k


class Nothing(Payload, frozen=True, kw_only=True):
    """handover.take: who takes it is the person signed in."""


class SurgeStart(Payload, frozen=True, kw_only=True):
    """启动话务应急."""

    reason: Words
    queue_id: Id | None = None


class SurgeAct(Payload, frozen=True, kw_only=True):
    """One thing done in a surge."""

    kind: Literal["reskill", "call_in", "cancel_pause", "note"]
    seat_id: Id | None = None
    person_id: Id | None = None
    detail: Str20k | None = None


class SurgeEnd(Payload, frozen=True, kw_only=True):
    """结束话务应急."""

    note: Str20k | None = None


class ShiftAssign(Payload, frozen=True, kw_only=True):
    """One shift of a roster."""

    person_id: Id
    name: Literal["morning", "middle", "evening", "night"]
    starts_at: Time
    ends_at: Time
    lead: bool = False
    pauses: tuple[Pause, ...] = ()


class ShiftRemove(Payload, frozen=True, kw_only=True):
    """A shift taken off the roster."""

    reason: Str20k | None = None


class ArticleState(Payload, frozen=True, kw_only=True):
    """发布, 下架."""

    state: Literal["draft", "review", "published", "retired"]


class CorrectionRaise(Payload, frozen=True, kw_only=True):
    """纠错."""

    article_id: Id
    text: Words


class CorrectionDecide(Payload, frozen=True, kw_only=True):
    """What becomes of a correction."""

    state: Literal["sent", "fixed", "rejected"]
    note: Str20k | None = None


class FloorMessage(Payload, frozen=True, kw_only=True):
    """To the agents' screens; to all of them where no seats are named."""

    text: Words
    seat_ids: tuple[Id, ...] | None = None


#: Command kind → the struct of its ``data``.
PAYLOADS: dict[str, type[msgspec.Struct]] = {
    "seat.state": SeatState,
    "seat.skills": SeatSkills,
    "seat.listen": SeatListen,
    "pause.cancel": PauseCancel,
    "order.review": OrderReview,
    "order.dispatch": OrderDispatch,
    "order.urge": OrderUrge,
    "order.callback": OrderCallback,
    "order.problem": OrderProblem,
    "alert.raise": AlertRaise,
    "alert.acknowledge": AlertAcknowledge,
    "alert.step": AlertStep,
    "alert.close": AlertClose,
    "inspection.submit": InspectionSubmit,
    "inspection.appeal": InspectionAppeal,
    "inspection.decide": InspectionDecide,
    "sample.skip": Reason,
    "handover.note": HandoverNote,
    "handover.item": HandoverItemDone,
    "handover.give": HandoverGive,
    "handover.take": Nothing,
    "fact.record": Fact,
    "fact.remove": Reason,
    "surge.start": SurgeStart,
    "surge.act": SurgeAct,
    "surge.end": SurgeEnd,
    "shift.assign": ShiftAssign,
    "shift.remove": ShiftRemove,
    "article.state": ArticleState,
    "correction.raise": CorrectionRaise,
    "correction.decide": CorrectionDecide,
    "floor.message": FloorMessage,
}

_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_BLANK = re.compile(r"^Expected `\w+` (?:of length >= 1\b|matching regex '\\\\S')")
_LIMITS = (
    (re.compile(r"^Expected `str` of length <= (\d+)"), "rules.refused.too_long"),
    (re.compile(r"^Expected `array` of length <= (\d+)"), "rules.refused.too_many"),
    (re.compile(r"^Expected `\w+` <= (-?[\d.]+)"), "rules.refused.too_large"),
    (re.compile(r"^Expected `\w+` >= (-?[\d.]+)"), "rules.refused.too_small"),
    (re.compile(r"^Invalid RFC3339 encoded (\w+)"), "rules.refused.no_date"),
    (re.compile(r"^Invalid enum value (.*?)(?: - at |$)"), "rules.refused.no_choice"),
)
_MISSING = re.compile(r"missing required field `(\w+)`")


def read(kind: str, data: dict[str, Any]) -> msgspec.Struct:
    """Return ``data`` as the struct of ``kind``.

    Raises:
        Refused: an unknown kind, a missing field, a wrong type or a value that is not one of those allowed.

    """
    payload = PAYLOADS.get(kind)
    if payload is None:
        raise Refused([FieldError("kind", t("rules.refused.unknown_kind", kind=kind))])
    try:
        return msgspec.convert(data, payload)
    except msgspec.ValidationError as error:
        raise Refused([_explained(str(error))]) from error


def check(kind: str, data: dict[str, Any]) -> list[FieldError]:
    """What is wrong with the form of ``data``; empty where it can be sent."""
    try:
        read(kind, data)
    except Refused as refusal:
        return refusal.errors
    return []


def _explained(reason: str) -> FieldError:
    place = found.group(1) if (found := _PLACE.search(reason)) else ""
    if missing := _MISSING.search(reason):
        field = ".".join(part for part in (place, missing.group(1)) if part)
        return FieldError(field, t("rules.refused.missing"))
    return FieldError(place or "data", _in_words(reason))


def _in_words(reason: str) -> str:
    """What the library says of a value, in a sentence without its types and patterns."""
    if _BLANK.search(reason):
        return t("rules.refused.empty")
    for pattern, key in _LIMITS:
        if found := pattern.search(reason):
            return t(key, most=found.group(1))
    return t("rules.refused.malformed")


def raised(data: AlertRaise) -> Alert:
    """The alert of an alert.raise: open, without its steps."""
    return Alert(
        kind=data.kind,
        severity=data.severity,
        title=data.title,
        detail=data.detail,
        subject=data.subject,
        raised_at=data.raised_at,
        state="open",
        steps=(),
    )
