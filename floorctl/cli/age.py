"""The note about the age of an answer that is not live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.text.durations import exact

if TYPE_CHECKING:
    from floorctl.cli.output import Output
    from floorctl.floor.floor import Floor


def say_age(output: Output, floor: Floor) -> None:
    """Print to standard error that the answer is not live, and the time that it is of."""
    status = floor.status.connection()
    if status.mode == "live":
        return
    if status.as_of is None:
        output.note(t("cli.age.never"))
        return
    at = status.as_of.astimezone(floor.config.zone)
    age = max((floor.now() - at).total_seconds(), 0.0)
    output.note(t("cli.age", at=at.strftime("%Y-%m-%d %H:%M:%S"), age=exact(age)))
