"""The wall display: a read-only cockpit that cycles through the screens. Public: ``WallDisplay``, ``run_wall``.

It shows no personal data beyond the names of the people who work on the floor, and nobody is at its keyboard to unlock
it, so it is never locked. To show less, sign it in as a viewer.
"""

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.events import Event, Key, MouseEvent, Paste
from textual.timer import Timer

from floorctl.i18n import t
from floorctl.screens.app import CockpitApp
from floorctl.screens.registry import SCREENS
from floorctl.screens.shell.full_width import half_width

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

#: Screens in the cycle. Orders (citizens' texts), handover and quality are left out because they are confidential.
ON_THE_WALL = ("floor", "queues", "alerts", "assessment", "staffing")
_KEYS = {
    "space": "hold", "left": "step(-1)", "right": "step(1)",
    "ctrl+q": "leave", "ctrl+c": "leave", "q": "leave",
}  # fmt: skip


class WallDisplay(CockpitApp):
    """A cockpit that shows the next screen every ``seconds``. Space holds, the arrows step, Ctrl+Q, Ctrl+C or q leaves.

    All other keys and the mouse are ignored. The floor also refuses every act (``Session.read_only``), so read-only
    access does not depend on the key filter alone.
    """

    # Alert details may contain text that people wrote about a call, so the wall shows only the list.
    CSS = """
    AlertsScreen #alert { display: none !important; }
    AlertsScreen #alerts { width: 1fr !important; height: 1fr !important; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "hold", "wall.key.hold"),
        Binding("right", "step(1)", "wall.key.next"),
        Binding("left", "step(-1)", "wall.key.previous"),
    ]

    def __init__(self, floor: "Floor", *, seconds: float, sync: bool = False, debug_crash: bool = False) -> None:
        super().__init__(floor, sync=sync, debug_crash=debug_crash)
        floor.session.read_only = True
        self.seconds = seconds
        self.shown = [name for name in ON_THE_WALL if name in SCREENS]
        self.held = False
        self._turn: Timer | None = None

    def on_mount(self) -> None:
        """Start the cycle timer; Textual also calls the handler of ``CockpitApp``."""
        self._turn = self.set_interval(self.seconds, self._next)

    def posture(self) -> str:
        """Return the words for the top bar: read-only, held (if so), and signed out (if so)."""
        words = [t("wall.mark")]
        if self.held:
            words.append(t("wall.hold"))
        if self.floor.session.person is None:
            words.append(t("wall.signed_out"))
        return " · ".join(words)

    async def on_event(self, event: Event) -> None:
        """Run the action of a key in ``_KEYS``; drop all other keys, mouse events and pastes."""
        if isinstance(event, MouseEvent | Paste):
            return
        if isinstance(event, Key):
            meant = half_width(event) or event
            if (action := _KEYS.get(meant.key)) is not None and not event.is_forwarded:
                await self.run_action(action)
            return
        await super().on_event(event)

    def action_hold(self) -> None:
        """Toggle whether the cycle is held on this screen."""
        self.held = not self.held
        if (screen := self.in_sight) is not None:
            screen.refresh_bars()

    def action_step(self, steps: int) -> None:
        """Show the screen ``steps`` further in the cycle, and restart the timer so that it has its full time."""
        here = self.shown.index(self.current_mode) if self.current_mode in self.shown else 0
        self.action_go(self.shown[(here + steps) % len(self.shown)])
        if self._turn is not None:
            self._turn.reset()

    def _next(self) -> None:
        if not self.held:
            self.action_step(1)

    @property
    def stands_open_too_long(self) -> bool:
        """Always False: the wall display is not locked when idle."""
        return False

    def _lock(self, why: str) -> None:
        """Do nothing: the wall display is never locked."""

    def _ask_to_sign_in(self) -> None:
        """Do nothing: nobody is at the keyboard; the top bar shows that nobody is signed in (``posture``)."""


def run_wall(floor: "Floor", *, seconds: float, debug: bool = False) -> int:
    """Show the wall display on ``floor`` until it is left and return the exit code. The caller closes the floor."""
    app = WallDisplay(floor, seconds=seconds, sync=True, debug_crash=debug)
    code = app.run()
    return app.return_code or code or 0
