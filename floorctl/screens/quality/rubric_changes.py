"""The words for what the rubric in force changes in a form that was begun by an older one."""

from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.text.numbers import NOTHING, points_text
from floorctl.text.safe import cut, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorctl.rules.quality.form import RubricChange

#: The most differences that are listed; of the others it says how many there are.
_DIFFERENCES = 8


def change_lines(changes: "Sequence[RubricChange]") -> list[str]:
    """A line for each change, up to the limit."""
    lines = [_difference(change) for change in changes[:_DIFFERENCES]]
    if len(changes) > _DIFFERENCES:
        lines.append(t("quality.rubric.more", n=len(changes) - _DIFFERENCES))
    return lines


def _difference(change: "RubricChange") -> str:
    return t("quality.rubric.difference", what=_what(change), was=_value(change.was), now=_value(change.now))


def _value(value: str | float | bool | None) -> str:
    if isinstance(value, bool):
        return t("rules.form.yes" if value else "rules.form.no")
    if isinstance(value, str):
        return cut(visible(value), 24) if value else NOTHING
    return NOTHING if value is None else points_text(value)


def _what(change: "RubricChange") -> str:
    words = t(f"quality.rubric.{change.what}")
    return f"{cut(visible(change.title), 24)} {words}".strip()
