"""Personal data: what the floor hands out is masked, and opens with a grant of the audit trail only."""

import ast
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from floorctl.floor.floor import Floor
from floorctl.models.assessment import Fact
from floorctl.models.base import Ref
from floorctl.models.masked import Grant, Masked
from floorctl.rules import privacy
from floorctl.rules.privacy import mask_text
from tests.cli.shell import Shell
from tests.personal_floor import CITIZEN, ID_NO, PHONE, PLAIN, WORDS, entities, personal_floor
from tests.screens.filled_floor import NOW
from tests.sources import PACKAGE


def strings(value: object) -> Iterator[str]:
    """Yield every text that can be read from a value without revealing it."""
    if isinstance(value, str):
        yield value
    for part in parts(value):
        yield from strings(part)


def parts(value: object) -> list[object]:
    """Return the parts of a value that can be read without revealing it."""
    if isinstance(value, Masked):
        return [value.shown, str(value), repr(value)]
    if isinstance(value, msgspec.Struct):
        properties = [name for name, each in vars(type(value)).items() if isinstance(each, property)]
        found = [getattr(value, name) for name in (*value.__struct_fields__, *properties)]
        return [each for each in found if each is not value]
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, dict):
        return [*value, *value.values()]
    return list(value) if isinstance(value, list | tuple | set | frozenset) else []


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    with closing(personal_floor(tmp_path / "data")) as opened:
        yield opened


def test_no_view_of_the_floor_shows_personal_data(floor: Floor) -> None:
    views: dict[str, Any] = {
        "seats": floor.seats.all(), "queues": floor.queues.all(), "orders": floor.orders.page(),
        "order": floor.orders.get("o-1"),
        "alerts": floor.alerts.all(closed=True), "samples": floor.quality.samples(), "facts": floor.assessment.facts(),
        "scores": floor.quality.inspections(), "resources": [floor.queues.resources()],
        "commands": floor.outbox.items(), "history": [floor.outbox.history(item.id) for item in floor.outbox.items()],
        "acts": floor.undo.recent(), "targets": [floor.names.target(item) for item in floor.outbox.items()],
        "trail": floor.audit.trail(limit=-1, sending=True),
    }  # fmt: skip
    assert all(views.values())
    shown = {(name, text) for name, view in views.items() for text in strings(view)}
    assert {each for each in shown if any(plain in each[1] for plain in PLAIN)} == set()
    assert ("orders", "138****5678") in shown


