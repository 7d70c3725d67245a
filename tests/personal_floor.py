"""A floor on which every personal field of every record holds a phone and an identity number."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from floorctl.floor.floor import Floor
from floorctl.models.base import Entity, Ref
from floorctl.models.orders import Citizen, Urge
from floorctl.models.quality import Appeal, ItemScore, TranscriptLine
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.platform import wire
from tests.build import DAY, Entities
from tests.floor_access import journal_of
from tests.screens.filled_floor import NOW, TODAY, Feed, open_floor, people

PHONE, ID_NO = "13812345678", "510104199001011234"
WORDS = f"回电{PHONE}，身份证{ID_NO}"
PLAIN = (PHONE, ID_NO, "张建国", "春熙路88号")
CITIZEN = Citizen(name="张建国", phone=PHONE, id_no=ID_NO, address="锦江区春熙路88号3单元")


def entities() -> Iterator[tuple[str, str, Entity]]:
    """One entity of each kind that a view is made of, with personal data wherever it may stand."""
    made = Entities(NOW)
    yield "queue", "q-12345", made.queue(name=f"专席{PHONE}")
    yield "seat", "s-1", made.talking(call=made.call(caller=PHONE))
    yield (
        "order",
        "o-1",
        made.order(
            1,
            title=WORDS,
            content=WORDS,
            region=WORDS,
            result=WORDS,
            problem=WORDS,
            citizen=CITIZEN,
            state="dispatched",
            review_errors=(WORDS,),
            urges=(Urge(at=NOW - DAY, by="p-1", level=1, note=WORDS),),
        ),
    )
    alert = made.alert(
        subject={"kind": "order", "id": "o-1"}, title=WORDS, detail=WORDS, steps=(made.step(note=WORDS),)
    )
    yield "alert", "a-1", alert
    made_by = {"sample_id": "sa-1", "inspector_id": "p-1001", "agent_id": "p-2001"}
    scores = (ItemScore(item_id="open", points=2, comment=WORDS),)
    appeal = Appeal(by="p-2001", at=NOW, reason=WORDS)
    yield "rubric", "r-1", made.rubric()
    yield (
        "inspection",
        "in-1",
        made.inspection(**made_by, scores=scores, comment=WORDS, appeal=appeal, state="appealed"),
    )
    turns = (TranscriptLine(speaker="citizen", at=1.0, text=WORDS),)
    yield "sample", "sa-1", made.sample(call={"transcript": turns}, day=TODAY, order_id="o-1")
    yield "fact", "fa-1", made.fact(title=WORDS, matter=WORDS, evidence=WORDS, day=TODAY)


def personal_floor(folder: Path) -> Floor:
    """A floor with these entities, refused and unsent commands about them, and a note between staff."""
    floor = open_floor(folder)
    Feed(floor).send(*people(), *entities())
    _refuse(floor, floor.orders.urge("o-1", note=WORDS))
    _refuse(floor, floor.alerts.acknowledge("a-1"))
    floor.assessment.record_fact("training", TODAY, title=WORDS, evidence=WORDS)
    floor.handovers.note(WORDS, Ref("order", "o-1"))
    return floor


def _refuse(floor: Floor, item: OutboxItem) -> None:
    """Let the platform refuse the command with a problem that repeats personal data in every field."""
    [order] = [entity for kind, _, entity in entities() if kind == "order"]
    raw = msgspec.Raw(msgspec.json.encode(order))
    problem = wire.Problem(
        title=WORDS,
        status=409,
        detail=WORDS,
        errors=(wire.FieldError("note", WORDS),),
        current=wire.Change(kind="order", id="o-1", version=9, deleted=False, data=raw),
    )
    journal_of(floor).claim(item.id, None)
    journal_of(floor).park(item.id, "conflict", problem)
