"""Whether what somebody typed is still there: in its line, kept to be offered again, or in a command."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import msgspec
from textual.app import App
from textual.binding import Binding
from textual.widgets import Input

from floorctl.floor.floor import Floor
from floorctl.screens.shell.palette import Palette
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.opening import connect
from floorctl.sync.outbox_item import OutboxItem
from floorctl.widgets.ask import Pick
from tests.explorer.steps import Step
from tests.floor_access import journal_of

#: What is typed here only looks for something, or tells who somebody is.
_PASSING = ("employee-no", "password", "filter-text")
#: Keys that change what stands in a line.
_EDITS = frozenset({"space"}).union(
    *(
        each.key.split(",")
        for each in Input.BINDINGS
        if isinstance(each, Binding) and each.action.startswith(("delete", "cut", "paste"))
    )
)
#: Steps after which what stood in a line stands there still, or is kept, or was taken.
_LEAVES_TEXT = frozenset(
    {
        "wait",
        "others act",
        "vanish",
        "answer",
        "refuse",
        "outage",
        "return",
        "session ends",
        "urgent",
        "sign in",
        "size",
        "slow disk",
        "wheel",
    }
)


@dataclass
class Typed:
    """A line and what stands in it."""

    line: Input
    text: str


def typed(app: App[Any]) -> list[Typed]:
    """What somebody has typed in the lines that are open."""
    if not app.is_running:
        return []
    found = []
    for screen in app.screen_stack:
        if isinstance(screen, Pick | Palette) or not screen.is_mounted:
            continue
        for line in screen.query(Input):
            if line.display and not line.password and line.id not in _PASSING and line.value.strip():
                found.append(Typed(line, line.value.strip()))
    return [each for each in found if not _was_there(each)]


def _was_there(each: Typed) -> bool:
    """Whether it stood in the line when that was opened."""
    screen = each.line.screen
    values = getattr(screen, "values", None)
    offered = values.values() if isinstance(values, dict) else (getattr(screen, "value", ""),)
    return each.text in {str(value).strip() for value in offered}


def leaves_text(step: Step) -> bool:
    """Whether ``step`` may close a line, but changes nothing in it."""
    if step[0] == "key":
        return len(step[1]) > 1 and step[1] not in _EDITS
    return step[0] in _LEAVES_TEXT


def lost(before: list[Typed], floor: Floor, done: Iterable[OutboxItem]) -> list[str]:
    """What stood in a line before and is nowhere now."""
    found = []
    for each in before:
        line = each.line
        if line.is_attached and line.display and line.value.strip() == each.text:
            continue
        if not any(each.text in have for have in _everywhere(floor, done)):
            found.append(f"{each.text!r} typed into {line!r}")
    return found


def lost_by_leaving(before: list[Typed], floor: Floor) -> list[str]:
    """What stood in a line when the program was left, and that nothing on the disk has."""
    have = [*_drafts(floor), *_reasons(floor), *(_strings(item.data) for item in journal_of(floor).items())]
    return [f"{each.text!r} typed into {each.line!r}" for each in before if not any(each.text in one for one in have)]


def _everywhere(floor: Floor, done: Iterable[OutboxItem]) -> list[str]:
    kept = [*floor.texts._texts.values()]
    did = (_strings(command.data) for command in done)
    return [*kept, *map(_unquoted, kept), *_drafts(floor), *_reasons(floor), *did]


def _reasons(floor: Floor) -> list[str]:
    """What was said to a command that was put aside."""
    return [item.reason or "" for item in journal_of(floor).items() if item.state == "dropped"]


def _drafts(floor: Floor) -> list[str]:
    with closing(connect(floor.data_dir / "journal.db", data_key(floor.data_dir, "file"), durable=True)) as db:
        texts = [bytes(data) for (data,) in db.execute("SELECT data FROM draft")]
    return [
        part for data in texts for part in (_strings(msgspec.json.decode(data)),) for part in (part, _unquoted(part))
    ]


def _unquoted(text: str) -> str:
    """A form is kept as one text that is JSON."""
    try:
        return _strings(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeEncodeError):
        return ""


def _strings(data: Any) -> str:
    if isinstance(data, dict):
        return "\n".join(map(_strings, data.values()))
    if isinstance(data, list | tuple):
        return "\n".join(map(_strings, data))
    return str(data)


__all__ = ["Typed", "leaves_text", "lost", "lost_by_leaving", "typed"]
