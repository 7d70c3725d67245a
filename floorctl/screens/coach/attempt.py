"""What is counted of one try at a task: keys, texts, seconds; and the result that is kept of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class Attempt:
    """The count of one try. ``texts``: stretches of typed text; each is as much as one key where none is needed."""

    keys: int = 0
    texts: int = 0
    helped: bool = False
    #: When the first key was pressed; None until then.
    began: float | None = None
    _in_text: bool = False

    def pressed(self, at: float, *, text: bool) -> None:
        """Count a key that acts at ``at`` (seconds); ``text``: it is a part of a text that is being typed."""
        if self.began is None:
            self.began = at
        if not text:
            self.keys += 1
        elif not self._in_text:
            self.texts += 1
        self._in_text = text

    def used(self, free_texts: int) -> int:
        """Return the keys, where so many texts belong to the task and count nothing."""
        return self.keys + max(0, self.texts - free_texts)

    def seconds(self, now: float) -> float:
        """Return the seconds since the first key."""
        return 0.0 if self.began is None else now - self.began


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of a task. ``best``: the fewest keys; ``text``: a text belongs to it, which counts as no key."""

    task: str
    at: datetime
    keys: int
    best: int
    seconds: float
    text: bool = False
    helped: bool = False
    skipped: bool = False
