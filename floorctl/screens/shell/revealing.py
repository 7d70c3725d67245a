"""Show personal data for half a minute, once the audit trail has it that somebody asked for it."""

from typing import TYPE_CHECKING

from floorctl.clock import elapsed
from floorctl.errors import FloorctlError
from floorctl.models.masked import MASKED, Grant, Sight

if TYPE_CHECKING:
    from floorctl.screens.shell.asking import AskingScreen

#: Seconds for which what was revealed is shown.
REVEAL_SECONDS = 30.0


class Revealed:
    """One thing at a time, for half a minute of whoever looks: a sleep of the machine does not lengthen it."""

    def __init__(self) -> None:
        self._about, self._until = "", 0.0
        self._grant: Grant | None = None

    def begin(self, about: str, grant: Grant) -> None:
        """Show this one from now on, instead of any other."""
        self._about, self._until, self._grant = about, elapsed() + REVEAL_SECONDS, grant

    def end(self) -> None:
        """Show nothing any more."""
        self._about, self._grant = "", None

    @property
    def about(self) -> str:
        """What is revealed now, empty where nothing is."""
        return self._about if elapsed() < self._until else ""

    @property
    def began(self) -> bool:
        """Whether anything was revealed and not ended: once its time is over, it has yet to be painted over."""
        return bool(self._about)

    def sight(self, about: str) -> Sight:
        """How this one is shown now."""
        if not about or about != self.about:
            return MASKED
        return Sight(self._grant, self._until - elapsed())


async def reveal(screen: "AskingScreen", kind: str, subject_id: str) -> Grant | None:
    """Write into the audit trail that personal data of one record is about to be shown; only from inside ``begin``.

    Returns what opens it; None, and the reason is said, where nobody may see it or where the entry can't be written:
    then nothing is shown.
    """
    try:
        grant: Grant = await screen.read(screen.floor.audit.reveal, kind, subject_id)
    except FloorctlError as error:
        screen.say_error(error)
        return None
    return grant
