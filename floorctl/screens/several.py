"""One act done to several things at once."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError

if TYPE_CHECKING:
    from floorctl.floor import Floor


def do_each(floor: "Floor", act: Callable[[str], object], ids: Sequence[str]) -> dict[str, FloorctlError]:
    """Run ``act`` for each of ``ids`` as one act of the person; what one refuses stops nobody.

    Returns:
        Those that were not done, and why.
    """
    refused: dict[str, FloorctlError] = {}
    with floor.as_one():
        for each in ids:
            try:
                act(each)
            except FloorctlError as error:
                refused[each] = error
    return refused
