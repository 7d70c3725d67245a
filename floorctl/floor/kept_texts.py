"""Lines of text that people typed and no command has used yet: kept, and offered again until one does."""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from floorctl.errors import FloorctlError
from floorctl.floor.ports import Drafts
from floorctl.floor.views import Signed
from floorctl.sync.draft import Draft, DraftKey

#: The person, and the purpose and subject of the line.
TextKey = DraftKey
#: The draft kind of lines of text.
TEXT = "text"
#: Lines last changed longer ago than this are deleted.
_KEPT_FOR = timedelta(days=7)


class KeptTexts:
    """One line of text per person, purpose and subject.

    A line that was abandoned (Esc, a lock, a closed terminal, a crash) or whose act was refused is offered the next
    time the same question is asked. It is deleted when it is emptied, and when a command that contains it is on the
    disk. Thread-safe; only ``load``, ``write`` and ``landed`` read or write the disk.
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
        #: Protects what is in memory, and is never held during disk access, so that typing does not wait for the disk.
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def load(self) -> None:
        """Read the lines of the person signed in; does nothing if they have been read already."""
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
        """Whether the lines of the person signed in have been read, so that ``offered`` is complete."""
        person = self._person()
        return person is None or person.person_id in self._loaded

    def key(self, purpose: str, subject: str) -> TextKey | None:
        """Return the key of a line of the person signed in; None if nobody is."""
        person = self._person()
        return None if person is None else TextKey(TEXT, f"{purpose} {subject}".strip(), person.person_id)

    def offered(self, key: TextKey | None) -> str:
        """Return the text that was typed and not used; empty if there is none."""
        return "" if key is None else self._texts.get(key, "")

    def typed_at(self, key: TextKey | None) -> datetime | None:
        """Return when the text that is ``offered`` was last changed; None if there is none."""
        return None if key is None else self._typed_at.get(key)

    def put(self, key: TextKey | None, text: str, *, taken: bool = False) -> None:
        """Keep ``text`` (empty: delete it). ``taken``: an act is about to be done with it."""
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
        """Delete the lines that were typed for a command that is on the disk now; ``values``: those of its data."""
        said = set(_texts_of(values))
        with self._lock:
            gone = {key for key in self._taken if self._texts.get(key, "").strip() in said}
            for key in gone:
                del self._texts[key]
                self._typed_at.pop(key, None)
            self._taken -= gone
            self._unwritten |= gone
        if gone:
            with contextlib.suppress(FloorctlError):  # the act is done; at worst the line is offered once more
                self.write()

    def write(self) -> None:
        """Write all changes to the disk. With several threads, the text that was put last is the one on the disk."""
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
    """Yield every text in a command's data; a review has a list of them."""
    for value in values:
        if isinstance(value, str):
            yield value.strip()
        elif isinstance(value, list | tuple):
            yield from _texts_of(value)
