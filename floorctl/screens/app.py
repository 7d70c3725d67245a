"""The cockpit application: its global keys, the delivery of changes to the screen in sight, start and exit."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

import msgspec
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Event, Resize
from textual.filter import Monochrome
from textual.message import Message
from textual.worker import WorkerFailed

from floorctl.clock import elapsed
from floorctl.errors import place, stack
from floorctl.i18n import t, use_language
from floorctl.process.core_dumps import not_dumpable
from floorctl.process.memory import collect_as_running
from floorctl.process.signals import ENDING
from floorctl.screens.registry import SCREENS
from floorctl.screens.shell.alarm import AlertWatch, heed_alerts
from floorctl.screens.shell.cockpit import Cockpit
from floorctl.screens.shell.locking import LockDialog
from floorctl.screens.shell.not_taken import NotTaken
from floorctl.screens.shell.terminal import size_now
from floorctl.screens.shell.uncoloured import Uncoloured
from floorctl.widgets import looks
from floorctl.widgets.top_screen import top_screen

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import Changed, ConnectionStatus, ConnectionStatusChanged

FIRST = "floor"
#: Seconds between two updates of the screen while changes keep coming, on average.
FRAME = 0.08
#: Updates may use at most 1/_SHARE of a core, so with hundreds of seats the screen is updated less often than every
#: ``FRAME`` seconds.
_SHARE = 30
#: Updates after a rest may come by so many seconds sooner, so that the second and the third change of a quiet floor are
#: shown at once too; and the least time (seconds) between any two.
_AHEAD, _APART = 0.25, 0.02
_COUNT_AGAIN = 30.0
#: Kinds whose changes alter the counts in the bars.
_COUNTED = frozenset({"order", "counts", "fact", "person", "assessment", "sample", "inspection"})
#: Kinds that the bars show nothing of. They change constantly, so the bars are not repainted for them alone.
_NOT_IN_BARS = frozenset({"seat", "queue", "interval", "resource"})


class CockpitApp(Cockpit):
    """The cockpit on one Floor. With ``sync``, it starts the floor's engine after the first paint."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "app.tcss",
        "floor/screen.tcss",
    ]  # the floor screen is mounted before any other screen's stylesheet is loaded
    DEFAULT_MODE = FIRST
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False  # text selected by mouse could be copied without an entry in the audit trail
    TITLE = "floorctl"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"go('{name}')", f"ui.key.go_{name}") for name, (key, *_) in SCREENS.items()),
        Binding("ctrl+p", "palette", "ui.key.palette"),
        Binding("ctrl+l", "lock", "ui.key.lock", priority=True),
        Binding("ctrl+q", "leave", "ui.key.quit", priority=True),
    ]

    class Arrived(Message):
        """The floor has published events; they are collected in ``_changed`` and ``_connection_changed``."""

    def __init__(self, floor: "Floor", *, sync: bool = False, debug_crash: bool = False, locked: bool = False) -> None:
        super().__init__(floor, SCREENS, FIRST)
        self._painted = False
        self._sync = sync
        self.has_not_asked = sync
        if sync:
            floor.status.begin()  # from here on its state is in memory; until then, each look at it reads the disk
        self._debug_crash = debug_crash
        self._locked_at_start = locked
        self._changed: dict[str, set[str]] = defaultdict(set)
        self._connection_changed = False
        self._status_in_bars: ConnectionStatus | None = None
        self._arriving = threading.Lock()
        self._woken = False
        self._last_flush = 0.0
        #: When the updates until now are paid for, at one in ``FRAME`` seconds and 1/``_SHARE`` of a core.
        self._paid_at = 0.0
        self._last_count = 0.0
        self._counting = False
        self._asked_to_sign_in = False
        self._watch = AlertWatch(floor.config.alerts)
        self._not_taken = NotTaken()
        self._unsubscribe: Callable[[], None] = lambda: None
        self.animation_level = "none"
        if self.no_color:
            # Textual's filter turns colours into greys; NO_COLOR asks for no colour at all.
            self.replace_filters(Monochrome, Uncoloured())
        self.register_theme(looks.THEME)
        self.theme = looks.THEME.name
        self.stylesheet.set_variables(self.get_css_variables())
        use_language(floor.config.language)

    def refresh_css(self, animate: bool = True) -> None:
        """Parse the style sheets again. Not before the first paint: what is read until then is read with the theme."""
        if self._painted:
            super().refresh_css(animate)

    # -- start and exit -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Subscribe to the floor's events and handle the ending signals; show the sign-in or lock where needed."""
        self._unsubscribe = self.floor.events.subscribe(self._from_floor)
        self._note_connection_status()
        loop = asyncio.get_running_loop()
        if threading.current_thread() is threading.main_thread():
            for number in ENDING:
                loop.add_signal_handler(number, self.action_leave)
        self._tick()
        if self.floor.session.person is None:
            self._ask_to_sign_in()
        elif self._locked_at_start:
            self._lock("start")
        self.call_after_refresh(self._after_first_paint)

    async def _after_first_paint(self) -> None:
        self._painted = True
        collect_as_running()
        if self._sync:
            await asyncio.to_thread(not_dumpable)
            await asyncio.to_thread(self.go_live)
            self.has_not_asked = False
        self.load_texts()
        for work in (self._count(), self._find_lead(), self._not_taken.begin(self)):
            self.run_worker(work)

    def go_live(self) -> None:
        """Start to sync, in a worker thread."""
        self.floor.live.start()

    def on_unmount(self) -> None:
        """Unsubscribe from the floor's events."""
        self._unsubscribe()

    def _ask_to_sign_in(self) -> None:
        """Ask for sign-in once per signed-out period, so as not to interrupt a person who reads the stored data."""
        if not self._asked_to_sign_in and not isinstance(top_screen(self), LockDialog | None):
            self._asked_to_sign_in = True
            self.push_screen(self.sign_in_dialog(locked=False))

    def sign_in_dialog(self, *, locked: bool) -> LockDialog:
        """Return a dialog that signs a person in or, with ``locked``, unlocks the terminal."""
        from floorctl.screens.shell.sign_in import SignIn

        return SignIn(locked=locked)

    def action_palette(self) -> None:
        """Open the command palette."""
        from floorctl.screens.shell.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    async def on_event(self, event: Event) -> None:
        """Lay out for the terminal's current size: a queued resize event may hold an outdated one."""
        if isinstance(event, Resize) and (size := size_now(self)):
            event = Resize(size, size)
        await super().on_event(event)

    def action_leave(self) -> None:
        """Quit. Nothing is lost: every act is already in the journal."""
        self.exit(0)

    # -- events of the floor --------------------------------------------------------------------------------------

    def _from_floor(self, event: "Changed | ConnectionStatusChanged") -> None:
        """Collect an event of the floor and wake the app once. Called from worker threads."""
        with self._arriving:
            ids = getattr(event, "ids", None)
            if ids is None:
                self._connection_changed = True
            else:
                for kind, changed in ids.items():
                    self._changed[kind] |= changed
            if self._woken:
                return
            self._woken = True
        self.post_message(self.Arrived())

    def on_cockpit_app_arrived(self, _message: Arrived) -> None:
        """Show the changes now, or later if there have been many updates lately."""
        wait = max(self._paid_at - _AHEAD, self._last_flush + _APART) - elapsed()
        if wait > 0:
            self.set_timer(wait, self._show_changes)
        else:
            self._show_changes()

    def _show_changes(self) -> None:
        self._last_flush, began = elapsed(), time.thread_time()
        with self._arriving:
            changed, self._changed = dict(self._changed), defaultdict(set)
            connection_changed, self._connection_changed = self._connection_changed, False
            self._woken = False
        screen, bars_changed = self.in_sight, not changed.keys() <= _NOT_IN_BARS
        if connection_changed:
            bars_changed |= self._note_connection_status()
            if screen is not None:
                screen.on_connection_status(self.floor.status.connection())
        if changed.keys() & _COUNTED or (connection_changed and self.score.waits):
            self._count_soon()
        if "shift" in changed:
            self.run_worker(self._find_lead(), exclusive=True, group="lead")
        if "outbox" in changed:
            self.run_worker(self._not_taken.show_new(self))
        if "alert" in changed:
            heed_alerts(self, self._watch)
        if screen is not None:
            if changed:
                screen.on_changed(changed)
            if bars_changed:
                screen.refresh_bars()
        cost = _SHARE * (time.thread_time() - began)
        self._paid_at = max(self._paid_at, self._last_flush) + (max(FRAME, cost) if changed else cost)

    def _note_connection_status(self) -> bool:
        """Take up how the connection stands; return whether the bars have to show something else of it."""
        status = self.floor.status.connection()
        # While live, they show the time, not that of the data, which comes with every change of a seat.
        shown = msgspec.structs.replace(status, as_of=None) if status.mode == "live" else status
        before, self._status_in_bars = self._status_in_bars, shown
        if status.mode == "offline":
            self._offline_since = elapsed() - status.offline_seconds
        else:
            self._offline_since = None
        if status.mode == "signed_out":
            self._ask_to_sign_in()
        else:
            self._asked_to_sign_in = False
        return shown != before

    def _tick(self) -> None:
        now = self.floor.now()
        self.set_timer(1.02 - now.microsecond / 1e6, self._tick)
        if (size := size_now(self)) and size != self.size:
            self.post_message(Resize(size, size))  # the size changed without a signal
        screen = self.in_sight
        if screen is not None:
            screen.refresh_bars()
            screen.on_tick(now)
        heed_alerts(self, self._watch)
        if self.heed_keys_kept_too_long():
            self.say(t("ui.keys_forgotten"), severity="warning")
        self.lock_if_idle()
        if elapsed() - self._last_count > _COUNT_AGAIN:
            self._count_soon()
            self.run_worker(self._find_lead(), exclusive=True, group="lead")  # a shift also ends without a change

    def _count_soon(self) -> None:
        if not self._counting:
            self.run_worker(self._count())

    async def _count(self) -> None:
        self._counting = True
        try:
            await asyncio.sleep(max(0.0, self._last_count + 1 - elapsed()))
            self._last_count = elapsed()
            self.counts = await asyncio.to_thread(self.floor.orders.counts)
            self.quality = await asyncio.to_thread(self.floor.quality.counts)
            other_score = await asyncio.to_thread(self.score.count, self.floor)
        finally:
            self._counting = False
        if (screen := self.in_sight) is not None:
            screen.refresh_bars()
            if other_score:
                screen.on_changed({"assessment": frozenset()})

    async def _find_lead(self) -> None:
        now, shifts = self.floor.now(), await asyncio.to_thread(self.floor.staffing.shifts_today)
        leads = [each for _, each in shifts if each.lead and each.starts_at <= now < each.ends_at]
        self.shift_lead = (leads[0].name, self.floor.names.person(leads[0].person_id)) if leads else None
        if (screen := self.in_sight) is not None:
            screen.refresh_bars()

    def report_error(self) -> None:
        """Print the kind and place of the error, without data; Textual's own report prints local variables."""
        error = self.error
        if isinstance(error, WorkerFailed):
            error = error.error  # the worker's own error: ``WorkerFailed`` has no place
        where = place(error) if error is not None else ""
        words = [t("ui.crash", kind=type(error).__name__, where=where)]
        if self._debug_crash and error is not None:
            words.append(stack(error))
        self.end_with(Text("\n".join(words)))  # one text: of several, Textual shows the first and a note of its own


def run_cockpit(floor: "Floor", *, debug: bool = False) -> int:
    """Show the cockpit on ``floor`` until the person leaves it; return the exit code. The caller closes the floor."""
    app = CockpitApp(floor, sync=True, debug_crash=debug, locked=floor.session.opens_locked())
    code = app.run()
    return app.return_code or code or 0
