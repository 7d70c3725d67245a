"""Half-typed lines are drafts: on the disk a moment after each key, and offered again with the time they are of."""

from typing import TYPE_CHECKING

from textual.timer import Timer

from floorctl.i18n import t
from floorctl.screens.shell.terminal import OnTerminal
from floorctl.text.times import when

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.kept_texts import TextKey

#: Seconds after a key until what was typed is on the disk: no more than this is lost by what gives no warning.
_SOON = 0.4


class Drafting(OnTerminal):
    """An app that writes what is typed in its lines to the disk while it is typed."""

    floor: "Floor"

    def __init__(self) -> None:
        super().__init__()
        self._write_due: Timer | None = None

    def keep_line(self, key: "TextKey | None", text: str) -> None:
        """Keep what stands in a line now (empty: nothing), at once in memory and soon on the disk."""
        self.floor.texts.put(key, text.strip())
        if self._write_due is None:
            self._write_due = self.set_timer(_SOON, self.write_lines)

    def write_lines(self) -> None:
        """Bring what was typed and not taken onto the disk, in a worker thread."""
        if self._write_due is not None:
            self._write_due.stop()
            self._write_due = None
        self.run_worker(self.floor.texts.write, thread=True, exit_on_error=False, group="texts")

    def draft_words(self, key: "TextKey | None", words: str = "ui.ask.kept") -> str:
        """Say of what time the draft under ``key`` is and how to throw it away; nothing where there is none."""
        typed_at = self.floor.texts.typed_at(key)
        return "" if typed_at is None else t(words, at=when(typed_at, self.floor.now()))
