"""One act done to several things at once, and the words for those that it was not done to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

#: Words about some of several things, whose ids it is given.
Words = Callable[[Sequence[str]], str]


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


def not_done(refused: Mapping[str, str], called: Words) -> Iterator[str]:
    """For each reason a sentence that names those which were not done for it; ``called`` names some of them."""
    for why in dict.fromkeys(refused.values()):
        yield t("ui.outcome.some_refused", what=called([each for each, its in refused.items() if its == why]), why=why)
