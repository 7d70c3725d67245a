"""Alerts 升级预警, and surge responses (话务应急)."""

import msgspec

from floorctl.models.base import Entity, Ref, Time

#: The kinds of version 1 of the contract.
ALERT_KINDS_1 = (
    "special_order", "special_urgent_order", "order_overdue", "dispatch_overdue", "queue_surge", "service_level",
    "long_call", "staffing_gap", "trunk_full", "licence_full", "resource_down", "public_event", "data_security",
    "other",
)  # fmt: skip
ALERT_KINDS = (*ALERT_KINDS_1, "hot_spot", "major_matter", "help", "knowledge_overdue", "adherence")
SEVERITIES = ("notice", "warning", "critical")
STEP_KINDS = ("phone_department", "report_purchaser", "follow_up")


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of an escalation: its kind, when it is due, and who did it when."""

    kind: str
    due_at: Time
    done_at: Time | None = None
    done_by: str | None = None
    note: str | None = None


class Alert(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """升级预警. ``state`` is open, acknowledged or closed; an alert with an open step cannot be closed."""

    kind: str
    severity: str
    title: str
    subject: Ref
    raised_at: Time
    state: str
    steps: tuple[Step, ...]
    detail: str | None = None
    acknowledged_by: str | None = None
    acknowledged_at: Time | None = None

    @property
    def next_step(self) -> Step | None:
        """The first step that is not done; None if there is none."""
        return next((step for step in self.steps if step.done_at is None), None)


class SurgeAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measure taken in a surge. ``kind`` is reskill, call_in, cancel_pause or note."""

    kind: str
    at: Time
    by: str
    seat_id: str | None = None
    person_id: str | None = None
    detail: str | None = None


class Surge(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """话务应急: an emergency response to a surge, from start to stand-down."""

    reason: str
    started_at: Time
    actions: tuple[SurgeAction, ...]
    queue_id: str | None = None
    ended_at: Time | None = None
