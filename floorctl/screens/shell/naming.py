"""What a question is about, by name: as many as there is room for, then how many there are in all."""

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len

from floorctl.i18n import t

#: Cells that the names in a question may take, two lines of a dialog at 80 columns; and in a note.
IN_QUESTION, IN_NOTE = 100, 44
#: Lines that the things in a question may take, one each; on a low terminal, and from so many lines on.
_LOW, _HIGH, _HIGH_FROM = 3, 6, 34


def in_a_row(names: Sequence[str], room: int, comma: str) -> tuple[str, bool]:
    """As many of ``names`` as fit ``room`` cells, at least one; and whether that is all of them."""
    row = ""
    for at, name in enumerate(names):
        longer = f"{row}{comma}{name}" if at else name
        if at and cell_len(longer) > room:
            return row, False
        row = longer
    return row, True


def in_lines(names: Sequence[str], height: int, more: str) -> str:
    """A line each, as many as a terminal of ``height`` lines has room for; then ``more`` with the number of all."""
    most = _HIGH if height >= _HIGH_FROM else _LOW
    if len(names) <= most + 1:  # the last one takes no more room than the words in its place
        return "\n".join(names)
    return "\n".join((*names[:most], t(more, n=len(names))))


def in_note(names: Mapping[str, str], more: str) -> Callable[[Sequence[str]], str]:
    """What names, in a note, some of the things that have these ``names``; ``more`` as in ``in_lines``."""

    def called(ids: Sequence[str]) -> str:
        row, all_of_them = in_a_row([names[each] for each in ids], IN_NOTE, t("floor.list_comma"))
        return row if all_of_them else f"{row} {t(more, n=len(ids))}"

    return called
