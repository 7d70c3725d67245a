"""Text that somebody typed and that nothing has taken yet: kept until an act has it, and offered again until then."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from floorctl.errors import FloorctlError
from floorctl.floor.ports import Drafts
from floorctl.floor.views import Signed
from floorctl.sync.draft import Draft, DraftKey

#: Whose line it is, and what for.
TextKey = DraftKey
#: The kind of the drafts that are lines of text.
TEXT = "text"
#: What nobody came back to for so long is not offered any more.
_KEPT_FOR = timedelta(days=7)


class KeptTexts:
    """One line of text for each purpose and subject of each person.

    A line that was given up (Esc, a lock, a closed terminal, a crash) or whose act was refused is offered where the
    same thing is asked the next time. It goes when it is emptied, and when a command that carries it is on the disk.
    Thread-safe; only ``load``, ``write`` and ``landed`` touch the disk.
    """

    def __init__(self, drafts: Drafts, person: Callable[[], Signed | None], now: Callable[[], datetime]) -> None:
        self._drafts = drafts
        self._person = person
        self._now = now
        self._texts: dict[TextKey, str] = {}
        self._typed_at: dict[TextKey, datetime] = {}
        self._taken: set[TextKey] = set()
        self._unwritten: set[TextKey] = set()
        self._loaded: set[str] = set()
        #: For what is in memory alone: who types never waits for the disk.
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def load(self) -> None:
        """Read what the person signed in has left, once."""
        person = self._person()
        if person is None or person.person_id in self._loaded:
            return
        found = self._drafts.drafts(TEXT, person.person_id)
        earliest = self._now() - _KEPT_FOR
        with self._lock:
            if person.person_id in self._loaded:
                return
            self._loaded.add(person.person_id)
            for draft in found:
                if draft.saved_at < earliest:
                    self._unwritten.add(draft.key)
                elif draft.key not in self._texts:
                    self._texts[draft.key] = msgspec.json.decode(draft.data, type=str)
                    self._typed_at[draft.key] = draft.saved_at

    @property
    def loaded(self) -> bool:
        """Whether ``offered`` knows everything that the person signed in has left."""
        person = self._person()
        return person is None or person.person_id in self._loaded

    def key(self, purpose: str, subject: str) -> TextKey | None:
        """Where the text of the person signed in now is kept; None where nobody is."""
        person = self._person()
        return None if person is None else TextKey(TEXT, f"{purpose} {subject}".strip(), person.person_id)

    def offered(self, key: TextKey | None) -> str:
        """What was typed for this and not taken; empty where nothing was."""
        return "" if key is None else self._texts.get(key, "")

    def typed_at(self, key: TextKey | None) -> datetime | None:
        """When what is ``offered`` was typed last; None where nothing is."""
        return None if key is None else self._typed_at.get(key)

    def put(self, key: TextKey | None, text: str, *, taken: bool = False) -> None:
        """Keep ``text`` (empty: forget it). ``taken``: an act is about to be done with it."""
        if key is None:
            return
        with self._lock:
            self._taken.discard(key)
            if not text:
                self._typed_at.pop(key, None)
                if self._texts.pop(key, None) is not None:
                    self._unwritten.add(key)
                return
            if taken:
                self._taken.add(key)
            if self._texts.get(key) != text:
                self._texts[key] = text
                self._typed_at[key] = self._now()
                self._unwritten.add(key)

    def landed(self, values: Iterable[object]) -> None:
        """These values stand in a command that is on the disk: the lines that were typed for it go."""
        said = set(_texts_of(values))
        with self._lock:
            gone = {key for key in self._taken if self._texts.get(key, "").strip() in said}
            for key in gone:
                del self._texts[key]
                self._typed_at.pop(key, None)
            self._taken -= gone
            self._unwritten |= gone
        if gone:
            with contextlib.suppress(FloorctlError):  # the act is done; the line is offered once too often at worst
                self.write()

    def write(self) -> None:
        """Bring the disk up to date. However many threads do, what it holds in the end is what was put last."""
        with self._writing:
            while (key := self._next()) is not None:
                text, typed_at = self._texts.get(key), self._typed_at.get(key) or self._now()
                try:
                    if text is None:
                        self._drafts.drop_draft(key)
                    else:
                        self._drafts.save_draft(Draft(key, typed_at, msgspec.json.encode(text)))
                except BaseException:
                    with self._lock:
                        self._unwritten.add(key)
                    raise

    def _next(self) -> TextKey | None:
        with self._lock:
            return self._unwritten.pop() if self._unwritten else None


def _texts_of(values: Iterable[object]) -> Iterator[str]:
    """Every text in what a command carries; a review carries a list of them."""
    for value in values:
        if isinstance(value, str):
            yield value.strip()
        elif isinstance(value, list | tuple):
            yield from _texts_of(value)
