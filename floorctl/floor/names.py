"""The names that people use for things (an order's or a seat's number, a queue's or a person's name), not their ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.models.alerts import Alert
from floorctl.models.assessment import Fact
from floorctl.models.floor import Queue, Resource, Seat
from floorctl.models.handover import Handover
from floorctl.models.kinds import ENTITIES
from floorctl.models.orders import Category, Department, MissedCall, Order
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person, Shift
from floorctl.rules.privacy import mask_text
from floorctl.text.unknown import unknown

if TYPE_CHECKING:
    from datetime import tzinfo

    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.views import OutboxItem
    from floorctl.models.base import Entity


#: Kinds without a name that people use: a recording, an act of this terminal.
_NAMELESS = frozenset({"call", "command"})
_HANDOVER = re.compile(r"ho-(\d{4}-\d\d-\d\d)-([a-z]+)")


class Names:
    """Returns names for the platform's ids, or the text for an unknown one where the entity is not held here."""

    def __init__(self, read_model: ReadModel, zone: tzinfo) -> None:
        self._read_model = read_model
        self._zone = zone

    def of(self, kind: str, each: str) -> str:
        """The name of an entity (an order's number, a queue's name), numbers in a title masked; never its id."""
        return named(self._read_model, kind, each, self._zone)

    def target(self, item: OutboxItem) -> str:
        """The name of a command's target, numbers in a title masked; never its id."""
        return target(self._read_model, item, self._zone)

    def person(self, person_id: str | None) -> str:
        """*memory* The person's name; empty for None."""
        return self._read_model.person_name(person_id)

    def people(self) -> list[tuple[str, Person]]:
        """*memory* Everyone who works or has worked here, with their ids."""
        return [(person_id, held.value) for person_id, held in self._read_model.all(Person).items()]

    def who_did(self, person_id: str | None, *, automatic: bool) -> str:
        """*memory* The name of who did something: this terminal's rules where ``automatic``, else the person."""
        return t("rules.alert.by_rules") if automatic and person_id else self.person(person_id)

    def department(self, department_id: str | None) -> str:
        """*memory* The department's name; empty for None."""
        return self._read_model.department_name(department_id)

    def departments(self) -> list[tuple[str, Department]]:
        """*memory* Every department with its id, by name."""
        found = [(department_id, held.value) for department_id, held in self._read_model.all(Department).items()]
        return sorted(found, key=lambda pair: pair[1].name)

    def category_path(self, category_id: str | None) -> tuple[str, ...]:
        """The category's path, outermost first; empty for None."""
        if not category_id:
            return ()
        category = self._read_model.value(Category, category_id)
        return (unknown("category"),) if category is None else category.path

    def category_departments(self, category_id: str | None) -> tuple[str, ...]:
        """The departments that orders of this category usually go to."""
        category = self._read_model.value(Category, category_id)
        return () if category is None else category.department_ids


def named(read_model: ReadModel, kind: str, each: str, zone: tzinfo) -> str:
    """The entity's name; where it is not held here, the text for an unknown one, never its id. An inspection's name is
    without its points.

    A refused score never became an inspection, and the id it was sent with means nothing to people: its name is empty.
    """
    entity = read_model.named(kind, each) if each else None
    if entity is not None and (name := _name(read_model, entity, zone)):
        return name if isinstance(entity, Order) else mask_text(name)  # its number may look like a person's
    if not each or kind in _NAMELESS or kind == "inspection":
        return ""
    if kind == "assessment":
        return term("metric", each)
    if kind == "handover" and (found := _HANDOVER.fullmatch(each)):  # created with its first note
        return f"{found[1][5:]} {term('shift', found[2])}"
    return unknown(kind) if kind in ENTITIES else each


def target(read_model: ReadModel, item: OutboxItem, zone: tzinfo) -> str:
    """The name of a command's target; for a ``fact.record`` whose fact is not held yet, from the command's data."""
    if item.kind == "fact.record" and read_model.lookup("fact", item.target.id) is None:
        title = item.data.get("title") or term("fact", str(item.data.get("kind", "")))
        return t("naming.fact", kind=mask_text(title), day=str(item.data.get("day", ""))[5:]).strip()
    return named(read_model, item.target.kind, item.target.id, zone)


def _name(read_model: ReadModel, entity: Entity, zone: tzinfo) -> str:
    match entity:
        case Order() | Seat():
            return entity.number
        case Queue() | Person() | Department() | Resource():
            return entity.name
        case Alert():
            subject = entity.subject
            about = named(read_model, subject.kind, subject.id, zone) if subject.kind != "alert" else ""
            return t("naming.alert", kind=term("alert_kind", entity.kind), about=about).strip()
        case Sample():
            return t("naming.sample", agent=read_model.person_name(entity.agent_id), day=f"{entity.day:%m-%d}")
        case Inspection():
            at = entity.submitted_at.astimezone(zone)
            agent, inspector = (read_model.person_name(one) for one in (entity.agent_id, entity.inspector_id))
            return t("naming.inspection", agent=agent, inspector=inspector, day=f"{at:%m-%d}")
        case Handover():
            shifts = (term("shift", shift) for shift in (entity.from_shift, entity.to_shift))
            return t("naming.handover", day=f"{entity.day:%m-%d}", shifts="→".join(shifts))
        case Shift():
            name, at = read_model.person_name(entity.person_id), entity.starts_at.astimezone(zone)
            return t("naming.shift", person=name, day=f"{at:%m-%d}", shift=term("shift", entity.name))
        case Fact():
            return t("naming.fact", kind=entity.title or term("fact", entity.kind), day=f"{entity.day:%m-%d}")
    return _rarely_named(entity, zone)


def _rarely_named(entity: Entity, zone: tzinfo) -> str:
    match entity:
        case MissedCall():
            return t("naming.missed_call", line=entity.line, at=f"{entity.at.astimezone(zone):%m-%d %H:%M}")
        case Rubric():
            return entity.title
    return ""
