"""Drafts of text lines: written to the disk shortly after each key, and offered again with their time."""

from typing import TYPE_CHECKING

from textual.timer import Timer

from floorctl.i18n import t
from floorctl.screens.shell.terminal import OnTerminal
from floorctl.text.times import when

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.kept_texts import TextKey

#: Seconds from a key until the draft is on the disk: the most that a crash loses.
_SOON = 0.4


class Drafting(OnTerminal):
    """An app that writes drafts of its text lines while they are typed."""

    floor: "Floor"

    def __init__(self) -> None:
        super().__init__()
        self._write_due: Timer | None = None

    def keep_line(self, key: "TextKey | None", text: str) -> None:
        """Keep the text of a line (empty: none) at once in memory, and on the disk after ``_SOON`` seconds."""
        self.floor.texts.put(key, text.strip())
        if self._write_due is None:
            self._write_due = self.set_timer(_SOON, self.write_lines)

    def write_lines(self) -> None:
        """Write the drafts to the disk, in a worker thread."""
        if self._write_due is not None:
            self._write_due.stop()
            self._write_due = None
        self.run_worker(self.floor.texts.write, thread=True, exit_on_error=False, group="texts")

    def draft_words(self, key: "TextKey | None", words: str = "ui.ask.kept") -> str:
        """Return words with the time of the draft under ``key`` and how to discard it; empty where there is none."""
        typed_at = self.floor.texts.typed_at(key)
        return "" if typed_at is None else t(words, at=when(typed_at, self.floor.now()))
