"""The cockpit on the wall: it cycles through the screens, and nothing can be done on it.

It shows no personal data beyond the names of the people who work on the floor, so it is never locked: there is nothing
to protect, and nobody stands before it to unlock it. Who wants it to see less signs it in as a viewer.
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

#: What a wall shows, in turn. Not the orders, which tell what citizens wrote, nor what is handed over or inspected.
ON_THE_WALL = ("floor", "queues", "alerts", "assessment", "staffing")
_KEYS = {
    "space": "hold", "left": "step(-1)", "right": "step(1)",
    "ctrl+q": "leave", "ctrl+c": "leave", "q": "leave",
}  # fmt: skip


class WallDisplay(CockpitApp):
    """Every ``seconds`` another screen. Space holds, the arrows step, ctrl+q leaves; nothing else does anything.

    The floor refuses every act as well (``Session.read_only``), so that nothing depends on the keys alone.
    """

    # What people wrote about a call stays off the wall; the list of alerts is enough to act on.
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
        """Begin to cycle; what the cockpit does on mounting is done by itself."""
        self._turn = self.set_interval(self.seconds, self._next)

    def posture(self) -> str:
        """That nothing can be done here; whether it is held, and that nobody is signed in."""
        words = [t("wall.mark")]
        if self.held:
            words.append(t("wall.hold"))
        if self.floor.session.person is None:
            words.append(t("wall.signed_out"))
        return " · ".join(words)

    async def on_event(self, event: Event) -> None:
        """Let through the few keys that there are, and nothing else that a person does."""
        if isinstance(event, MouseEvent | Paste):
            return
        if isinstance(event, Key):
            meant = half_width(event) or event
            if (action := _KEYS.get(meant.key)) is not None and not event.is_forwarded:
                await self.run_action(action)
            return
        await super().on_event(event)

    def action_hold(self) -> None:
        """Stay on this screen, or go on."""
        self.held = not self.held
        if (screen := self.in_sight) is not None:
            screen.refresh_bars()

    def action_step(self, steps: int) -> None:
        """Another screen, for as long as any."""
        here = self.shown.index(self.current_mode) if self.current_mode in self.shown else 0
        self.action_go(self.shown[(here + steps) % len(self.shown)])
        if self._turn is not None:
            self._turn.reset()

    def _next(self) -> None:
        if not self.held:
            self.action_step(1)

    @property
    def stands_open_too_long(self) -> bool:
        """Never: a wall is not locked."""
        return False

    def _lock(self, why: str) -> None:
        """A wall is never locked."""

    def _ask_to_sign_in(self) -> None:
        """Nobody stands there to be asked; the top line says it (``posture``)."""


def run_wall(floor: "Floor", *, seconds: float, debug: bool = False) -> int:
    """Show the wall display on ``floor`` until it is left; returns the exit code. The caller closes the floor."""
    app = WallDisplay(floor, seconds=seconds, sync=True, debug_crash=debug)
    code = app.run()
    return app.return_code or code or 0
