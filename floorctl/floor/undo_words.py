"""The texts for acts and for the outcome of taking them back, for both front ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorctl.floor.undo import ActView
from floorctl.i18n import t, term
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry
from floorctl.rules.privacy import mask_text

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.undo import TakenBack
    from floorctl.floor.views import OutboxItem

#: How many targets of an act are named; beyond that, their number is added.
_NAMED = 3


def act_words(floor: Floor, act: ActView) -> str:
    """The text for an act: ``技能调整 坐席 05 → 12345 综合``; for an undoing, what was undone or done again."""
    undoings, items = 0, act.items
    while items[0].undoes:
        items = tuple(floor.outbox.item(item.undoes) for item in items if item.undoes)
        undoings += 1
    if undoings:
        return t("undo.of" if undoings % 2 else "undo.again", act=act_words(floor, ActView(items=items, way="")))
    first = act.items[0]
    names = list(dict.fromkeys(floor.names.target(item) for item in act.items))
    about = t("rules.trail.and").join(names[:_NAMED])
    if len(names) > _NAMED:
        about = t("undo.and_more", about=about, n=len(names))
    doing, kind = _doing(first), term("kind", first.target.kind)
    told = first.kind == "shift.assign" or kind.casefold() in doing.casefold()
    words = [doing, "" if told else kind, about]
    if len(act.items) > 1:
        words.insert(1, t("undo.times", n=len(act.items)))
    elif detail := _detail(floor, first):
        words.append(detail)
    return mask_text(" ".join(word for word in words if word))


def _doing(item: OutboxItem) -> str:
    """The text for the kind of act; for a ``shift.assign`` that changes breaks, what changed about them."""
    was = (item.before or {}).get("shift")
    if item.kind == "shift.assign" and was and was["pauses"] != item.data["pauses"]:
        pairs = list(zip(was["pauses"], item.data["pauses"], strict=False))
        off = [(old.get("cancelled", False), new.get("cancelled", False)) for old, new in pairs]
        if (True, False) in off:
            return t("undo.breaks.restored")
        if (False, True) in off:
            return t("undo.breaks.cancelled")
        if any(old["starts_at"] != new["starts_at"] for old, new in pairs):
            return t("undo.breaks.postponed")
    return term("command", item.kind)


def _detail(floor: Floor, item: OutboxItem) -> str:
    kind = registry.find(item.kind)
    if kind is not None and kind.listed:
        value, named = item.data.get(kind.listed, ()), kind.names.get(kind.listed)
        if named is not None:
            ids = [value] if isinstance(value, str) else value
            words = t("rules.trail.and").join(floor.names.of(named, each) for each in ids)
        else:
            words = term(kind.terms[kind.listed], str(value))
        becomes = kind.target in ENTITIES and kind.listed in ENTITIES[kind.target].__struct_fields__
        return f"→ {words}" if becomes else words
    text = item.data.get("text") or item.data.get("title") or ""
    return str(text)


def outcome(floor: Floor, done: TakenBack) -> str:
    """The text for the outcome of taking an act back."""
    parts = []
    if done.dropped or done.items:
        key = "undo.dropped" if not done.items else "undo.done"
        parts.append(t(key, act=act_words(floor, done.act)))
    if done.perhaps:
        parts.append(t("undo.perhaps"))
    if done.left:
        reasons = t("cli.list_semicolon").join(dict.fromkeys(why for _, why in done.left))
        parts.append(t("undo.left", n=len(done.left), why=reasons))
    return " · ".join(parts)
