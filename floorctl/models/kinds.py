"""Kinds of entities: the struct of each, and which kinds a terminal keeps in memory."""

from floorctl.models.alerts import Alert, Surge
from floorctl.models.assessment import Fact
from floorctl.models.base import Entity
from floorctl.models.floor import Interval, Queue, Resource, Seat
from floorctl.models.handover import Handover
from floorctl.models.knowledge import Article, Correction
from floorctl.models.orders import Category, Department, MissedCall, Order
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person, Shift

#: Kind → struct, for every kind of the contract that this release uses; a page's changes of other kinds are ignored.
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
    "missed_call": MissedCall,
}

#: Kinds with few enough entities to keep all in memory. Orders, intervals, shifts and the rest are read from the cache
#: on demand.
IN_MEMORY = ("seat", "queue", "resource", "alert", "person", "department", "fact")
#: Struct → kind.
KIND_OF: dict[type[Entity], str] = {entity: kind for kind, entity in ENTITIES.items()}
