"""Sending to the terminal's clipboard, and the rest of a paste that did not fit; both are cleared by the lock."""

import os

from floorctl.i18n import t
from floorctl.screens.shell.drafts import Drafting
from floorctl.tty.clipboard import MOST_BYTES, obstacle

#: Seconds for which the notification about a copy is shown: the person may have to copy in another way.
_SAID_SECONDS = 10


class Clipboard(Drafting):
    """An app that reports what it sends to the clipboard and keeps the rest of a paste for the next line.

    A terminal does not confirm that it set its clipboard, so no message says "copied".
    """

    def __init__(self) -> None:
        super().__init__()
        #: The part of a paste that did not fit; ``Ctrl+V`` inserts it into the next line.
        self.rest_of_paste = ""

    def say(self, text: str, *, severity: str = "information", timeout: float = 5) -> None:
        """Show a notification."""
        raise NotImplementedError

    def copy_to_clipboard(self, text: str) -> None:
        """Send ``text`` to the terminal's clipboard and report it. Textual calls this for text selected in a line."""
        self.send_to_clipboard(text)

    def send_to_clipboard(self, text: str, then: str = "") -> None:
        """Send ``text`` to the terminal's clipboard; report its length and, if known, what may prevent the copy.

        ``then``: key of a sentence that names another way to copy.
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
        """Drop what was copied or pasted when the terminal is locked: another person may unlock it."""
        self.rest_of_paste = ""
        self.forget_clipboard()
