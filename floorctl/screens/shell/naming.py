"""Names of the things that a question is about: as many as fit, then their total number."""

from collections.abc import Callable, Mapping, Sequence

from rich.cells import cell_len

from floorctl.i18n import t

#: Cells for the names: in a question (two lines of a dialog at 80 columns), and in a notification.
IN_QUESTION, IN_NOTE = 100, 44
#: Lines for names in a question: on a low terminal, on a high one, and the height that counts as high.
_LOW, _HIGH, _HIGH_FROM = 3, 6, 34


def in_a_row(names: Sequence[str], room: int, comma: str) -> tuple[str, bool]:
    """Return as many of ``names`` as fit ``room`` cells, at least one, and whether these are all."""
    row = ""
    for at, name in enumerate(names):
        longer = f"{row}{comma}{name}" if at else name
        if at and cell_len(longer) > room:
            return row, False
        row = longer
    return row, True


def in_lines(names: Sequence[str], height: int, more: str) -> str:
    """Return a line per name, as many as fit a terminal of ``height`` lines, then ``more`` with their total number."""
    most = _HIGH if height >= _HIGH_FROM else _LOW
    if len(names) <= most + 1:  # one more name takes no more room than the line ``more``
        return "\n".join(names)
    return "\n".join((*names[:most], t(more, n=len(names))))


def in_note(names: Mapping[str, str], more: str) -> Callable[[Sequence[str]], str]:
    """Return a function from ids to their ``names`` in a notification; ``more`` as in ``in_lines``."""

    def called(ids: Sequence[str]) -> str:
        row, all_of_them = in_a_row([names[each] for each in ids], IN_NOTE, t("floor.list_comma"))
        return row if all_of_them else f"{row} {t(more, n=len(ids))}"

    return called
