"""Words for every field and value of a command and of the entity that it is aimed at, in both languages."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest

from floorctl.floor.command_words import data_words, value_words
from floorctl.i18n import use_language
from floorctl.models.alerts import ALERT_KINDS, SEVERITIES, STEP_KINDS
from floorctl.models.assessment import FACT_KINDS
from floorctl.models.base import Ref
from floorctl.models.floor import LINES, SEAT_KINDS, SEAT_STATES
from floorctl.models.kinds import ENTITIES
from floorctl.models.orders import CHANNELS, ORDER_STATES, ORDER_TYPES, URGENCIES
from floorctl.rules.commands import registry
from floorctl.text.errors import field_word
from tests.awkward_floor import AwkwardFloor
from tests.internal_words import internal_words

#: Values of fields that are plain text in the models: by the field, or by its struct and the field.
_VALUES: dict[str, tuple[Any, ...]] = {
    "Alert.kind": ALERT_KINDS, "AlertRaise.kind": ALERT_KINDS, "severity": SEVERITIES, "Step.kind": STEP_KINDS,
    "step": STEP_KINDS, "Fact.kind": FACT_KINDS, "FactRecord.kind": FACT_KINDS, "Seat.kind": SEAT_KINDS,
    "Seat.state": SEAT_STATES, "Order.state": ORDER_STATES, "type": ORDER_TYPES, "urgency": URGENCIES,
    "channel": CHANNELS, "line": LINES, "Alert.state": ("open", "acknowledged", "closed"),
    "Handover.state": ("open", "given", "taken"), "Sample.state": ("open", "scored", "skipped"),
    "Inspection.state": ("submitted", "appealed", "upheld", "revised"), "Article.state": ("draft", "published"),
    "Correction.state": ("open", "sent", "fixed", "rejected"), "level": (1, 2, 3), "satisfaction": (1, 5),
    "SurgeAction.kind": ("reskill", "call_in", "cancel_pause", "note"), "Pause.kind": ("break", "meal"),
    "callback_outcome": ("reached", "no_answer", "refused", "wrong_number"),
    "from_shift": ("morning", "night"), "to_shift": ("middle", "evening"), "Shift.name": ("morning", "night"),
    "Inspection.decision": ("upheld", "revised"),
}  # fmt: skip
_AT = datetime(2026, 3, 4, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> AwkwardFloor:
    return AwkwardFloor(tmp_path_factory.mktemp("awkward") / "data")


@pytest.fixture(autouse=True)
def language_back() -> Iterator[None]:
    yield
    use_language("zh-CN")


class _Documents:
    """Makes documents of a struct, whose fields have each value that they can have, and names what is on the floor."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known

    def of(self, struct: type[msgspec.Struct]) -> Iterator[dict[str, Any]]:
        values = {
            name: list(self._values(struct, name, hint))
            for name, hint in get_type_hints(struct, include_extras=True).items()
        }
        for at in range(max((len(each) for each in values.values()), default=0)):
            yield {name: each[min(at, len(each) - 1)] for name, each in values.items() if each}

    def _values(self, struct: type[msgspec.Struct], name: str, hint: Any) -> Iterator[Any]:
        while get_origin(hint) is Annotated:
            hint = get_args(hint)[0]
        options = get_args(hint)
        if get_origin(hint) in (Union, UnionType):
            for each in options:
                if each is not NoneType:
                    yield from self._values(struct, name, each)
        elif get_origin(hint) is Literal:
            yield from options
        elif get_origin(hint) is tuple:
            yield list(self._values(struct, name, options[0]))
        elif hint is Ref:
            yield from ({"kind": kind, "id": each} for kind, each in self._known.items())
        elif isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            yield from self.of(hint)
        else:
            yield from self._plain(struct.__name__, name, hint)

    def _plain(self, struct: str, name: str, hint: Any) -> tuple[Any, ...]:
        if (given := _VALUES.get(f"{struct}.{name}", _VALUES.get(name))) is not None:
            return given
        if hint is datetime:
            return (_AT.isoformat(),)
        if hint is date:
            return ("2026-03-04",)
        if hint in (int, float, bool):
            return (hint(1),)
        if name.endswith(("_id", "_ids")) or name in ("id", "by", "skills", "fatal") or name.endswith("_by"):
            kind = name.removesuffix("s").removesuffix("_id")
            return (self._known.get(kind, "x-1f2e"), "x-1f2e")
        return ("写的字",)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_field_of_every_kind_of_command_and_of_its_target_has_words(
    template: AwkwardFloor, tmp_path: Path, language: str
) -> None:
    world = template.copy_in(tmp_path / "data", language)
    use_language(language)
    known = {kind: each for kind, each in world.platform if kind != "rubric"}
    documents, ids = _Documents(known), {*world.ids(), "x-1f2e"}
    found: dict[str, set[str]] = {}

    def look(where: str, words: str) -> None:
        for each in internal_words(words, language, ids) | set(re.findall(r"\d\.0\b", words)):
            found.setdefault(where, set()).add(f"{each}: {words}")

    for kind in registry.kinds():
        for document in documents.of(kind.data):
            for word, value in data_words(world.floor, kind.target, document):
                look(f"{kind.name} {word}", f"{word} {value}")
        nameless = [name for name in kind.data.__struct_fields__ if not field_word(name)]
        assert nameless in ([], ["rubric_version"]), kind.name
    for target in sorted({kind.target for kind in registry.kinds()}):
        for document in documents.of(ENTITIES[target]):
            for name, value in document.items():
                look(f"{target}.{name}", value_words(world.floor, target, name, value))
    world.floor.close()
    assert not found, "\n".join(f"{where}: {sorted(words)[:3]}" for where, words in found.items())
