"""Commands applied to a small floor, as a platform does it."""

from datetime import datetime
from typing import Any

import pytest

from floorctl.models.base import Entity
from floorctl.rules.commands.act import Effects
from floorctl.rules.commands.apply import apply
from floorctl.rules.commands.refusal import Refused
from floorctl.text import phrases
from tests.rules import small_floor
from tests.rules.small_floor import HOUR, NOW, command

FULL = [{"item_id": "open", "points": 4}, {"item_id": "listen", "points": 8}, {"item_id": "once", "points": 10}]
SUBMIT: dict[str, Any] = {"sample_id": "sa-1", "rubric_id": "r-1", "rubric_version": 1, "scores": FULL, "fatal": []}
ALERT: dict[str, Any] = {
    "kind": "special_urgent_order",
    "severity": "critical",
    "title": "特殊紧急",
    "subject": {"kind": "order", "id": "o-1"},
    "raised_at": NOW.isoformat(),
}
SHIFT: dict[str, Any] = {
    "person_id": "p-1",
    "name": "night",
    "starts_at": NOW.isoformat(),
    "ends_at": (NOW + 8 * HOUR).isoformat(),
}
HANDOVER = ("handover", "ho-2026-03-02-morning")


class Floor:
    """The entities of a small floor, with commands applied to them as a platform does."""

    def __init__(self, **changed: Entity) -> None:
        self.entities: dict[tuple[str, str], Entity] = small_floor.world()
        for key, entity in changed.items():
            kind = key
            found = next(each for each in self.entities if each[0] == kind)
            self.entities[found] = entity

    def do(
        self,
        kind: str,
        target: tuple[str, str],
        /,
        *,
        by: str = "p-7",
        at: datetime = NOW,
        made: datetime = NOW,
        **data: Any,
    ) -> Effects:
        effects = apply(
            command(kind, target, made, **data),
            self.entities.get(target),
            by=by,
            at=at,
            lookup=lambda kind, id_: self.entities.get((kind, id_)),
        )
        for key, entity in effects.items():
            if entity is None:
                del self.entities[key]
            else:
                self.entities[key] = entity
        return effects

    def refuses(self, kind: str, target: tuple[str, str], /, field: str, **data: Any) -> None:
        with pytest.raises(Refused) as refusal:
            self.do(kind, target, **data)
        assert [error.field for error in refusal.value.errors] == [field]
        words = [phrases.refusal(error.reason, error.params) for error in refusal.value.errors]
        assert not any(each.startswith("rules.") or "{" in each for each in words)
