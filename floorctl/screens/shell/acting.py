"""Run an act of a screen or a dialog in a worker thread and show its outcome: done, waiting or refused.

What the platform refuses later, and conflicts, are shown by ``not_taken`` on the screen that is in sight by then.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, ParamSpec, TypeVar

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t
from floorctl.screens.shell.asking import AskingScreen

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

P = ParamSpec("P")
T = TypeVar("T")
#: Function from ids of some of several things to words about them.
Words = Callable[[Sequence[str]], str]


class Done(NamedTuple, Generic[T]):
    """The result of an act that was not refused. Always truthy, whatever ``result`` is."""

    result: T


class Outcomes(NamedTuple, Generic[T]):
    """The outcome of an act for each of several ids: its result, or the error that refused it."""

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
    """Run ``act`` and show that it was done, or why not; call only from inside ``begin``.

    ``said``: words for what was done, or a function that makes them from the result; whether the command is being sent
    or waits is appended. None: the caller shows it. ``refused`` is called with the error after its reason was shown.

    Returns:
        The result of the act; None where it was refused here.

    """
    outcome = await attempt(act, *args, **kwargs)
    if isinstance(outcome, FloorctlError):
        screen.say_error(outcome)
        refused(outcome)
        return None
    if said is None:
        screen.refresh_bars()
    else:
        say_done(screen, said if isinstance(said, str) else said(outcome.result))
    return outcome


async def attempt(act: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Done[T] | FloorctlError:
    """Run ``act`` in a worker thread; return its result or why it was refused, for dialogs that show it themselves."""
    try:
        return Done(await asyncio.to_thread(act, *args, **kwargs))
    except FloorctlError as error:
        return error


async def run_each(
    screen: AskingScreen,
    act: Callable[[str], object],
    ids: Sequence[str],
    *,
    said: Words,
    called: Words,
    is_sent: bool = True,
) -> list[str]:
    """Run ``act`` for each of ``ids`` as one act of the person; a refusal for one id does not stop the others.

    ``said`` makes the words for the ids that it was done for, ``called`` names the refused ones. ``is_sent``: whether
    the act sends commands to the platform.

    Returns:
        The ids that it was done for.

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
    """Call ``act`` for each of ``ids`` as one act of the person. Writes to the disk: call in a worker thread."""
    outcomes: Outcomes[T] = Outcomes({}, {})
    with floor.desk.as_one():
        for id_ in ids:
            try:
                outcomes.done[id_] = act(id_)
            except FloorctlError as error:
                outcomes.refused[id_] = error
    return outcomes


def say_done(screen: AskingScreen, words: str) -> None:
    """Show what was done, and whether it is being sent or waits for the connection."""
    screen.ask_tables()
    live = screen.floor.status.connection().mode == "live"
    how = t("ui.outcome.sending" if live else "ui.outcome.waiting")
    screen.say(f"{words} · {how}" if words else how)
    screen.refresh_bars()


def say_refused(screen: AskingScreen, refused: Mapping[str, FloorctlError], called: Words) -> None:
    """Show each reason once, with the names of the ids refused for it; ``called`` makes the names."""
    reasons = {id_: sentence(error) for id_, error in refused.items()}
    for reason in dict.fromkeys(reasons.values()):
        names = called([id_ for id_, its_reason in reasons.items() if its_reason == reason])
        screen.say(t("ui.outcome.some_refused", what=names, why=reason), severity="error", timeout=8)
