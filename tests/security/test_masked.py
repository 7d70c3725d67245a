"""Personal data: what the floor hands out is masked, and opens with a grant of the audit trail only."""

import ast
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from floorctl.floor.floor import Floor
from floorctl.models.assessment import Fact
from floorctl.models.base import Entity, Ref
from floorctl.models.masked import Grant, Masked
from floorctl.models.orders import Citizen, Urge
from floorctl.models.quality import TranscriptLine
from floorctl.rules import privacy
from floorctl.rules.privacy import mask_text
from tests.build import DAY, Entities
from tests.screens.filled_floor import NOW, Feed, open_floor
from tests.sources import PACKAGE

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
    turns = (TranscriptLine(speaker="citizen", at=1.0, text=WORDS),)
    yield "sample", "sa-1", made.sample(call={"transcript": turns}, day=NOW.date(), order_id="o-1")
    yield "fact", "fa-1", made.fact(title=WORDS, matter=WORDS, evidence=WORDS, day=NOW.date())


def strings(value: object) -> Iterator[str]:
    """Every text that can be read from a value without opening it."""
    if isinstance(value, str):
        yield value
    for part in parts(value):
        yield from strings(part)


def parts(value: object) -> list[object]:
    """What a value is made of, as far as it can be read without opening it."""
    if isinstance(value, Masked):
        return [value.shown, str(value), repr(value)]
    if isinstance(value, msgspec.Struct):
        properties = [name for name, each in vars(type(value)).items() if isinstance(each, property)]
        return [getattr(value, name) for name in (*value.__struct_fields__, *properties)]
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    with closing(open_floor(tmp_path)) as opened:
        Feed(opened).send(*entities())
        yield opened


def test_no_view_of_the_floor_shows_personal_data(floor: Floor) -> None:
    views: dict[str, Any] = {
        "seats": floor.seats.all(), "queues": floor.queues.all(), "orders": floor.orders.page(),
        "order": floor.orders.get("o-1"),
        "alerts": floor.alerts.all(closed=True), "samples": floor.quality.samples(), "facts": floor.assessment.facts(),
    }  # fmt: skip
    assert all(views.values())
    shown = {(name, text) for name, view in views.items() for text in strings(view)}
    assert {each for each in shown if any(plain in each[1] for plain in PLAIN)} == set()
    assert ("orders", "138****5678") in shown


def test_every_view_opens_with_a_grant_of_the_trail_and_with_nothing_else(floor: Floor) -> None:
    sent = {each: entity for _, each, entity in entities()}
    records: dict[str, Masked[Any]] = {view.id: view.record for view in (
        *floor.seats.all(), *floor.queues.all(), *floor.orders.page().items, *floor.alerts.all(closed=True),
        *floor.quality.samples(),
        *floor.assessment.facts(),
    )}  # fmt: skip
    assert records.keys() == sent.keys()
    kinds = {each: kind for kind, each, _ in entities()}
    for each, record in records.items():
        before = floor.audit.trail(limit=1)[1]
        grant = floor.audit.reveal(kinds[each], each)
        [entry], entries = floor.audit.trail(limit=1)
        assert (entries, entry.seq, entry.subject) == (before + 1, grant.entry, Ref(kinds[each], each))
        assert record.open(grant) == sent[each], each
        assert record.shown != sent[each], each
        for other in records.keys() - {each}:
            with pytest.raises(ValueError, match="does not cover"):
                records[other].seen(grant)
        for nothing in (None, True, object()):
            with pytest.raises(TypeError):
                record.open(nothing)  # type: ignore[arg-type]


def test_revealing_a_sample_reveals_the_order_behind_it_and_the_order_alone_does_not_reveal_the_sample(
    floor: Floor,
) -> None:
    behind = floor.orders.of_sample("sa-1")
    assert behind is not None
    sample, order = floor.audit.reveal("sample", "sa-1"), floor.audit.reveal("order", "o-1")
    assert behind.record.open(sample).citizen == behind.record.open(order).citizen == CITIZEN
    with pytest.raises(ValueError, match="does not cover"):
        floor.quality.sample("sa-1").record.open(order)
    with pytest.raises(ValueError, match="does not cover"):
        floor.orders.get("o-1").record.open(sample)


def test_an_export_grants_only_with_a_reason(floor: Floor) -> None:
    with floor.audit.exporting("orders", "order", 1, "csv", reason=None) as grant:
        assert grant is None
    with floor.audit.exporting("orders", "order", 1, "csv", reason="复核") as grant:
        assert grant is not None
        assert floor.audit.trail(limit=1)[0][0].seq == grant.entry


def test_nothing_but_the_audit_of_the_floor_makes_a_grant() -> None:
    makers = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Grant":
                makers.add(str(path.relative_to(PACKAGE)))
    assert len(makers) == 1, makers
    assert makers <= {"floor/guard.py", "floor/audit.py"}


def test_front_ends_mask_no_field_of_a_citizen_by_themselves() -> None:
    """Phones, names, identity numbers and whole records are masked where the views are made."""
    owners = {name for name in vars(privacy) if name.startswith(("masked_", "mask_"))} - {"mask_text"}
    found = []
    for folder in ("screens", "widgets"):
        for path in (PACKAGE / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Name) and node.id in owners:
                    found.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.id}")
    assert found == []


def test_what_is_masked_twice_is_as_what_is_masked_once() -> None:
    for mask, plain in (
        (privacy.mask_phone, PHONE),
        (privacy.mask_phone, "87654321"),
        (privacy.mask_phone, "110"),
        (mask_text, WORDS),
        (privacy.mask_id_no, ID_NO),
        (privacy.mask_name, "张建国"),
        (privacy.mask_address, "锦江区春熙路88号3单元"),
    ):
        assert mask(mask(plain)) == mask(plain)
    assert privacy.masked_fact(Fact(kind="training", day=NOW.date())).title is None


def test_a_masked_value_compares_by_what_it_holds_and_never_prints_it() -> None:
    one, other = Masked(WORDS, mask_text), Masked(WORDS + "。", mask_text)
    assert one == Masked(WORDS, mask_text)
    assert one != other
    assert hash(one) == hash(Masked(WORDS, mask_text))
    assert f"{one} {one!r} {one.seen(None)}".count(PHONE) == 0
    assert Masked(WORDS, mask_text, Ref("order", "o-1")).seen(Grant(1, "order", ["o-1"])) == WORDS
