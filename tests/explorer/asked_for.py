"""Whether what was done was asked for: by a key that says so, on what was in sight when it was pressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from floorctl.screens.floor.breaks import AskBreaks
from floorctl.screens.registry import SCREENS
from floorctl.screens.shell.alarm import Alarm
from floorctl.screens.shell.dialogs import Confirm
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.sync.outbox_item import OutboxItem
from floorctl.widgets.table import PlainTable
from tests.explorer.errors import FindingError
from tests.explorer.steps import Step
from tests.floor_access import journal_of

if TYPE_CHECKING:
    from tests.explorer.walk import Walk

#: Action → the kinds of command that it may lead to, beyond what its screen's NEEDS says.
_LEADS_TO = {
    "SeatPanel.change": {"pause.cancel", "shift.assign"},
    "cancel_pauses": {"pause.cancel", "shift.assign"},
    "Alarm.answer": {"alert.acknowledge", "alert.step"},
    "EscalationDialog.next": {"alert.acknowledge", "alert.step"},
    "alert": {"alert.acknowledge", "alert.step"},
    "acknowledge": {"alert.acknowledge", "alert.step"},
    "step": {"alert.step", "alert.acknowledge"},
    "choose_step": {"alert.step", "alert.acknowledge"},
    "close": {"alert.close"},
    "sign": {"handover.give", "handover.take"},
    "take_as": {"handover.take"},
    "give": {"handover.give", "handover.note"},
    "take": {"handover.take"},
    "done": {"handover.item"},
    "decide": {"inspection.decide", "inspection.appeal", "alert.close"},
    "PlainTable.open": {"inspection.decide", "inspection.appeal", "alert.close"},
    "submit": {"inspection.submit"},
    "go_on": {"inspection.submit"},
    "skip": {"sample.skip"},
}
#: Actions that list what they act on by themselves, wherever the cursor is.
_LISTS_ITSELF = {"moved"}
#: Actions that may send anything that was done before once more, or put it aside.
_ANYTHING = {"again", "change", "aside", "undo"}
#: Actions that choose by themselves, or ask, what they are about.
_ON_OTHERS = {"alert", "moved"}
#: Kinds whose target is a row of the screen's list.
_ON_ROWS = {
    "orders": {"order.urge", "order.dispatch", "order.review", "order.callback", "order.problem"},
    "floor": {"seat.state", "seat.skills", "seat.listen"},
    "alerts": {"alert.close", "alert.step", "alert.acknowledge"},
}
#: Steps in which only one key was pressed, so that what was in sight before it is known.
_ONE_KEY = ("key", "others act then key", "vanish then key", "goes then key")


@dataclass
class Conversation:
    """An action and the questions that it asks, until the screen stands there again."""

    action: str
    screen: str
    kinds: set[str] = field(default_factory=set)
    anything: bool = False
    targets: frozenset[str] | None = None


@dataclass
class Before:
    """How things stood when a step began."""

    line: Input | None
    value: str
    screens: tuple[Any, ...]
    mode: str
    targets: frozenset[str] | None
    on_top: Any
    #: A number and a password have been given, and are being looked at.
    busy: bool


#: No step does more.
_MOST_AT_ONCE = 400


class AskedFor:
    """Follows what is done, key by key."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.conversations: list[Conversation] = []
        self._targets_before: frozenset[str] | None = None
        self._one_key = False
        self._journal = journal_of(walk.floor)
        #: What was done before this step, by its number in the journal.
        self._known = self._newest()

    def _newest(self) -> int:
        return max((item.seq for item in self._journal.items(limit=1, newest_first=True)), default=0)

    @property
    def done(self) -> list[OutboxItem]:
        """What was done in this step, and not by the rules."""
        newest = self._journal.items(limit=_MOST_AT_ONCE, newest_first=True)
        return [item for item in reversed(newest) if item.seq > self._known and not item.automatic]

    # -- what the cockpit does

    def action(self, namespace: Any, name: str, params: Any) -> None:
        """An action begins."""
        screen = namespace if isinstance(namespace, CockpitScreen) else self.walk.app.in_sight
        written = f"{name}({', '.join(map(repr, params))})" if params else name
        needs = {
            act: kind for each in reversed(type(screen).__mro__) for act, kind in getattr(each, "NEEDS", {}).items()
        }
        kinds = set(_LEADS_TO.get(f"{type(namespace).__name__}.{name}", ()))
        if namespace is screen:
            kinds |= set(_LEADS_TO.get(name, ()))
            kinds |= {needs[each] for each in (name, written) if each in needs}
        if kinds or (namespace is screen and name in _ANYTHING):
            targets = self._targets_before if self._one_key else _targets(screen)
            if name in _LISTS_ITSELF:
                targets = None
            elif isinstance(namespace, Alarm):
                targets = frozenset({namespace.view.id})  # it names what it is about
            elif isinstance(namespace, EscalationDialog) and namespace.following is not None:
                targets = frozenset({namespace.following.id})  # and an escalation dialog names the next alert
            self.conversations.append(
                Conversation(written, self.walk.app.current_mode, kinds, name in _ANYTHING, targets)
            )

    # -- step by step

    def before(self, step: Step) -> Before:
        """Remember how things stand."""
        app = self.walk.app
        line = app.focused if isinstance(app.focused, Input) else None
        self._one_key = step[0] in _ONE_KEY and line is None
        self._targets_before = _targets(app.in_sight)
        self._known = self._newest()
        if "click" in step[0] and app.screen.query("AlertRail"):
            # A click on an alert of the rail takes it up.
            self.conversations.append(Conversation("alert", app.current_mode, set(_LEADS_TO["alert"])))
        return Before(
            line,
            line.value if line is not None else "",
            tuple(app.screen_stack),
            app.current_mode,
            self._targets_before,
            app.screen,
            getattr(app.screen, "busy", False) or getattr(app.screen, "_busy", False),
        )

    def after(self, step: Step, before: Before) -> None:
        """Look whether what was done since was asked for."""
        self._check_text_acts_on_nothing(step, before)
        self._check_enter_is_not_yes(step, before)
        for command in self.done:
            self._check_asked_for(command)
        app = self.walk.app
        if len(app.screen_stack) == 1 and not app._asking and not self.walk.loop.slowness:
            self.conversations.clear()

    def _check_text_acts_on_nothing(self, step: Step, before: Before) -> None:
        if before.line is None or not (step[0] == "text" or (step[0] == "key" and len(step[1]) == 1)):
            return
        if before.busy:
            return  # it is about to close, when the platform has answered
        if not all(before.line.check_consume_key("x", char) for char in step[1]):
            return  # digits that a list of choices takes are no text
        app = self.walk.app
        if self.done:
            raise FindingError("text acts", f"{step[1]!r} typed into {before.line!r} did {_listed(self.done)}")
        if app.current_mode != before.mode or tuple(app.screen_stack) != before.screens:
            raise FindingError("text acts", f"{step[1]!r} typed into {before.line!r} leads to {app.screen!r}")
        if app.focused is not before.line:
            raise FindingError("text acts", f"{step[1]!r} typed into {before.line!r} gave the keys to {app.focused!r}")
        room = not before.line.max_length or len(before.value) + len(step[1]) <= before.line.max_length
        if room and step[0] == "key" and before.line.value == before.value:
            raise FindingError("text acts", f"{step[1]!r} typed into {before.line!r} is not in it")

    def _check_enter_is_not_yes(self, step: Step, before: Before) -> None:
        if step != ("key", "enter") or not isinstance(before.on_top, Confirm | AskBreaks):
            return
        if self.done or self.walk.app.screen is not before.on_top:
            raise FindingError("enter is yes", f"{before.on_top!r} is answered; done: {_listed(self.done)}")

    def _check_asked_for(self, command: OutboxItem) -> None:
        matching = [each for each in self.conversations if each.anything or command.kind in each.kinds]
        if not matching:
            asked = [each.action for each in self.conversations]
            raise FindingError("not asked for", f"{command.kind} on {command.target.id}; asked for: {asked}")
        for each in matching:
            on_rows = command.kind in _ON_ROWS.get(each.screen, ()) and not each.anything
            on_rows = on_rows and each.action not in _ON_OTHERS
            if not on_rows or each.targets is None or command.target.id in each.targets:
                return
        raise FindingError(
            "another target",
            f"{command.kind} on {command.target.id}; in sight of {matching[-1].action}: "
            f"{sorted(matching[-1].targets or ())}",
        )


def _targets(screen: Any) -> frozenset[str] | None:
    """The ids that an action would act on here; None where nothing says so."""
    if screen is None or not screen.is_mounted:
        return None
    found: set[str] = set()
    lists = [each for each in screen.query("PlainTable, SeatPlan") if each.display and each.region.area]
    for each in lists:
        if each.marked:
            found |= each.marked
        elif isinstance(each, PlainTable):
            found |= {each.cursor_id} if each.cursor_id is not None else set()
        elif each.cursor_seat is not None:
            found.add(each.cursor_seat.id)
    return frozenset(found) if lists else None


def _listed(done: list[OutboxItem]) -> str:
    return ", ".join(f"{each.kind} on {each.target.id}" for each in done)


def load_all_screens() -> None:
    """Import what is otherwise imported when it is first gone to, so that a walk's time is its own."""
    for _, module, _ in SCREENS.values():
        import_module(module)
