"""Acts on handovers: tick items off, sign as giver or taker, withdraw a signature, sign in for a waiting signature.

Each returns True if it was done.
"""

from collections.abc import Sequence

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.floor.handover.summary import shift_words
from floorctl.floor.views import HandoverItemView, HandoverView
from floorctl.i18n import t
from floorctl.screens.handover.second_person import SecondPerson
from floorctl.screens.shell import acting
from floorctl.screens.shell.naming import in_note
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.durations import lasting
from floorctl.text.safe import cut, visible


async def tick(screen: CockpitScreen, items: Sequence[HandoverItemView]) -> bool:
    """Tick the items off; if all of them are done, reopen them."""
    if not items or not screen.may("handover.item"):
        return False
    done = not all(item.done for item in items)

    by_id = {item.id: item for item in items if item.done != done}
    names = {each: cut(visible(item.text), 40) for each, item in by_id.items()}
    ticked = await acting.run_each(
        screen,
        lambda each: screen.floor.handovers.tick(by_id[each], done=done),
        [*by_id],
        said=lambda _: t("handover.said.done" if done else "handover.said.undone"),
        called=in_note(names, "sync.ask.and_more"),
    )
    return bool(ticked)


async def give(screen: CockpitScreen, view: HandoverView) -> bool:
    """Sign for the leaving shift after a confirmation; before the shift's end, ask for the reason first."""
    person = screen.floor.session.person
    if not screen.may("handover.give") or person is None:
        return False
    if view.state != "open" and not screen.floor.signing.signs_anew(view):
        screen.say(t("handover.said.given_already", name=visible(view.given_name)), severity="warning")
        return False
    before = await screen.read(screen.floor.signing.signs_early, view.shift)
    reason: str | None = ""
    if before is not None:
        left = lasting(before.total_seconds())
        title = t("handover.ask.early", shift=shift_words(view.shift), left=left)
        reason = await screen.ask_text(title, purpose="handover.give", subject=view.id, wants="reason")
        if reason is None:
            return False
    auto = sum(not item.written for item in view.items)
    question = t(
        "handover.ask.give",
        name=person.name,
        shift=shift_words(view.shift),
        n=sum(not item.done for item in view.items),
        auto=auto,
    )
    if not await screen.confirm(question):
        return False
    said = t("handover.said.given")
    return bool(await acting.run(screen, screen.floor.signing.give, view.shift, reason, said=said))


async def withdraw(screen: CockpitScreen, view: HandoverView) -> bool:
    """Ask for the reason and withdraw one's own signature, while nobody has taken the handover."""
    if not screen.may("handover.give"):
        return False
    floor = screen.floor
    try:
        floor.signing.can_withdraw(view)
    except FloorctlError as error:
        screen.say(sentence(error), severity="warning", timeout=8)
        return False
    title = t("handover.ask.withdraw", shift=shift_words(view.shift))
    reason = await screen.ask_text(title, purpose="handover.withdraw", subject=view.id, wants="reason")
    if reason is None:
        return False
    done = await acting.run(screen, floor.signing.withdraw, view.shift, reason)
    if done is None:
        return False
    if done.result is None:
        screen.say(t("handover.said.withdrawn"), timeout=8)
    else:
        screen.say(t("handover.said.withdrawal_noted"), severity="warning", timeout=12)
    return True


async def take(screen: CockpitScreen, view: HandoverView, *, another: bool = False) -> bool:
    """Sign for the coming shift as the person signed in, or as a second person.

    A second person signs with ``another``, or if the person signed in gave the handover or may not take it.
    """
    floor, person = screen.floor, screen.floor.session.person
    if person is None or floor.session.read_only:
        return screen.may("handover.take")
    if view.state != "given":
        key = "handover.said.not_given" if view.state == "open" else "handover.said.taken_already"
        screen.say(t(key, name=visible(view.taken_name)), severity="warning")
        return False
    if another or person.person_id == view.given_by or not floor.desk.may("handover.take"):
        return await _take_as(screen, view)
    question = t(
        "handover.ask.take",
        name=person.name,
        shift=shift_words(view.shift),
        giver=view.given_name,
        n=sum(not item.done for item in view.items),
    )
    if view.withdrawn:  # the taker must know that the giver meant to withdraw it
        question = f"▲ {visible(view.withdrawn)}\n{question}"
    if not await screen.confirm(question):
        return False
    said = t("handover.said.taken", name=visible(person.name))
    return bool(await acting.run(screen, floor.signing.take, view.shift, said=said))


async def _take_as(screen: CockpitScreen, view: HandoverView) -> bool:
    floor, person = screen.floor, screen.floor.session.person
    explain = t("handover.ask.second_how", name=person.name if person else "")
    if floor.status.connection().mode != "live":
        explain += "\n" + t("handover.ask.second_offline")
    if view.withdrawn:
        explain = f"▲ {visible(view.withdrawn)}\n{explain}"
    title = t("handover.ask.second", shift=shift_words(view.shift), giver=view.given_name)

    def sign(number: str, password: str) -> None:
        floor.signing.take_as(number, password, view.shift)

    if not await screen.ask(SecondPerson(title, explain, sign)):
        return False
    after = await screen.read(floor.handovers.get, view.shift)
    if after.awaits:
        names = visible(t("handover.comma").join(after.awaits))
        screen.say(t("handover.said.waits", name=names), timeout=10)
    else:
        acting.say_done(screen, t("handover.said.taken", name=visible(after.taken_name)))
    return True


async def sign_in(screen: CockpitScreen, view: HandoverView) -> bool:
    """Sign in the person whose signature was given during an outage, so that it can be sent."""
    person = screen.floor.session.person
    if not view.awaits or person is None:
        screen.say(t("handover.said.nothing_waits"))
        return False
    names = visible(t("handover.comma").join(view.awaits))
    explain = t("handover.ask.sign_how", name=person.name)
    dialog = SecondPerson(t("handover.ask.sign", names=names), explain, screen.floor.signing.sign_in_for_signatures)
    if not await screen.ask(dialog):
        return False
    screen.say(t("handover.said.signed_in", name=names))
    return True
