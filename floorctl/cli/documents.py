"""The documented JSON shapes: the contract's entities with id, version, pending and derived values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from floorctl.text.numbers import json_rate, json_seconds

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import FactView
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import AlertView, CommandStep, CommandView, OrderView, QueueView, SeatView
    from floorctl.models.masked import Grant
    from floorctl.rules.orders.stuck import Waiting


class Shapes:
    """Converts views to JSON values: times with the floor's offset, personal data as ``grant`` lets it be seen."""

    def __init__(self, zone: ZoneInfo, grant: Grant | None = None) -> None:
        self._zone = zone
        self.grant = grant

    def seen(self, view: Any) -> Any:
        """The entity of a view: unmasked with a grant, else masked."""
        return view.record.seen(self.grant)

    def seat(self, view: SeatView) -> dict[str, Any]:
        """An item of ``seats``."""
        return self.entity(view, self.seen(view)) | {
            "person_name": view.person_name,
            "seconds_in_state": None if view.ahead else json_seconds(view.seconds_in_state),
            "limit_exceeded": view.limit != "none",
            "usual_skills": list(view.usual),
            "moved": view.moved,
        }

    def queue(self, view: QueueView) -> dict[str, Any]:
        """An item of ``queues``."""
        return self.entity(view, self.seen(view)) | {
            "answer_rate": json_rate(view.answer_rate),
            "target_rate": json_rate(view.service_level),
            "abandon_rate": json_rate(view.abandon_rate),
            "asa_seconds": json_seconds(view.asa_seconds),
            "aht_seconds": json_seconds(view.aht_seconds),
            "longest_wait_seconds": json_seconds(view.longest_wait_seconds),
        }

    def order(self, view: OrderView) -> dict[str, Any]:
        """An item of ``orders``."""
        return self.entity(view, self.seen(view)) | {
            "due_at": self.time(view.due_at),
            "due_basis": view.due.basis,
            "due_source": view.due.source,
            "due_uncertain": view.due.uncertain,
            "overdue": view.overdue,
            "overdue_seconds": json_seconds(view.overdue_seconds),
            "dispatch_due_at": self.time(view.dispatch_due_at),
            "dispatch_state": view.dispatch_state,
            "urge_level": view.urge_level,
            "stuck": None if view.stuck is None else self._stuck(view.stuck),
        }

    def _stuck(self, stuck: Waiting) -> dict[str, Any]:
        return {
            "kind": stuck.kind,
            "department_id": stuck.department_id,
            "since": self.time(stuck.since),
            "due_at": self.time(stuck.due_at),
            "lamp": stuck.lamp,
            "proposed": stuck.proposed or None,
        }

    def alert(self, view: AlertView) -> dict[str, Any]:
        """An item of ``alerts``."""
        return self.entity(view, self.seen(view)) | {
            "source": view.source,
            "next_step": self.plain(view.next_step),
            "next_due_at": self.time(view.next_due_at),
            "title_now": view.words.seen(self.grant),
            "normal": view.normal,
        }

    def entity(self, view: Any, entity: msgspec.Struct) -> dict[str, Any]:
        """An entity of the contract with its id, version and pending commands."""
        return {"id": view.id, "version": view.version, "pending": list(view.pending), **self.plain(entity)}

    def fact(self, view: FactView) -> dict[str, Any]:
        """An item of ``assess facts``."""
        day = view.fact.day.isoformat()
        return self.entity(view, self.seen(view)) | {"day": day, "recorded_here": view.recorded_here}

    def command(self, view: CommandView) -> dict[str, Any]:
        """An item of ``outbox list``."""
        item = self.seen(view)
        return {
            "id": item.id,
            "kind": item.kind,
            "target": {"kind": item.target.kind, "id": item.target.id},
            "state": item.state,
            "made_at": self.time(item.made_at),
            "made_by": item.made_by,
            "automatic": item.automatic,
            "attempts": item.attempts,
            "problem": self.plain(item.problem),
            "data": self.plain(item.data),
        }

    def step(self, step: CommandStep) -> dict[str, Any]:
        """A step of a command's history in ``outbox show``."""
        return {"at": self.time(step.at), "what": step.what, "detail": step.detail}

    def listing(self, floor: Floor, items: Sequence[dict[str, Any]], total: int) -> dict[str, Any]:
        """The envelope of every list."""
        status = floor.status.connection()
        return {
            "as_of": self.time(status.as_of),
            "live": status.mode == "live",
            "total": total,
            "items": list(items),
        }

    def time(self, at: datetime | None) -> str | None:
        """``at`` in RFC 3339 with the floor's offset."""
        return None if at is None else at.astimezone(self._zone).isoformat()

    def plain(self, value: Any) -> Any:
        """``value`` as a JSON value."""
        if isinstance(value, datetime):
            return self.time(value)
        if isinstance(value, msgspec.Struct):
            return {field: self.plain(getattr(value, field)) for field in value.__struct_fields__}
        if isinstance(value, dict):
            return {str(field): self.plain(each) for field, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(each) for each in value]
        return value
