"""Do an act of a screen or a dialog in a worker thread, and say what became of it: done, waiting or refused.

What the platform refuses later, and a conflict, is told by ``not_taken`` on whatever screen is in sight by then.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.screens.shell.asking import AskingScreen, sentence

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

T = TypeVar("T")
#: Words about some of several things, whose ids it is given.
Words = Callable[[Sequence[str]], str]


class Done(NamedTuple, Generic[T]):
    """What an act that was not refused returned; true, whatever that is."""

    result: T


class Outcomes(NamedTuple, Generic[T]):
    """What an act came to for each of several ids: what it returned, or why it was refused."""

    done: dict[str, T]
    refused: dict[str, FloorctlError]


async def run(
    screen: AskingScreen,
    act: Callable[..., T],
    /,
    *args: Any,
    said: str | Callable[[T], str] | None = None,
    refused: Callable[[FloorctlError], object] = lambda _: None,
    **kwargs: Any,
) -> Done[T] | None:
    """Do ``act`` and say that it was done, or why not; only from inside ``begin``.

    ``said``: what was done, in words, or what makes the words of the result; whether it is sent now or waits is added.
    None: the caller says it. ``refused`` is called with the error after its reason was said.

    Returns:
        What the act returned; None where it was refused here.

    """
    try:
        result = await asyncio.to_thread(act, *args, **kwargs)
    except FloorctlError as error:
        screen.say_error(error)
        refused(error)
        return None
    if said is None:
        screen.refresh_bars()
    else:
        say_done(screen, said if isinstance(said, str) else said(result))
    return Done(result)


async def run_each(
    screen: AskingScreen,
    act: Callable[[str], object],
    ids: Sequence[str],
    *,
    said: Words,
    called: Words,
    is_sent: bool = True,
) -> list[str]:
    """Do ``act`` for each of ``ids`` as one act of the person; what one refuses stops nobody.

    ``said`` words it of those that it was done to, ``called`` names those that refused it. ``is_sent``: whether it is
    an act that the platform is told of.

    Returns:
        The ids that it was done to.

    """
    outcomes = await screen.read(do_each, screen.floor, act, ids)
    if done := [*outcomes.done]:
        if is_sent:
            say_done(screen, said(done))
        else:
            screen.say(said(done))
    say_refused(screen, outcomes.refused, called)
    return done


def do_each(floor: "Floor", act: Callable[[str], T], ids: Sequence[str]) -> Outcomes[T]:
    """Call ``act`` for each of ``ids`` as one act of the person. Writes to the disk: for a worker thread."""
    outcomes: Outcomes[T] = Outcomes({}, {})
    with floor.desk.as_one():
        for each in ids:
            try:
                outcomes.done[each] = act(each)
            except FloorctlError as error:
                outcomes.refused[each] = error
    return outcomes


def say_done(screen: AskingScreen, words: str) -> None:
    """Say what was done, and whether it is on its way or waits for the connection."""
    screen.ask_tables()
    live = screen.floor.status.connection().mode == "live"
    how = t("ui.outcome.sending" if live else "ui.outcome.waiting")
    screen.say(f"{words} · {how}" if words else how)
    screen.refresh_bars()


def say_refused(screen: AskingScreen, refused: Mapping[str, FloorctlError], called: Words) -> None:
    """Say each reason once, with the names of those that were not done for it; ``called`` names some of them."""
    reasons = {each: sentence(error) for each, error in refused.items()}
    for why in dict.fromkeys(reasons.values()):
        what = called([each for each, its in reasons.items() if its == why])
        screen.say(t("ui.outcome.some_refused", what=what, why=why), severity="error", timeout=8)