class _View(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def record(self) -> Masked[Any]: ...


def test_every_view_opens_with_a_grant_of_the_trail_and_with_nothing_else(floor: Floor) -> None:
    sent = {each: entity for kind, each, entity in entities() if kind != "rubric"}
    views: list[_View] = [
        *floor.seats.all(), *floor.queues.all(), *floor.orders.page().items, *floor.alerts.all(closed=True),
        *floor.quality.samples(), *floor.quality.inspections(),
        *(view for view in floor.assessment.facts() if not view.pending),
    ]  # fmt: skip
    records = {view.id: view.record for view in views}
    assert records.keys() == sent.keys()
    kinds = {each: kind for kind, each, _ in entities()}
    for each, record in records.items():
        before = floor.audit.trail(limit=1)[1]
        grant = floor.audit.reveal(kinds[each], each)
        [entry], entries = floor.audit.trail(limit=1)
        assert (entries, entry.seq, entry.subject) == (before + 1, grant.entry, Ref(kinds[each], each))
        assert record.open(grant) == sent[each], each
        assert record.shown != sent[each], each
        parts = {"in-1"} if each == "sa-1" else set()  # a sample is shown with its scores
        for other in records.keys() - {each} - parts:
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


def test_a_viewers_handover_shows_no_personal_data_and_no_signature_loses_any(floor: Floor) -> None:
    """Whoever may reveal it reads what staff wrote to each other as it is; the summary is signed as it was written."""
    floor.signing.give(reason=WORDS)
    floor.signing.withdraw(reason=WORDS)
    view = floor.handovers.get(floor.handovers.all().popitem()[0])
    assert any(WORDS in text for text in strings(view))
    floor.session.read_only = True
    views = [floor.handovers.get(shift) for shift in floor.handovers.all()]
    assert [text for text in strings(views) if any(plain in text for plain in PLAIN)] == []


#: Command lines that show records, without --json, --reveal and --reason; what they reveal: kind and ids.
LISTS: dict[tuple[str, ...], tuple[str, set[str]]] = {
    ("seats",): ("seat", {"s-1"}),
    ("orders",): ("order", {"o-1"}),
    ("alerts",): ("alert", {"a-1"}),
    ("inspect", "scores"): ("inspection", {"in-1"}),
    ("inspect", "list"): ("sample", {"sa-1"}),
    ("outbox", "list"): ("command", set()),
}


@pytest.fixture
def shell(floor: Floor, tmp_path: Path) -> Shell:
    return Shell(tmp_path / "shell", data=floor.data_dir)


def trail_of(shell: Shell) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = shell.json("audit", "list", "--limit", "0")["items"]
    return entries


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_a_list_shows_personal_data_only_on_request_and_then_the_trail_names_the_records(
    shell: Shell, command: tuple[str, ...]
) -> None:
    kind, ids = LISTS[command]
    for options in ((), ("--json",)):
        before = trail_of(shell)
        ended = shell(*command, *options)
        assert ended.returncode == 0, ended.stderr
        assert [plain for plain in PLAIN if plain in ended.stdout + ended.stderr] == []
        assert trail_of(shell) == before
        shown = shell(*command, *options, "--reveal")
        assert shown.returncode == 0, shown.stderr
        assert PHONE in shown.stdout or options == ()
        [entry] = trail_of(shell)[: -len(before)]
        assert (entry["what"], entry["subject"]["kind"]) == ("reveal", kind)
        assert ids <= set(entry["detail"]["ids"])


@pytest.mark.parametrize("what", ["orders", "alerts", "seats", "queues", "outbox", "audit"])
@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_holds_personal_data_only_with_a_reason_in_the_trail(shell: Shell, what: str, form: str) -> None:
    masked, plain = shell.folder / f"masked.{form}", shell.folder / f"plain.{form}"
    assert shell("export", what, str(masked)).returncode == 0
    assert [each for each in PLAIN if each in masked.read_text("utf-8")] == []
    ended = shell("export", what, str(plain), "--reveal", "--reason", "复核")
    assert ended.returncode == 0, ended.stderr
    assert (PHONE in plain.read_text("utf-8")) == (what != "audit")
    newest, before = trail_of(shell)[:2]
    assert (newest["what"], newest["detail"]["reason"]) == ("export", "复核")
    assert not before["detail"].get("revealed")


@pytest.mark.parametrize(
    "command", [("handover",), ("undo",), ("status",), ("inspect", "contested"), ("audit", "list")]
)
def test_no_other_reading_command_shows_personal_data_of_records(shell: Shell, command: tuple[str, ...]) -> None:
    for options in ((), ("--json",)):
        ended = shell(*command, *options)
        assert ended.returncode == 0, ended.stderr
        shown = ended.stdout.replace(f"{WORDS}", "", 1 if command == ("handover",) else 0)  # a note between staff
        assert [plain for plain in PLAIN if plain in shown + ended.stderr] == []


def test_nothing_but_the_audit_of_the_floor_makes_a_grant() -> None:
    makers = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Grant":
                makers.add(str(path.relative_to(PACKAGE)))
    assert len(makers) == 1, makers
    assert makers <= {"floor/guard.py", "floor/audit.py"}


def test_front_ends_mask_nothing_by_themselves() -> None:
    """Personal data is masked where the views are made."""
    maskers = [
        str(path.relative_to(PACKAGE))
        for folder in ("cli", "screens", "widgets")
        for path in (PACKAGE / folder).rglob("*.py")
        if "privacy" in path.read_text("utf-8")
    ]
    assert maskers == []


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
    assert privacy.masked(Fact(kind="training", day=NOW.date())).title is None


def test_a_masked_value_compares_by_what_it_holds_and_never_prints_it() -> None:
    one, other = Masked(WORDS, mask_text), Masked(WORDS + "。", mask_text)
    assert one == Masked(WORDS, mask_text)
    assert one != other
    assert hash(one) == hash(Masked(WORDS, mask_text))
    assert f"{one} {one!r} {one.seen(None)}".count(PHONE) == 0
    assert Masked(WORDS, mask_text, Ref("order", "o-1")).seen(Grant(1, "order", ["o-1"])) == WORDS
