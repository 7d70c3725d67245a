"""A walk through the real cockpit: takes steps, and after each checks what has to hold whatever happens."""

import asyncio
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, cast

import pyte
from textual import events
from textual._compositor import LayoutUpdate
from textual.driver import Driver
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from floorctl.floor.floor import Floor
from floorctl.i18n import language as language_now
from floorctl.i18n import use_language
from floorctl.screens.app import CockpitApp
from floorctl.screens.shell.alarm import Alarm
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.shell.sign_in import SignIn
from tests.explorer.asked_for import AskedFor
from tests.explorer.errors import FindingError
from tests.explorer.people import NUMBERS, PASSWORD, session_of, signing_in_at
from tests.explorer.rows import CursorMoves, in_sight, lists_in_use, moved_rows
from tests.explorer.steps import Step
from tests.explorer.texts import Typed, leaves_text, lost, lost_by_leaving, typed
from tests.explorer.world import World
from tests.floor_access import close_all, journal_of
from tests.screen_equality import full_update
from tests.still_time import StillLoop, still_time
from tests.xterm_screen import XtermScreen, differing_lines, rows
from tools.memory import in_memory

#: Seconds after a step until what it led to stands there.
_SETTLED = 0.35
_LONGEST_SETTLING = 12.0
#: Frames after which something that is still to be painted is let be.
_MOST_FRAMES = 50
_CHARACTERS = {"enter": "\r", "tab": "\t", "space": " ", "escape": "\x1b", "backspace": "\x7f"}
_MOST_ESCAPES = 12
#: Seconds after which a password may be tried once more, however many were wrong.
_UNTIL_NEXT_TRY = 301.0


class EmulatedDriver(Driver):
    """A terminal in memory: output is drawn on a screen, keys and the mouse are sent as events."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._written: list[str] = []
        #: A full repaint, on which what is in ``_written`` follows.
        self._repaint = ""
        self._expects_repaint = False
        self.screen = XtermScreen(*(self._size or (80, 24)))
        self._stream = pyte.Stream(self.screen)

    def write(self, data: str) -> None:
        """Keep output until ``look``."""
        if self._expects_repaint and "\n" in data:
            self._repaint, self._expects_repaint = data, False
            self._written.clear()
        else:
            self._written.append(data)

    def resized(self, columns: int, rows: int) -> None:
        """The terminal has another size."""
        self.look()
        self._size = (columns, rows)
        self.screen.resize(rows, columns)

    def expect_full_repaint(self) -> None:
        """Drop earlier output when the next lines come, because they repaint every cell."""
        self._expects_repaint = True

    def look(self) -> bool:
        """Draw the output since the last call on the screen; return whether there was any."""
        repaint, written = self._repaint, "".join(self._written)
        self._repaint = ""
        self._written.clear()
        if repaint:
            for row, cells in rows(repaint, self.screen.columns).items():
                self.screen.buffer[row].clear()
                self.screen.buffer[row].update(enumerate(cells))
        self._stream.feed(written)
        return bool(repaint or written)

    def start_application_mode(self) -> None:
        """Say how large the terminal is."""
        size = Size(*(self._size or (80, 24)))
        self.send_message(events.Resize(size, size))

    def disable_input(self) -> None:
        """There is nothing to read from."""

    def stop_application_mode(self) -> None:
        """There is nothing to put back."""


class _Errors(logging.Handler):
    """What is logged as an error, and what a thread ends with."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.found.append(record.getMessage() + (f" {record.exc_info[1]!r}" if record.exc_info else ""))

    def of_loop(self, _loop: Any, context: dict[str, Any]) -> None:
        """Keep what the loop says that nobody caught."""
        self.found.append(f"{context.get('message')} {context.get('exception')!r}")

    def of_thread(self, arguments: Any) -> None:
        """Keep what a thread ended with."""
        self.found.append(f"thread: {arguments.exc_value!r}")


def observed_cockpit(floor: Floor, asked_for: AskedFor, *, locked: bool = False) -> CockpitApp:
    """Return a cockpit on an ``EmulatedDriver`` that records its actions in ``asked_for``."""
    app = CockpitApp(floor, locked=locked)
    app.driver_class = EmulatedDriver
    dispatch = app._dispatch_action

    async def recorded(namespace: Any, action_name: str, params: Any) -> bool:
        asked_for.action(namespace, action_name, params)
        return await dispatch(namespace, action_name, params)

    app._dispatch_action = recorded  # type: ignore[method-assign]
    display = app._display

    def displayed(screen: Screen[Any], renderable: Any) -> None:
        if isinstance(renderable, LayoutUpdate) and not app._batch_count and isinstance(app._driver, EmulatedDriver):
            app._driver.expect_full_repaint()
        display(screen, renderable)

    app._display = displayed  # type: ignore[method-assign]
    return app


