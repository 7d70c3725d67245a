"""The registry of command kinds: each is declared once, by ``@command`` on its effect.

Everything that depends on a kind reads it here: who may send it, the form of its data, the base version, the words for
its fields, the conflict sheet, undo. A declaring module is imported on first use of one of its kinds: importing all of
them would slow the start of commands that only read data.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from floorctl.rules.commands.refusal import refused

if TYPE_CHECKING:
    from floorctl.models.base import Entity
    from floorctl.rules.commands.act import Act, Effects
    from floorctl.rules.commands.undo import Undo

#: First word of a kind → the module that declares it.
_MODULES = {
    "seat": "floorctl.rules.floor.commands",
    "pause": "floorctl.rules.floor.commands",
    "floor": "floorctl.rules.floor.commands",
    "order": "floorctl.rules.orders.commands",
    "alert": "floorctl.rules.alerts.commands",
    "inspection": "floorctl.rules.quality.commands",
    "sample": "floorctl.rules.quality.commands",
    "handover": "floorctl.rules.handover.commands",
    "fact": "floorctl.rules.assessment.commands",
    "surge": "floorctl.rules.staffing.commands",
    "shift": "floorctl.rules.staffing.commands",
    "article": "floorctl.rules.knowledge.commands",
    "correction": "floorctl.rules.knowledge.commands",
    "missed_call": "floorctl.rules.orders.missed_call_commands",
}

#: How a person is asked for other data of a command that the platform did not accept.
Question = Literal["words", "departments", "errors", "outcome", "level", "queues"]

_D = TypeVar("_D", bound=msgspec.Struct)


class CommandKind(msgspec.Struct, frozen=True, kw_only=True):
    """A declared kind; the fields are documented at ``command``."""

    name: str
    effect: "Callable[[Act, Entity | None, Any], Effects]"
    data: type[msgspec.Struct]
    roles: frozenset[str]
    target: str
    base: bool
    base_checked: bool
    creates: bool
    signs: bool
    elsewhere: bool
    volatile: bool
    terms: Mapping[str, str]
    names: Mapping[str, str]
    listed: str
    leaves: Callable[[Mapping[str, Any]], dict[str, Any]]
    question: Question
    undo: "Undo | None"
    stays: str
    since: str

    def before(self, entity: "Entity | None", data: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what a command with ``data`` replaces in its target, to be kept for undo; None if nothing is."""
        return None if self.undo is None or self.undo.before is None else self.undo.before(entity, data)

    def part(self, data: Mapping[str, Any]) -> str:
        """Return the part of the target that a command with ``data`` changes; empty: always the same part."""
        return str(data.get(self.undo.part, "")) if self.undo is not None and self.undo.part else ""


_declared: dict[str, CommandKind] = {}


def command(
    name: str,
    *,
    data: type[_D],
    roles: Iterable[str],
    target: str = "",
    base: bool = False,
    base_checked: bool = False,
    creates: bool = False,
    signs: bool = False,
    elsewhere: bool = False,
    volatile: bool = False,
    terms: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    listed: str = "",
    leaves: Callable[[Mapping[str, Any]], dict[str, Any]] = dict,
    question: Question = "words",
    undo: "Undo | None" = None,
    stays: str = "no_opposite",
    since: str = "1",
) -> Callable[["Callable[[Act, Entity | None, _D], Effects]"], "Callable[[Act, Entity | None, _D], Effects]"]:
    """Declare the command kind ``name`` with the decorated function as its effect.

    Who and what:
        data: the struct of its ``data``.
        roles: who may send it.
        target: the kind of its target entity; the first word of ``name`` by default.
        creates: the target may not exist yet; the terminal then chooses its id.

    When it is sent:
        base: it carries the target's version, because it builds on what the person saw.
        base_checked: it normally carries no version and applies to any; if it carries one (as an undo does), it applies
            to that version only.
        signs: it is a signature and is sent only in the session of the person who made it.
        elsewhere: it does not change its target, so the target's version does not show whether it was applied.
        volatile: the target's version changes with every call; a one-shot process fetches the target first.
        since: the version of the contract that it came with; a platform of an older one may not know it.

    How it is worded:
        terms: field of the data → area of the terms (``term.AREA.VALUE`` in the catalogues) that words its values.
        names: field of the data → kind of the entity that it names; ``KIND_id`` and ``KIND_ids`` need no entry.
        listed: the field whose value is shown in the list of one's own acts.
        leaves: data → the target's fields as the command would leave them, for the conflict sheet.
        question: how a person is asked for other data where the platform did not accept it; ``words``: for one of its
            free texts.

    Undo:
        undo: how it is taken back; None if it cannot be.
        stays: why it cannot be taken back (``undo.why.…`` in the catalogues).
    """

    def declare(effect: "Callable[[Act, Entity | None, _D], Effects]") -> "Callable[[Act, Entity | None, _D], Effects]":
        _declared[name] = CommandKind(
            name=name,
            effect=effect,
            data=data,
            roles=frozenset(roles),
            target=target or name.partition(".")[0],
            base=base,
            base_checked=base_checked,
            creates=creates,
            signs=signs,
            elsewhere=elsewhere,
            volatile=volatile,
            terms=terms or {},
            names=names or {},
            listed=listed,
            leaves=leaves,
            question=question,
            undo=undo,
            stays=stays,
            since=since,
        )
        return effect

    return declare


def find(name: str) -> CommandKind | None:
    """Return the kind with this name; None if this release has none."""
    if name not in _declared and (module := _MODULES.get(name.partition(".")[0])) is not None:
        import_module(module)
    return _declared.get(name)


def kind(name: str) -> CommandKind:
    """Return the kind with this name.

    Raises:
        Refused: this release has none.
    """
    found = find(name)
    if found is None:
        raise refused("kind", "unknown_kind", kind=name)
    return found


def kinds() -> tuple[CommandKind, ...]:
    """Return all kinds, importing every declaring module."""
    for module in dict.fromkeys(_MODULES.values()):
        import_module(module)
    return tuple(_declared.values())


def on(target: str) -> tuple[CommandKind, ...]:
    """Return all kinds whose target is an entity of the kind ``target``."""
    return tuple(each for each in kinds() if each.target == target)


def needs_base(name: str) -> bool:
    """Return whether commands of this kind carry the target's version; False for an unknown kind."""
    found = find(name)
    return found is not None and found.base


def signs(name: str) -> bool:
    """Return whether commands of this kind are signatures; False for an unknown kind."""
    found = find(name)
    return found is not None and found.signs
