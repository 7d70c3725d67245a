"""What things are: the contract's entities as immutable structs, and (in ``tables``) how they are stored.

Importing this package or any entity module costs msgspec and nothing else; the SQLModel tables under
``floorctl.models.tables`` are imported only where a database is created, migrated or served.
"""

from floorctl.models.alerts import Alert, Step, Surge, SurgeAction
from floorctl.models.assessment import Fact
from floorctl.models.base import Entity, Held, Ref
from floorctl.models.command import Command
from floorctl.models.floor import Call, Interval, Queue, Resource, Seat
from floorctl.models.handover import Handover, HandoverItem
from floorctl.models.knowledge import Article, Correction
from floorctl.models.orders import Category, Citizen, Department, Order, Urge
from floorctl.models.quality import Inspection, ItemScore, Rubric, Sample
from floorctl.models.team import Pause, Person, Shift

#: Kind → struct, for every kind of the contract.
ENTITIES: dict[str, type[Entity]] = {
    "seat": Seat,
    "queue": Queue,
    "interval": Interval,
    "resource": Resource,
    "person": Person,
    "shift": Shift,
    "department": Department,
    "category": Category,
    "order": Order,
    "alert": Alert,
    "rubric": Rubric,
    "sample": Sample,
    "inspection": Inspection,
    "handover": Handover,
    "fact": Fact,
    "surge": Surge,
    "article": Article,
    "correction": Correction,
}

#: Kinds of which a floor has few enough to keep all of them in memory. Orders, intervals, shifts and the rest are read
#: from the cache when they are asked for.
IN_MEMORY = ("seat", "queue", "resource", "alert", "person", "department", "fact")
#: Struct → kind.
KIND_OF: dict[type[Entity], str] = {entity: kind for kind, entity in ENTITIES.items()}

__all__ = [
    "ENTITIES", "IN_MEMORY", "KIND_OF", "Alert", "Article", "Call", "Category", "Citizen", "Command", "Correction",
    "Department", "Entity", "Fact", "Handover", "HandoverItem", "Held", "Inspection", "Interval", "ItemScore", "Order",
    "Pause", "Person", "Queue", "Ref", "Resource", "Rubric", "Sample", "Seat", "Shift", "Step", "Surge", "SurgeAction",
    "Urge",
]  # fmt: skip
