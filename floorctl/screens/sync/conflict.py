"""Parked commands: the command's data beside the present entity, and the dialog for the decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from floorctl.floor.command_words import time_in, value_words, with_its_break
from floorctl.i18n import t, term
from floorctl.models.command import ON_ITS_WAY
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry
from floorctl.text import errors
from floorctl.text.safe import cut, visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.one_size import OneSize
from floorctl.widgets.painted import Line
from floorctl.widgets.pane import Pane, compared, heading, labelled, paragraph
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import CommandView

#: Fields that are personal data or too long to be compared.
_LEFT_OUT = frozenset({"citizen", "content", "note", "detail"})
#: Most cells of a field's name, because names from the platform can have any length.
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Parked:
    """A parked command, its present target (None: not known here), and how many later commands wait for it."""

    item: "CommandView"
    current: Mapping[str, Any] | None
    version: int | None
    behind: int
    target: str


def read_parked(floor: "Floor", item: "CommandView") -> Parked:
    """Read a parked command with the newest known version of its target. Reads the disk."""
    current: Mapping[str, Any] | None = None
    version: int | None = None
    shown = item.problem.current if item.problem is not None else None
    if shown is not None and not shown.deleted:
        try:
            document = msgspec.json.decode(bytes(shown.data))
        except msgspec.DecodeError:
            document = None
        if isinstance(document, dict):
            current, version = document, shown.version
    held = floor.outbox.target(item)
    if held is not None and held.version >= (version or 0):
        version, current = held.version, msgspec.to_builtins(held.value)
    pending = floor.outbox.items(ON_ITS_WAY)
    behind = sum(later.target == item.target and later.seq > item.seq for later in pending)
    return Parked(item, current, version, behind, target_name(floor, item))


def target_name(floor: "Floor", item: "CommandView") -> str:
    """Return the words for a command's target: an order's or a seat's number, an alert's kind and subject."""
    return visible(floor.names.target(item))


def field_word(name: str) -> str:
    """Return the word for a field; for a field without one, a general word."""
    return cut(visible(errors.field_word(name)), _LONGEST_NAME) or t("sync.field.other")


def side_by_side(floor: "Floor", parked: Parked, width: int) -> list[Line]:
    """Return lines with the command and its base version at the left and the present entity at the right.

    ≠ marks fields that differ, ◆ what has happened to the entity since the command was made.
    """
    item, now = parked.item, floor.now()
    label = min(14, width // 5)
    half = (width - label - 3) // 2
    left_title = t("sync.side.mine", at=when(item.made_at, now))
    base = t("sync.side.base", version=item.base_version) if item.base_version else t("sync.side.no_base")
    version = t("sync.side.version", version=parked.version) if parked.version else t("sync.side.unknown")
    lines = compared("", left_title, t("sync.side.current"), (label, half), (looks.HEADER, looks.HEADER))
    lines += compared("", base, version, (label, half), (looks.QUIET, looks.QUIET))
    kind = registry.find(item.kind)
    mine = with_its_break(floor, item.data if kind is None else kind.leaves(item.data))
    current = parked.current or {}
    # Fields of the command alone, such as how to listen, are not compared: the entity does not have them.
    own = ENTITIES[item.target.kind].__struct_fields__ if item.target.kind in ENTITIES else ()
    for name, value in mine.items():
        left = value_words(floor, item.target.kind, name, value)
        known = name in current or (parked.current is not None and name in own and name not in _LEFT_OUT)
        right = value_words(floor, item.target.kind, name, current.get(name)) if known else ""
        differs = known and left != right
        styles = (looks.AMBER, looks.STRONG) if differs else (looks.TEXT, looks.TEXT)
        lines += compared(field_word(name), left, right, (label, half), styles, mark="≠" if differs else " ")
    for name, value in current.items():
        at = time_in(value)
        newer = at is not None and item.made_at < at <= now
        if name in mine or name in _LEFT_OUT or not (newer or name in ("state", "lead_department_id")):
            continue
        right = value_words(floor, item.target.kind, name, value)
        style = looks.STRONG if newer else looks.TEXT
        mark = "◆" if newer else " "
        lines += compared(field_word(name), "", right, (label, half), (looks.TEXT, style), mark=mark)
    return lines


def reasons(parked: Parked, width: int) -> list[Line]:
    """Return the lines of the platform's refusal: title, detail, and the error of each field."""
    problem = parked.item.problem
    if problem is None:
        return []
    style = looks.AMBER if parked.item.state == "conflict" else looks.RED
    lines = paragraph(problem.title, width, style)
    if problem.detail:
        lines += paragraph(problem.detail, width)
    for error in problem.errors:
        message = error.message
        lines += labelled("  ✗ " + field_word(error.field), message, width, at=18, style=looks.STRONG)
    return lines


class Decide(ModalScreen[str | None], OneSize[str | None]):
    """Shows command and present entity, and returns ``again``, ``change`` or ``aside`` by digit; None for Esc."""

    DEFAULT_CSS = """
    Decide { background: $background 60%; align: center middle; }
    Decide Vertical { width: 96%; height: 90%; background: $panel; border: round $primary; padding: 0 1; }
    Decide .question { height: auto; text-style: bold; width: 1fr; padding: 0 1; }
    Decide .keys { height: auto; width: 1fr; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,g", "decide('again')", "sync.key.again"),
        Binding("2,e", "decide('change')", "sync.key.change"),
        Binding("3,x", "decide('aside')", "sync.key.aside"),
        Binding("escape", "decide('')", "ui.key.back"),
    ]

    def __init__(self, floor: "Floor", parked: Parked) -> None:
        super().__init__()
        self.floor = floor
        self.parked = parked

    def compose(self) -> ComposeResult:
        """Compose kind, target and state, the two sides, and the choices."""
        item = self.parked.item
        words = f"{term('command', item.kind)}  {self.parked.target}  {term('outbox_state', item.state)}"
        with Vertical():
            yield Static(plain(words), classes="question")
            yield Pane(id="sides")
            yield Static(plain(t("sync.decide"), keep_newlines=True), classes="keys")

    def on_mount(self) -> None:
        """Show the two sides and focus them."""
        pane = self.query_one("#sides", Pane)
        pane.show(self._lines)
        pane.focus()

    def _lines(self, width: int) -> list[Line]:
        lines = reasons(self.parked, width)
        if self.parked.behind:
            lines += paragraph(t("sync.behind", n=self.parked.behind), width, looks.AMBER)
        lines.append(heading(t("sync.section.sides"), width))
        return lines + side_by_side(self.floor, self.parked, width)

    def action_decide(self, choice: str) -> None:
        """Close with ``choice``; "": None."""
        self.dismiss(choice or None)
