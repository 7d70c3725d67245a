"""The cockpit of a practice: gives the tasks, counts the keys, sees what is done.

Public: ``CoachedCockpit``, ``run_practice``.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key, Paste
from textual.widget import Widget
from textual.widgets import Input

from floorctl.clock import elapsed
from floorctl.i18n import t
from floorctl.screens.coach.given import Setting, Sight
from floorctl.screens.coach.page import ResultsPage
from floorctl.screens.coach.panel import CoachPanel
from floorctl.screens.coach.practice import Practice
from floorctl.screens.demonstration.accounts import Accounts
from floorctl.screens.demonstration.cockpit import DemoCockpit
from floorctl.screens.floor.screen import FloorScreen
from floorctl.screens.floor.seat_plan import SeatPlan
from floorctl.screens.shell.alarm import Alarm

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import Changed, CommandView, ConnectionStatusChanged
    from floorctl.screens.demonstration.demonstration import Demonstration

#: Seconds between two looks at whether the task is done.
_LOOK_EVERY = 0.1
#: Most commands of one task that are looked at.
_MOST_ACTS = 200
#: Keys that belong to the practice and not to the work.
_OURS = frozenset({"f1", "f2", "f3", "f4", "f8", "f9", "ctrl+q"})
#: What keys may be for that are none of a task: the results, the accounts, an alarm that comes by itself.
_BESIDE = (ResultsPage, Accounts, Alarm)
#: Keys that change a text that is being typed.
_EDITING = frozenset({"backspace", "delete", "left", "right", "home", "end", "ctrl+v", "ctrl+u", "ctrl+w", "ctrl+k"})


class CoachedCockpit(DemoCockpit):
    """A demonstration's cockpit in which tasks are practised. Its keys have priority, so that they act in dialogs too.

    The outcome of a key is looked for in the journal and on the screen, a moment after it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "hint", "coach.key.hint", priority=True),
        Binding("f3", "next_task", "coach.key.next", priority=True),
        Binding("f4", "repeat", "coach.key.repeat", priority=True),
        Binding("f8", "results", "coach.key.results", priority=True),
    ]

    def __init__(
        self, floor: "Floor", demonstration: "Demonstration", practice: Practice, *, sync: bool = False, **options: Any
    ) -> None:
        super().__init__(floor, demonstration, sync=sync, **options)
        self._opening = False  # the coach's lines stand there
        self.practice = practice
        self._acts: list[CommandView] = []
        #: The number of the last command before the task.
        self._before = 0
        self._acted = threading.Event()
        self._reading = False
        self._end_notes: Callable[[], None] = lambda: None

    def on_mount(self) -> None:
        """Begin with the first task; Textual also calls the handlers of the classes above."""
        self._end_notes = self.floor.events.subscribe(self._note_acts)
        self.set_interval(_LOOK_EVERY, self._look)
        self._give(0)

    def on_unmount(self) -> None:
        """Keep what was begun."""
        self._end_notes()
        self.practice.leave(elapsed(), self._today())

    def notices(self) -> Iterable[Widget]:
        """Yield the coach's lines."""
        yield CoachPanel(self.practice)

    # -- giving tasks -----------------------------------------------------------------------------------------------

    def _give(self, at: int) -> None:
        """Set up the task with this index, or the next one that the floor has something for."""
        self._mend_line()
        self.practice.set_up(at)
        if self.practice.task is None:
            self.action_results()
        else:
            self.run_worker(self._set_up(), exclusive=True, group="coach")

    async def _set_up(self) -> None:
        practice = self.practice
        await _until(self._is_there)
        self.action_go("floor")
        await _until(lambda: self._floor_screen() is not None)
        if (screen := self._floor_screen()) is None:
            return
        _begin_anew(screen)
        while (task := practice.task) is not None:
            given = None
            if not task.needs or self.floor.desk.may(task.needs):  # not so once another person has signed in
                given = await task.set_up(Setting(self.floor, screen, self._cut_line))
            if given is not None:
                self._before = await asyncio.to_thread(self._last_act)
                self._acts = []
                practice.begin(given, elapsed())
                return
            practice.pass_over()
        self.action_results()

    async def _cut_line(self) -> None:
        """Cut the line, and wait until it is noticed."""
        if not self._line_is_cut:
            await self._set_line(True, "coach.line.cut", "")
        await _until(lambda: self.floor.status.connection().mode == "offline")

    def _mend_line(self) -> None:
        """Mend the line that a task has cut."""
        task = self.practice.task
        if task is not None and task.cuts_line and self._line_is_cut:
            self._line_is_cut = False  # at once: it is mended once, and may be cut again before that is done
            self.run_worker(self._set_line(False, "", "coach.line.mended"))

    def _withdraw_line_words(self) -> None:
        super()._withdraw_line_words()
        for words in ("coach.line.cut", "coach.line.mended"):
            self.withdraw_toasts(t(words))

    def _is_there(self) -> bool:
        """Whether the floor has what the task needs: seats to look at, for all others the whole first sync."""
        practice, syncs = self.practice, self.floor.status.connection().first_sync is not None
        practice.awaits_data = syncs and practice.task is not None and not practice.task.looks
        return bool(self.floor.seats.all()) and not practice.awaits_data

    def _floor_screen(self) -> FloorScreen | None:
        """Return the floor screen, once it is in sight."""
        screen = self.in_sight
        return screen if isinstance(screen, FloorScreen) and screen.in_front else None

    def _last_act(self) -> int:
        return max((item.seq for item in self.floor.outbox.items(limit=1)), default=0)

    # -- counting keys ----------------------------------------------------------------------------------------------

    async def _let_act(self, key: Key | Paste) -> None:
        ours = isinstance(key, Key) and key.key in _OURS
        if not (ours or self.is_locked or isinstance(self.screen, _BESIDE)):
            self.practice.pressed(elapsed(), text=self._is_text(key))
        await super()._let_act(key)

    def _is_text(self, key: Key | Paste) -> bool:
        line = self.focused
        if not isinstance(line, Input):
            return False
        if isinstance(key, Paste):
            return True
        return key.key in _EDITING or line.check_consume_key(key.key, key.character)

    # -- seeing what is done ----------------------------------------------------------------------------------------

    def _note_acts(self, event: "Changed | ConnectionStatusChanged") -> None:
        """Remember that there may be new commands. Called from worker threads."""
        if "outbox" in getattr(event, "ids", ()):
            self._acted.set()

    def _look(self) -> None:
        if self._acted.is_set() and not self._reading:
            self._acted.clear()
            self._reading = True
            self.run_worker(self._read_acts())
        practice = self.practice
        task = practice.task
        if self._acts:
            self._mend_line()  # what was to be done without it is kept by now
        if practice.phase == "open" and task is not None and task.is_done(self._sight(), practice.given):
            self._end_task()
        self._repaint()

    def _end_task(self, *, skipped: bool = False) -> None:
        self._mend_line()
        self.practice.end(elapsed(), self._today(), skipped=skipped)

    def _today(self) -> datetime:
        """Return the real time: the floor's may be of another day."""
        return datetime.now(self.floor.config.zone)

    async def _read_acts(self) -> None:
        try:
            items = await asyncio.to_thread(self.floor.outbox.items, limit=_MOST_ACTS)
        finally:
            self._reading = False
        self._acts = [item for item in items if item.seq > self._before and not item.automatic]

    def _sight(self) -> Sight:
        screen = self.in_sight
        return Sight(self.floor, self._acts, screen, bare=screen is self.screen)

    def _repaint(self) -> None:
        if (screen := self.in_sight) is not None:
            for panel in screen.query(CoachPanel):
                panel.repaint()

    # -- keys -------------------------------------------------------------------------------------------------------

    def action_hint(self) -> None:
        """Show the best way of the task, or hide it."""
        self.practice.hint()
        self._repaint()

    def action_next_task(self) -> None:
        """Give the next task; one that is not done is skipped, one that is looked at was seen."""
        practice = self.practice
        task = practice.task
        if practice.phase == "open" and task is not None:
            self._end_task(skipped=not task.looks)
        elif practice.phase == "ended":
            self._give(practice.at + 1)
        self._repaint()

    def action_repeat(self) -> None:
        """Give the same task again; at the end, the first one."""
        self._give(self.practice.at if self.practice.task is not None else 0)
        self._repaint()

    def action_results(self) -> None:
        """Show the results so far, or close them."""
        if isinstance(self.screen, ResultsPage):
            self.screen.dismiss(None)
        else:
            self.push_screen(ResultsPage(self.practice.in_order))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keep the keys of the practice from acting while the terminal is locked."""
        if action in ("hint", "next_task", "repeat", "results"):
            return not self.is_locked
        return super().check_action(action, parameters)


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  several things lead to it, and no single one of them tells
        await asyncio.sleep(_LOOK_EVERY)


def _begin_anew(screen: FloorScreen) -> None:
    """Remove the filter and the marks, and show the plan with the cursor on its first seat."""
    if screen.filter_text:
        screen.clear_filter()
    screen.go_back()
    plan = screen.query_one(SeatPlan)
    if not plan.display:
        screen.action_table()
    plan.action_edge(0)


def run_practice(floor: "Floor", demonstration: "Demonstration", practice: Practice, *, debug: bool = False) -> int:
    """Show the cockpit of a practice until the person leaves it; return the exit code."""
    locked = floor.session.opens_locked()
    app = CoachedCockpit(floor, demonstration, practice, sync=True, debug_crash=debug, locked=locked)
    code = app.run()
    return app.return_code or code or 0
