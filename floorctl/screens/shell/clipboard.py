"""What goes to the clipboard and what did not fit from it: for as long as the person who copied has the terminal."""

import os

from floorctl.i18n import t
from floorctl.screens.shell.drafts import Drafting
from floorctl.tty.clipboard import MOST_BYTES, obstacle

#: Seconds for which it stands what became of a copy: it may have to be done in another way.
_SAID_SECONDS = 10


class Clipboard(Drafting):
    """An app that says what it sends to the clipboard, and keeps what of a paste did not fit for the next line.

    No terminal answers what it is sent for its clipboard, so nothing is ever called copied.
    """

    def __init__(self) -> None:
        super().__init__()
        #: What was pasted and did not fit: ``Ctrl+V`` puts it into the next line.
        self.rest_of_paste = ""

    def say(self, text: str, *, severity: str = "information", timeout: float = 5) -> None:
        """Show a notification."""
        raise NotImplementedError

    def copy_to_clipboard(self, text: str) -> None:
        """Send ``text`` to the terminal's clipboard, and say so; what is selected in a line comes here."""
        self.send_to_clipboard(text)

    def send_to_clipboard(self, text: str, then: str = "") -> None:
        """Send ``text`` to the terminal's clipboard and say how much, and what keeps it from being taken, if known.

        ``then``: the key of the sentence about another way.
        """
        if not text:
            return
        super().copy_to_clipboard(text.encode(errors="replace").decode())
        against = obstacle(os.environ)
        size = len(text.encode(errors="replace"))
        parts = [t("copy.sent", n=len(text))]
        parts += [t(f"copy.obstacle.{against}")] if against else []
        parts += [t("copy.too_long", most=f"{MOST_BYTES:,}")] if size > MOST_BYTES else []
        parts += [t("copy.no_answer")] if len(parts) == 1 else []
        parts += [t(then)] if then else []
        severity = "information" if len(parts) == 2 + bool(then) and not against and size <= MOST_BYTES else "warning"
        self.say(t("copy.and").join(parts), severity=severity, timeout=_SAID_SECONDS)

    def forget_copied(self) -> None:
        """The terminal is locked: what was copied or pasted is not for who unlocks it."""
        self.rest_of_paste = ""
        self.forget_clipboard()
