"""Points typed digit by digit: only numbers on an item's scale are accepted."""

from decimal import Decimal
from functools import lru_cache

from floorctl.text.numbers import trimmed

#: On a scale with more steps, any number within the range is accepted.
_MOST_STEPS = 4_000


@lru_cache(maxsize=256)
def scale(points: float, step: float) -> frozenset[str] | None:
    """Return all values of an item as typed: multiples of ``step`` and the full marks; None where they are too many."""
    most, by = Decimal(str(points)), Decimal(str(step))
    if by <= 0 or most / by > _MOST_STEPS:
        return None
    values = {by * n for n in range(int(most / by) + 1)} | {most}
    return frozenset(trimmed(value, 6) for value in values)


def append_digit(typed: str, char: str, points: float, step: float) -> tuple[str, float | None] | None:
    """Return what is typed after ``char`` (a digit or a point) follows ``typed``, and its value on the item's scale.

    The value is None while the text only begins a number of the scale (``1`` of ``15`` where the step is 5). Where the
    longer text is not on the scale, ``char`` begins a new number; None where that is not on the scale either.
    """
    for text in (typed + char, char) if typed else (char,):
        if (value := _value(text, points, step)) is not None:
            return text, value
        if _begins(text, points, step):
            return text, None
    return None


def continues_number(typed: str, char: str, points: float, step: float) -> bool:
    """Return whether ``char`` makes what is typed a longer number of the scale, or the beginning of one."""
    text = typed + char
    return bool(typed) and (_value(text, points, step) is not None or _begins(text, points, step))


def _value(text: str, points: float, step: float) -> float | None:
    known = scale(points, step)
    if known is None:
        return _free(text, points, step)
    return float(text) if text in known else None


def _free(text: str, points: float, step: float) -> float | None:
    if not text.replace(".", "", 1).isdigit() or text.endswith("."):
        return None
    value = Decimal(text)
    on_scale = value <= Decimal(str(points)) and value % Decimal(str(step)) == 0
    return float(value) if on_scale else None


def _begins(text: str, points: float, step: float) -> bool:
    known = scale(points, step)
    if known is not None:
        return any(value.startswith(text) for value in known)
    return text.count(".") <= 1 and len(text) <= 12 and Decimal(text.strip(".") or 0) <= Decimal(str(points))