class Walk:
    """One walk. ``take`` takes a step and checks; it raises FindingError."""

    def __init__(self, world: World, loop: StillLoop, size: tuple[int, int], errors: _Errors) -> None:
        self.world, self.loop, self.errors = world, loop, errors
        self.floor = world.floor
        self.asked_for = AskedFor(self)
        self.app = observed_cockpit(self.floor, self.asked_for)
        self.app_size = size
        self.taken: list[Step] = []
        self.cursor_moves = CursorMoves(loop.time, lambda: loop.delayed > 0)
        self._seen = ""
        #: Ctrl+Q was pressed.
        self.left_by_key = False
        #: What was typed and not sent when it was pressed.
        self._typed_at_last: list[Typed] = []
        self._resized(*size)

    # -- what a person does

    @property
    def driver(self) -> EmulatedDriver:
        """The terminal of the cockpit."""
        return cast(EmulatedDriver, self.app._driver)

    def _resized(self, columns: int, rows: int) -> None:
        self.app_size = columns, rows
        os.environ["COLUMNS"], os.environ["LINES"] = str(columns), str(rows)

    def sign_in(self, number: str, *, right: bool) -> None:
        """Type a number and a password where they are asked for, the number from the start."""
        lines = {each.id: each for each in self.app.screen.query(Input)}
        if "employee-no" not in lines or "password" not in lines:
            return
        for line in (lines["employee-no"], lines["password"]):
            line.value = ""
        self.app.screen.set_focus(lines["employee-no"])
        for each in (*number, "enter", *(PASSWORD if right else "wrong"), "enter"):
            self.key("space" if each == " " else each)

    async def leave(self) -> None:
        """Press Ctrl+Q, and wait until everything that was begun has ended: threads are waited for."""
        self._typed_at_last = typed(self.app)
        self.left_by_key = True
        self.key("ctrl+q")
        while self.app._exit is False and self.app.is_running:
            await asyncio.sleep(0.02)
        while self.loop.at_work or self.loop.delayed:
            await asyncio.sleep(0.05)

    def start_again(self) -> None:
        """The program is started once more on the same files; nothing is lost."""
        before = {item.id for item in journal_of(self.floor).items()}
        self.world.start_again(self.loop.clock)
        self.floor = self.world.floor
        if missing := before - {item.id for item in journal_of(self.floor).items()}:
            raise FindingError("lost", f"commands {sorted(missing)}")
        if gone := lost_by_leaving(self._typed_at_last, self.floor):
            raise FindingError("lost", "; ".join(gone))
        self.asked_for = AskedFor(self)
        self.app = observed_cockpit(self.floor, self.asked_for, locked=self.floor.session.opens_locked())
        self._seen, self.left_by_key = "", False

    def key(self, name: str) -> None:
        """Press a key, or type a character."""
        key = _character_to_key(name) if len(name) == 1 else name
        character = name if len(name) == 1 else _CHARACTERS.get(name)
        self.driver.process_message(events.Key(key, character))

    def mouse(self, across: int, down: int, *, times: int = 1) -> None:
        """Click so many hundredths across and down the screen."""
        for _ in range(times):
            self._click(across * self.app_size[0] // 100, down * self.app_size[1] // 100)

    def _click(self, x: int, y: int) -> None:
        for kind in (events.MouseDown, events.MouseUp):
            self.driver.process_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))

    def click_on(self, which: int, across: int, down: int) -> None:
        """Click on one of what is in sight, so many hundredths across and down it: whatever it is, it is met often."""
        screen = self.app.screen
        leaves = [each for each in screen.query("*") if not each.children and each.display and each.region.area]
        found = [each for each in leaves if screen.region.contains_region(each.region)]
        if found:
            region = found[which % len(found)].region
            self._click(region.x + across * region.width // 100, region.y + down * region.height // 100)

    def wheel(self, across: int, down: int, lines: int) -> None:
        """Turn the wheel."""
        at = (across * self.app_size[0] // 100, down * self.app_size[1] // 100)
        kind = events.MouseScrollUp if lines < 0 else events.MouseScrollDown
        for _ in range(abs(lines)):
            self.driver.process_message(kind(None, *at, 0, 0, 0, False, False, False, *at))

    async def in_thread(self, happens: Callable[..., None], *args: Any, **options: Any) -> None:
        """Run ``happens`` in another thread, as the sync would, without the delays of a slow disk."""
        slowness, self.loop.slowness = self.loop.slowness, 0.0
        try:
            await asyncio.to_thread(happens, *args, **options)
        finally:
            self.loop.slowness = slowness

    def keys_here(self) -> list[str]:
        """The keys that mean something where we are, each written as a step has it."""
        found = {key for key, active in self.app.screen.active_bindings.items() if active.enabled}
        names = {
            "slash": "/",
            "question_mark": "?",
            "left_square_bracket": "[",
            "right_square_bracket": "]",
            "full_stop": ".",
            "plus": "+",
            "minus": "-",
            "exclamation_mark": "!",
        }
        return sorted(names.get(key, key) for key in found - {"ctrl+q", "ctrl+c", "ctrl+l", "f1"})

    def resolve(self, step: Step) -> Step:
        """Return ``step``, with "any key" replaced by a key that has a meaning on this screen."""
        if step[0] == "any key":
            keys = self.keys_here()
            return ("key", keys[step[1] % len(keys)]) if keys else ("wait", 0.05)
        return step

    async def _do(self, what: str, *arguments: Any) -> None:  # noqa: C901  (one case a step)
        app, world = self.app, self.world
        if what == "key":
            self.key(arguments[0])
        elif what == "burst":
            for each in arguments[0]:
                self.key(each)
        elif what == "text":
            for each in arguments[0]:
                self.key(each if each >= " " and each != "\x7f" else "space")
        elif what == "paste":
            self.driver.process_message(events.Paste(arguments[0]))
        elif what == "click":
            self.mouse(*arguments)
        elif what == "double click":
            self.mouse(*arguments, times=2)
        elif what == "wheel":
            self.wheel(*arguments)
        elif what == "size":
            self._resized(*arguments[0])
            self.driver.resized(*arguments[0])
            app.post_message(events.Resize(Size(*arguments[0]), Size(*arguments[0])))
        elif what == "wait":
            await asyncio.sleep(arguments[0])
        elif what in ("others act", "vanish"):
            await self.in_thread(world.delete_something if what == "vanish" else world.others_act, arguments[0])
        elif what in ("others act then key", "vanish then key"):
            await self._do(what.removesuffix(" then key"), arguments[0])
            self.key(arguments[1])
        elif what == "goes then key":
            for table in in_sight(app)[:1]:
                await self.in_thread(world.delete_by_id, table.cursor_id or "")
            self.key(arguments[0])
        elif what == "answer":
            await self.in_thread(world.answer_everything)
        elif what == "refuse":
            await self.in_thread(world.refuse_next)
        elif what == "session ends":
            await self.in_thread(world.end_session)
        elif what == "urgent":
            await self.in_thread(world.raise_urgent_alert)
        elif what == "sign in":
            self.sign_in(arguments[0], right=arguments[1])
        elif what == "leave":
            await self.leave()
        elif what == "click on":
            self.click_on(*arguments)
        elif what in ("outage", "return"):
            await self.in_thread(world.set_connected, live=what == "return")
        elif what == "slow disk":
            self.loop.slowness = arguments[0]
        elif what == "home":
            await self.go_home()
        else:
            raise ValueError(what)

    # -- a step

    async def take(self, step: Step) -> None:
        """Take ``step``, wait until what it leads to is there, and look whether all holds."""
        step = self.resolve(step)
        self.taken.append(step)
        before, lists, texts = self.asked_for.before(step), lists_in_use(self.app, self.cursor_moves), typed(self.app)
        self.cursor_moves.before(self.app)
        stack, was_locked, person = tuple(self.app.screen_stack), self.locked(), self.floor.session.person
        await self._do(*step)
        if self.left_by_key:
            return
        await self.settle()
        self.check_errors()
        self.asked_for.after(step, before)
        self.check_lock(stack if was_locked and step[0] != "home" else (), person)
        if leaves_text(step) and (gone := lost(texts, self.floor, self.asked_for.done)):
            raise FindingError("lost", "; ".join(gone))
        self.check_focus()
        if message := moved_rows(step, lists, self.cursor_moves):
            raise FindingError("rows moved", message)
        self.cursor_moves.after(step, self.app)
        self.check_terminal()

    async def settle(self) -> None:
        """Wait until nothing is under way, without letting more time pass than that takes."""
        waited = _SETTLED
        await asyncio.sleep(_SETTLED)
        while self.is_busy() and waited < _LONGEST_SETTLING:
            await asyncio.sleep(0.05)
            waited += 0.05
        for _ in range(_MOST_FRAMES):
            if not self.unpainted():
                break
            await asyncio.sleep(0.02)
        if waited >= _LONGEST_SETTLING:
            raise FindingError("stuck", f"keys are still held after {waited:.0f} s: {vars(self.app._typed_ahead)}")

    def unpainted(self) -> bool:
        """Whether anything changed that has not been sent to the terminal yet."""
        app = self.app
        if app._batch_count or app.screen._repaint_required:
            return True
        screens = (app.screen, *app._background_screens)
        if any(screen._dirty_widgets or screen._compositor._dirty_regions for screen in screens):
            return True
        widgets = [each for screen in screens for each in screen._compositor.visible_widgets if each is not screen]
        return any(each._repaint_required or each._layout_required or each._scroll_required for each in widgets)

    def is_busy(self) -> bool:
        """Return whether threads work or keys are held."""
        ahead = self.app._typed_ahead
        return bool(self.loop.at_work or ahead.waiting or ahead.holds)

    # -- what has to hold

    def check_errors(self) -> None:
        """Check that no error was raised or logged, and that the cockpit runs."""
        app = self.app
        if app._exception is not None:
            raise FindingError("raised", repr(app._exception)) from app._exception
        if self.errors.found:
            raise FindingError("logged", "; ".join(self.errors.found))
        if app._exit or not app.is_running:
            raise FindingError("left", "the cockpit has ended")

    def check_lock(self, stack: tuple[Screen[Any], ...], person: Any) -> None:
        """Check that a locked cockpit shows and does nothing, and what is open after it was unlocked.

        The same person finds the screens as they were; another person finds none open.

        ``stack``: the screens before, where it was locked; ``person``: who was signed in.
        """
        app = self.app
        if self.locked():
            if not isinstance(app.screen, SignIn):
                raise FindingError("locked", f"{app.screen!r} stands over the lock: {app.screen_stack}")
            if stack and self.asked_for.done and not self.loop.slowness:
                raise FindingError("locked", f"done while locked: {self.asked_for.done}")
        elif stack:
            now = self.floor.session.person
            assert now is not None
            before = [each for each in stack if not isinstance(each, SignIn | Alarm)]
            after = [each for each in app.screen_stack if not isinstance(each, Alarm)]
            if person is not None and now.person_id == person.person_id:
                if before != after:
                    raise FindingError("locked", f"{before} stood there when it locked, {after} when it opened")
            elif len(after) > 1:
                raise FindingError("locked", f"{after[1:]} of another person stand open")

    def check_focus(self) -> None:
        """Check that the focus is visible: an open line has it, and nothing that is out of sight."""
        screen = self.app.screen
        focused = screen.focused
        if focused is not None and not (focused.is_attached and focused.display and focused.region.area):
            raise FindingError("focus", f"{focused!r} has the keys and is not in sight")
        if isinstance(screen, CockpitScreen) and not isinstance(screen, ModalScreen):
            line = screen.query_one("#filter")
            text = screen.query_one("#filter-text", Input)
            if line.has_class("open") and not text.value and focused is not text:
                raise FindingError("focus", f"an empty line is open on {screen!r}, and {focused!r} has the keys")
            if focused is text and not line.has_class("open"):
                raise FindingError("focus", "a line that is not open has the keys")
        elif (lines := [each for each in screen.query(Input) if each.display and each.region.area]) and not isinstance(
            focused, Input
        ):
            raise FindingError("focus", f"{lines} stand open on {screen!r}, and {focused!r} has the keys")

    def check_terminal(self) -> None:
        """Check that the terminal shows what a full repaint would, cell for cell."""
        app, driver = self.app, self.driver
        if self.loop.delayed or self.unpainted():
            return  # a frame is about to be painted
        wanted = full_update(app).render_segments(app.console)
        if not driver.look() and wanted == self._seen:
            return
        self._seen = wanted
        if self.locked() and (seen := self._text_outside_dialog()):
            raise FindingError("locked", f"is seen: {seen}")
        repainted = [list(cells) for _, cells in sorted(rows(wanted, self.app_size[0]).items())]
        if differing := differing_lines(driver.screen.cells(), repainted):
            raise FindingError("terminal", "\n# ".join(each.replace("\n", "\n#") for each in differing[:3]))

    def _text_outside_dialog(self) -> str:
        """Return the text that is visible beside the password dialog."""
        dialog = self.app.screen.query_one(".dialog").region
        found = [
            cell.data
            for y, line in enumerate(self.driver.screen.cells())
            for x, cell in enumerate(line)
            if not dialog.contains(x, y)
        ]
        return "".join(found).strip()

    def locked(self) -> bool:
        """Whether a password is asked for."""
        return self.app.is_running and self.app.is_locked

    async def unlock(self) -> None:
        """Unlock with the password of the person who is signed in, waiting where wrong ones were given before."""
        for _ in range(3):
            if not self.locked():
                return
            person = self.floor.session.person
            number = next(
                (each for each in NUMBERS if person and session_of(each, "").person_id == person.person_id), NUMBERS[0]
            )
            self.sign_in(number, right=True)
            await self.settle()
            while self.loop.delayed:  # a slow disk has not told yet
                await asyncio.sleep(_SETTLED)
            await self.settle()
            if self.locked():
                await asyncio.sleep(_UNTIL_NEXT_TRY)
        raise FindingError("no way home", "the right password does not open it")

    async def go_home(self) -> None:
        """Check that Esc leads to the floor with nothing open, and that the cockpit answers there."""
        await self.unlock()
        for _ in range(_MOST_ESCAPES):
            if self._at_home():
                break
            self.key("escape")
            await self.settle()
            self.check_errors()
        else:
            raise FindingError("no way home", f"after {_MOST_ESCAPES} Esc: {self.app.screen_stack} {self.app.focused}")
        for key, mode in (("3", "orders"), ("1", "floor")):
            self.key(key)
            await self.settle()
            self.check_errors()
            if self.app.current_mode != mode and len(self.app.screen_stack) == 1:
                raise FindingError("no answer", f"{key} leads to {self.app.current_mode}")

    def _at_home(self) -> bool:
        app = self.app
        home = app.current_mode == "floor" and len(app.screen_stack) == 1
        return (
            home and not isinstance(app.screen.focused, Input) and not app.screen.query_one("#filter").has_class("open")
        )


async def _take_all(walk: Walk, steps: Sequence[Step]) -> None:
    left = list(steps)
    while True:
        async with walk.app.run_test(headless=False, size=walk.app_size, notifications=True):
            await walk.settle()
            if not walk.world.unreachable:
                await walk.in_thread(walk.world.set_connected, live=True)
            while left and not walk.left_by_key:
                await walk.take(left.pop(0))
            if not walk.left_by_key:
                walk.taken.append(("home",))
                walk.loop.slowness = 0.0
                await walk.go_home()
                return
        walk.start_again()


def walk(
    template: World, steps: Sequence[Step], *, size: tuple[int, int], language: str = "zh-CN", role: str = "supervisor"
) -> list[Step]:
    """Walk on a copy of ``template``. Returns the steps with the keys that were pressed.

    Raises:
        FindingError: something does not hold; ``steps`` of it are those that were taken.

    """
    language_before, environment = language_now(), dict(os.environ)
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    os.environ.pop("NO_COLOR", None)
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    threading.excepthook = errors.of_thread
    folder = Path(tempfile.mkdtemp(prefix="walk", dir=in_memory()))
    taken: list[Step] = []
    try:
        with still_time() as loop, ExitStack() as doors:
            loop.set_exception_handler(errors.of_loop)
            doors.enter_context(signing_in_at(lambda: world, loop.clock))
            world = template.copy(folder / "data", role=role, language=language, clock=loop.clock)
            try:
                going = Walk(world, loop, size, errors)
                taken = going.taken
                try:
                    loop.run_until_complete(_take_all(going, steps))
                except FindingError:
                    raise
                except Exception as error:  # whatever it is, the cockpit must not end with it
                    raise FindingError("raised", repr(error)) from error
                finally:
                    _cancel_all(loop)
            finally:
                world.floor.close()
                close_all()
    except FindingError as finding:
        finding.steps = taken
        raise
    finally:
        logging.getLogger().removeHandler(errors)
        threading.excepthook = threading.__excepthook__
        use_language(language_before)
        os.environ.clear()
        os.environ.update(environment)
        shutil.rmtree(folder, ignore_errors=True)
    return taken


def _cancel_all(loop: StillLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    with suppress(Exception):
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
