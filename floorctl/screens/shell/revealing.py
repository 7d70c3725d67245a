"""Show personal data for half a minute, once the audit trail has it that somebody asked for it."""

from typing import TYPE_CHECKING

from floorctl.clock import elapsed
from floorctl.errors import FloorctlError

if TYPE_CHECKING:
    from floorctl.screens.shell.screen import CockpitScreen

#: Seconds for which what was revealed is shown.
REVEAL_SECONDS = 30.0


class Revealed:
    """One thing at a time, for half a minute of whoever looks: a sleep of the machine does not lengthen it."""

    def __init__(self) -> None:
        self._about, self._until = "", 0.0

    def begin(self, about: str) -> None:
        """Show this one from now on, instead of any other."""
        self._about, self._until = about, elapsed() + REVEAL_SECONDS

    def end(self) -> None:
        """Show nothing any more."""
        self._about = ""

    @property
    def about(self) -> str:
        """What is revealed now, empty where nothing is."""
        return self._about if elapsed() < self._until else ""

    @property
    def began(self) -> bool:
        """Whether anything was revealed and not ended: once its time is over, it has yet to be painted over."""
        return bool(self._about)

    def left(self, about: str) -> float:
        """Seconds for which this one is still shown, 0 where it is not."""
        return self._until - elapsed() if about and about == self.about else 0.0


async def reveal(screen: "CockpitScreen", kind: str, subject_id: str) -> bool:
    """Write into the audit trail that personal data of one record is about to be shown; only from inside ``begin``.

    False, and the reason is said, where nobody may see it or where the entry can't be written: then nothing is shown.
    """
    try:
        await screen.read(screen.floor.reveal, kind, subject_id)
    except FloorctlError as error:
        screen.say_error(error)
        return False
    return True
