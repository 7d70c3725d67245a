"""Words for the differences between the rubric in force and the older one of a form."""

from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.text.numbers import NOTHING, points_text
from floorctl.text.safe import cut, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorctl.rules.quality.form import RubricChange

#: Most differences that are listed; the number of the others is added.
_DIFFERENCES = 8


def change_lines(changes: "Sequence[RubricChange]") -> list[str]:
    """Return a line for each change, up to the limit."""
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
    words = t(f"quality.rubric.{change.aspect}")
    return f"{cut(visible(change.title), 24)} {words}".strip()
