"""``FloorNotes``: one line with missed calls, missing people and moved seats, hidden while there are none."""

from collections.abc import Sequence

from rich.cells import cell_len

from floorctl.i18n import t
from floorctl.screens.floor.seat_cell import MOVED
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, brief, seg, width_of

_GAP = "   "


class FloorNotes(Painted):
    """Missed calls, missing people and moved seats, as last shown with ``show``.

    Names that there is no room for are counted.
    """

    DEFAULT_CSS = "FloorNotes { height: 1; width: 1fr; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self._missing: Sequence[str] = ()
        self._moved: Sequence[str] = ()
        self._calls = (0, 0)

    def show(self, missing: Sequence[str], moved: Sequence[str], calls: tuple[int, int] = (0, 0)) -> None:
        """Show ``missing`` (texts for people who should be signed in) and ``moved`` (numbers of moved seats).

        ``calls``: how many callers are to be called back, and how many of them should have been by now.
        """
        if (missing, moved, calls) == (self._missing, self._moved, self._calls):
            return
        self._missing, self._moved, self._calls = missing, moved, calls
        there = bool(missing or moved or calls[0])
        if self.display != there:
            self.display = there
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return one line: missed calls, which are always short, then the people."""
        line: Line = [seg(" "), *self._missed_calls()]
        if self._calls[0] and (self._missing or self._moved):
            line.append(seg(_GAP))
        both = bool(self._missing and self._moved)
        if self._missing:
            head = "▲" + t("floor.missing_people", n=len(self._missing))
            # People get room first: they are listed nowhere else, moved seats are listed by their key.
            room = width - width_of(line) - (cell_len(self._moved_head()) + len(_GAP) if both else 0)
            line += [seg(head, looks.WARNING), seg(_as_many(self._missing, room - cell_len(head)), looks.TEXT)]
        if self._moved:
            head = (_GAP if both else "") + self._moved_head()
            room = width - width_of(line) - cell_len(head)
            line += [seg(head, looks.STRONG), seg(_as_many(self._moved, room), looks.QUIET)]
        return [line]

    def _missed_calls(self) -> Line:
        waiting, late = self._calls
        if not waiting:
            return []
        words = t("floor.missed_calls", n=waiting) + (f" {t('floor.missed_calls_late', n=late)}" if late else "")
        return [seg("☏ " + words, looks.RED if late else looks.AMBER)]

    def _moved_head(self) -> str:
        return MOVED + t("floor.moved_seats", n=len(self._moved))


def _as_many(words: Sequence[str], room: int) -> str:
    """Return as many of ``words`` as fit ``room`` cells, each whole, and the number of the others; "" if none fits."""
    text = ""
    for at, word in enumerate(words):
        longer = f"{text}{t('floor.list_comma') if at else ' '}{brief(word)}"
        rest = len(words) - at - 1
        if cell_len(longer) + (cell_len(t("floor.and_more", n=rest)) if rest else 0) > room:
            more = t("floor.and_more", n=len(words) - at)
            return text + more if text else ""
        text = longer
    return text
