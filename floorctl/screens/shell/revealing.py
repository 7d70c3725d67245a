"""Show personal data in clear for 30 seconds, after an entry in the audit trail."""

from typing import TYPE_CHECKING

from floorctl.clock import elapsed
from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.models.masked import MASKED, Grant, Sight

if TYPE_CHECKING:
    from floorctl.screens.shell.asking import AskingScreen

#: Seconds for which revealed data is shown.
REVEAL_SECONDS = 30.0


class Revealed:
    """What is revealed: one record at a time, for ``REVEAL_SECONDS``. The time that the machine sleeps counts."""

    def __init__(self) -> None:
        self._about, self._until = "", 0.0
        self._grant: Grant | None = None

    def begin(self, about: str, grant: Grant) -> None:
        """Reveal the record ``about`` from now on, in place of any other."""
        self._about, self._until, self._grant = about, elapsed() + REVEAL_SECONDS, grant

    def end(self) -> None:
        """Reveal nothing."""
        self._about, self._grant = "", None

    @property
    def about(self) -> str:
        """The record that is revealed now; empty where none is."""
        return self._about if elapsed() < self._until else ""

    @property
    def began(self) -> bool:
        """Whether a record was revealed and ``end`` not called since: after its time it must still be painted over."""
        return bool(self._about)

    def sight(self, about: str) -> Sight:
        """Return how the record ``about`` is shown now."""
        if not about or about != self.about:
            return MASKED
        return Sight(self._grant, self._until - elapsed())


async def reveal(screen: "AskingScreen", kind: str, subject_id: str, *, confidential: bool = False) -> Grant | None:
    """Write into the audit trail that personal data of one record is revealed; call only from inside ``begin``.

    ``confidential``: the record is; the person is asked for the reason.

    Returns:
        The grant that opens the data; None, after the reason is shown, where the person may not see it, does not say
        why, or where the entry cannot be written.

    """
    reason = ""
    audit = screen.floor.audit
    try:
        if confidential:
            await screen.read(audit.check_confidential, kind, subject_id)
            said = await screen.ask_text(
                t("orders.ask.reveal_reason"), purpose="reveal.reason", subject=f"{kind} {subject_id}", wants="reason"
            )
            if said is None:
                return None
            reason = said
        grant: Grant = await screen.read(audit.reveal, kind, subject_id, reason=reason, confidential=confidential)
        screen.floor.texts.landed((reason,))
    except FloorctlError as error:
        screen.say_error(error)
        return None
    return grant
