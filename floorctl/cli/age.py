"""How old an answer is, said beside it where it is not live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.text.durations import exact

if TYPE_CHECKING:
    from floorctl.cli.output import Output
    from floorctl.floor.floor import Floor


def say_age(output: Output, floor: Floor) -> None:
    """Say on standard error that what is answered is not live, and what time it dates from."""
    status = floor.status.connection()
    if status.mode == "live":
        return
    if status.as_of is None:
        output.note(t("cli.age.never"))
        return
    at = status.as_of.astimezone(floor.config.zone)
    age = max((floor.now() - at).total_seconds(), 0.0)
    output.note(t("cli.age", at=at.strftime("%Y-%m-%d %H:%M:%S"), age=exact(age)))
