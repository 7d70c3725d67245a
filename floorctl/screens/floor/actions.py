"""Acts on seats: each function asks for what it needs, naming the seats, does the act and shows the result.

Acts that can be on marked seats return the ids of the seats that they were done to.
"""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.screens.shell import acting
from floorctl.screens.shell.naming import IN_NOTE, IN_QUESTION, in_a_row
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.widgets.painted import brief

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView


def called(seats: "Sequence[SeatView]", room: int = IN_QUESTION) -> str:
    """Return ``坐席 05 赵``, ``坐席 05 赵、06 孙`` or ``坐席 05 赵、06 孙等 9 个``, names in ``room`` cells."""
    if len(seats) == 1:
        return t("floor.one_seat", number=brief(seats[0].seat.number), name=brief(seats[0].person_name))
    names = [f"{brief(view.seat.number)} {brief(view.person_name)}".strip() for view in seats]
    row, all_of_them = in_a_row(names, room, t("floor.list_comma"))
    return t("floor.several_seats" if all_of_them else "floor.many_seats", names=row, n=len(seats))


async def _act_on_each(
    screen: CockpitScreen, seats: "Sequence[SeatView]", act: Callable[[str], object], said: Callable[[str], str]
) -> Collection[str]:
    """Do ``act`` for each seat; a refusal for one does not stop the others. ``said``: seats' names → message."""
    views = {view.id: view for view in seats}

    def called_by(ids: Sequence[str]) -> str:
        return called([views[seat_id] for seat_id in ids], IN_NOTE)

    if len(views) == 1:
        return [*views] if await acting.run(screen, act, seats[0].id, said=said(called_by([*views]))) else []
    return await acting.run_each(screen, act, [*views], said=lambda ids: said(called_by(ids)), called=called_by)


async def change_skills(screen: CockpitScreen, seats: "Sequence[SeatView]") -> Collection[str]:
    """Ask which queues the seats are to serve, preset to the first seat's, and set them."""
    from floorctl.screens.shell.dialogs import Choose

    queues = screen.floor.queues.all()
    now = [at for skill in seats[0].seat.skills for at, view in enumerate(queues) if view.id == skill]
    title = t("floor.ask.skills", seat=called(seats))
    names = [brief(view.queue.name) for view in queues]
    chosen = await screen.app.push_screen_wait(Choose(title, names, several=True, chosen=now, replace=True))
    if not chosen:
        return ()
    ids = [queues[at].id for at in chosen]
    served = "、".join(names[at] for at in chosen)
    return await _act_on_each(
        screen,
        seats,
        lambda seat_id: screen.floor.seats.set_skills(seat_id, ids),
        lambda those: t("floor.done.skills", seat=those, queues=served),
    )


async def restore_skills(screen: CockpitScreen, seats: "Sequence[SeatView]") -> Collection[str]:
    """Show the moved seats, and restore the usual queues of those that are chosen."""
    from floorctl.screens.floor.moved_seats import MovedSeats

    names = {view.id: view.queue.name for view in screen.floor.queues.all()}
    chosen = await screen.app.push_screen_wait(MovedSeats(seats, names))
    if not chosen:
        return ()
    restored = [view for view in seats if view.id in chosen]
    return await _act_on_each(
        screen, restored, screen.floor.seats.restore_skills, lambda those: t("floor.done.restored", seat=those)
    )


async def change_state(screen: CockpitScreen, seats: "Sequence[SeatView]") -> Collection[str]:
    """Ask for the state to force on the seats and set it; signing out needs a confirmation."""
    from floorctl.screens.shell.dialogs import Choose

    states = ("ready", "not_ready", "signed_out")
    names = [f"{term('seat_glyph', state)} {term('seat_state', state)}" for state in states]
    chosen = await screen.app.push_screen_wait(Choose(t("floor.ask.state", seat=called(seats)), names))
    if chosen is None:
        return ()
    state = states[chosen[0]]
    if state == "signed_out" and not await screen.confirm(t("floor.ask.sign_out", seat=called(seats))):
        return ()
    return await _act_on_each(
        screen,
        seats,
        lambda seat_id: screen.floor.seats.set_state(seat_id, state),
        lambda those: t("floor.done.state", seat=those, state=term("seat_state", state)),
    )


async def listen(screen: CockpitScreen, seats: "Sequence[SeatView]") -> Collection[str]:
    """Ask how to take part in the call and do so; ending the call needs a confirmation."""
    from floorctl.screens.shell.dialogs import Choose

    modes = ("listen", "whisper", "barge", "release")
    names = [t(f"floor.listen.{mode}") for mode in modes]
    chosen = await screen.app.push_screen_wait(Choose(t("floor.ask.listen", seat=called(seats)), names))
    if chosen is None:
        return ()
    mode = modes[chosen[0]]
    if mode == "release" and not await screen.confirm(t("floor.ask.release", seat=called(seats))):
        return ()
    return await _act_on_each(
        screen,
        seats,
        lambda seat_id: screen.floor.seats.listen(seat_id, mode),
        lambda those: t("floor.done.listen", seat=those, mode=names[chosen[0]]),
    )


async def send_message(screen: CockpitScreen, seats: "Sequence[SeatView]") -> None:
    """Ask for a text and send it to the seats; the marks stay for the next act."""
    if not seats or not screen.may("floor.message"):
        return
    question, subject = t("floor.ask.message", seat=called(seats)), " ".join(sorted(view.id for view in seats))
    text = await screen.ask_text(question, purpose="floor.message", subject=subject, wants="message")
    if text:
        said = t("floor.done.message", seat=called(seats, IN_NOTE))
        await acting.run(screen, screen.floor.seats.message, [view.id for view in seats], text, said=said)


async def cancel_pauses(screen: CockpitScreen, seats: "Sequence[SeatView]") -> Collection[str]:
    """Ask whose breaks to change, which and how, and change them; return the ids of their seats."""
    from floorctl.floor.breaks import outcome
    from floorctl.rules.staffing.breaks import Wanted
    from floorctl.screens.floor.breaks import AskBreaks, ask_whose_breaks

    chosen = await ask_whose_breaks(screen, seats)
    if chosen is None:
        return ()
    name, seat_ids = chosen
    at_first = await screen.read(screen.floor.breaks.plan, seat_ids, Wanted())
    plan = await screen.ask(AskBreaks(screen.floor, name, seat_ids, at_first))
    if plan is None:
        return ()
    done = await acting.run(screen, screen.floor.breaks.change, plan)
    if done is None:
        return ()
    screen.say(outcome(plan, name, done.result))
    return seat_ids
