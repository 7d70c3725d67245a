"""The texts for a command's data and for what breaks the contract: names for ids, terms for values, formatted times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from floorctl.i18n import t, term
from floorctl.rules.commands import registry
from floorctl.rules.privacy import mask_text
from floorctl.text import errors
from floorctl.text.numbers import points_text
from floorctl.text.safe import visible
from floorctl.text.times import when
from floorctl.text.unknown import unknown

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

#: Field of an entity → the area of its terms; ``state`` and ``kind`` depend on the entity. Fields of commands are
#: declared with their kind.
_AREAS = {
    "urgency": "urgency", "type": "order_type", "channel": "channel", "callback_outcome": "callback_outcome",
    "severity": "severity", "from_shift": "shift", "to_shift": "shift",
}  # fmt: skip
_STATE_AREAS = {
    "order": "order_state", "alert": "alert_state", "seat": "seat_state", "handover": "handover_state",
    "sample": "sample_state", "inspection": "inspection_state", "article": "article_state",
    "correction": "correction_state", "missed_call": "missed_call_state",
}  # fmt: skip
_KIND_AREAS = {
    "alert": "alert_kind",
    "fact": "fact",
    "seat": "seat_kind",
    "resource": "resource",
    "step": "step",
}
#: Field that holds parts of an entity → the kind of part, where its fields have other terms than the entity's.
_PARTS = {"steps": "step"}
#: Field → the kind of entity that it names. Other fields that end in ``_id`` begin with the kind.
_NAMES = {
    "by": "person", "done_by": "person", "acknowledged_by": "person", "given_by": "person", "taken_by": "person",
    "decided_by": "person", "raised_by": "person", "agent_id": "person", "inspector_id": "person",
}  # fmt: skip
#: The place at which a document breaks the contract, as in ``$.steps[0].due_at``.
_PLACE = re.compile(r"`\$\.([^`]+)`")


def value_words(floor: Floor, kind: str, name: str, value: object) -> str:
    """A field's value as text to display: names instead of ids, times in the floor's zone.

    ``kind``: of the entity that has the field.
    """
    if value in (None, "", [], ()):
        return "—"
    if isinstance(value, bool):
        return t("inspect.yes" if value else "inspect.no")
    if isinstance(value, (list, tuple)):
        return t("cli.list_comma").join(value_words(floor, kind, name, each) for each in value)
    if isinstance(value, dict):
        return _words_of_part(floor, kind, name, value)
    text = points_text(value) if isinstance(value, float) else str(value)
    if name == "item_id":
        text = _item(floor, kind, text)
    elif name == "fatal":
        text = _rubric_words(floor, text)
    elif (named := _kind_named(kind, name)) is not None:
        text = floor.names.of(named, text)
    elif (area := _area(kind, name)) is not None:
        text = term(area, text)
    elif (at := time_in(value)) is not None:
        text = when(at, floor.now())
    return visible(text)


def _words_of_part(floor: Floor, kind: str, name: str, part: Mapping[str, object]) -> str:
    """The text for a part of a document: a reference, a break, a score. The part's own id is left out."""
    if set(part) == {"kind", "id"}:
        about = str(part["kind"])
        return visible(f"{term('kind', about)} {floor.names.of(about, str(part['id']))}".strip())
    if name in ("pause", "pauses"):
        kept = {each: value for each, value in part.items() if each != "kind"}
        return " ".join((term("pause", str(part.get("kind", ""))), _words_of_part(floor, kind, "", kept)))
    shown = {each: value for each, value in part.items() if each != "id" and value not in (None, "", False)}
    return " ".join(value_words(floor, _PARTS.get(name, kind), each, value) for each, value in shown.items())


def _kind_named(kind: str, field: str) -> str | None:
    """The kind of entity that a field names; None where it names none."""
    declared = (each.names[field] for each in registry.on(kind) if field in each.names)
    if (named := next(declared, None) or _NAMES.get(field)) is not None:
        return named
    found = re.fullmatch("([a-z]+)_ids?", field)
    return found[1] if found else None


def _area(kind: str, field: str) -> str | None:
    """The area of the terms for a field's values; None where its values are not terms."""
    declared = (each.terms[field] for each in registry.on(kind) if field in each.terms)
    if (area := next(declared, None)) is not None:
        return area
    if field == "state":
        return _STATE_AREAS.get(kind, "")
    return _KIND_AREAS.get(kind, "") if field == "kind" else _AREAS.get(field)


def _item(floor: Floor, kind: str, item_id: str) -> str:
    """The text of the item with this id of a handover or a rubric; the text for an unknown one where it is not held."""
    if kind == "inspection":
        return _rubric_words(floor, item_id)
    items = (item for held in floor.handovers.all().values() for item in held.value.items)
    return next((mask_text(item.text) for item in items if item.id == item_id), unknown("other"))


def _rubric_words(floor: Floor, item_id: str) -> str:
    book = floor.quality.book()
    fatal = {error.id: error.title for view in book.rubrics.values() for error in view.rubric.fatal}
    return (book.titles() | fatal).get(item_id, unknown("item"))


def data_words(floor: Floor, kind: str, data: Mapping[str, object]) -> list[tuple[str, str]]:
    """The data of a command on an entity of ``kind`` as (the field's word, its value as text), without the fields that
    only programs read.
    """
    return [
        (errors.field_word(name) or t("sync.field.other"), value_words(floor, kind, name, value))
        for name, value in with_its_break(floor, data).items()
        if not (name == "item_id" and "text" in data) and name != "rubric_version"
    ]


def with_its_break(floor: Floor, data: Mapping[str, object]) -> Mapping[str, object]:
    """``data`` of a command with the break itself in place of its index in the shift (counted from 0).

    Where the shift is not held or has no such break any more, the index is replaced by its number counted from 1.
    """
    place = data.get("pause")
    if not isinstance(place, int):
        return data
    shift = floor.staffing.shift(str(data.get("shift_id")))
    breaks = dict(enumerate(shift.pauses)) if shift is not None else {}
    meant = msgspec.to_builtins(breaks[place]) if place in breaks else place + 1
    return {**data, "pause": meant}


def broken_words(reason: str) -> str:
    """The reason why an entity was rejected, as text, from the decoder's message."""
    found = _PLACE.search(reason)
    word = errors.field_word(found[1]) if found else ""
    return t("sync.aside.field", field=word) if word else t("sync.aside.content")


def time_in(value: object) -> datetime | None:
    """The time that a field of a document holds; None where it is not an aware time."""
    if not isinstance(value, str) or len(value) < 19 or value[4:5] != "-":
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
