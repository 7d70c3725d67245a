"""Decisions about commands in the outbox: send again, change, or set aside. Each returns True if it was done."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.models.command import PARKED
from floorctl.screens.shell import acting
from floorctl.screens.shell.naming import in_lines, in_note
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.sync.conflict import Decide, read_parked, target_name
from floorctl.screens.sync.questions import ask_changes
from floorctl.text.safe import cut

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import CommandView

#: States in which a command can be dropped: neither being sent nor finished.
DROPPABLE = ("waiting", *PARKED)


async def decide(screen: CockpitScreen, item: "CommandView") -> bool:
    """Show a parked command beside the present entity, and do what the person decides."""
    if not screen.may(item.kind):
        return False
    parked = await screen.read(read_parked, screen.floor, item)
    choice = await screen.app.push_screen_wait(Decide(screen.floor, parked))
    match choice:
        case "again":
            return await again(screen, [item])
        case "change":
            return await change(screen, item)
        case "aside":
            return await set_aside(screen, [item])
    return False


async def again(screen: CockpitScreen, items: Sequence["CommandView"]) -> bool:
    """Submit parked commands again, based on the present version of their targets."""
    parked = [item for item in items if item.state in PARKED]
    if parked and not all(screen.may(kind) for kind in {item.kind for item in parked}):
        return False
    if not parked:
        screen.say(t("sync.not_parked"), severity="warning")
        return False
    names = await screen.read(_called, screen.floor, parked)
    done = await acting.run_each(
        screen,
        screen.floor.desk.retry,
        [*names],
        said=lambda ids: t("sync.said.again", n=len(ids)),
        called=in_note(names, "sync.ask.and_more"),
    )
    return bool(done)


async def change(screen: CockpitScreen, item: "CommandView") -> bool:
    """Ask for new data of a parked command and submit that, based on the present version of its target."""
    if item.state not in PARKED:
        screen.say(t("sync.not_parked"), severity="warning")
        return False
    if not screen.may(item.kind):
        return False
    changes = await ask_changes(screen, item)
    if changes is None:
        return False
    again = partial(screen.floor.desk.retry, item.id, changes=changes)
    return bool(await acting.run(screen, again, said=t("sync.said.changed")))


async def set_aside(screen: CockpitScreen, items: Sequence["CommandView"]) -> bool:
    """Ask for one reason and set the commands aside; they can't be sent afterwards."""
    droppable = [item for item in items if item.state in DROPPABLE]
    if droppable and not all(screen.may(kind) for kind in {item.kind for item in droppable}):
        return False
    if not droppable:
        screen.say(t("sync.not_droppable"), severity="warning")
        return False
    names = await screen.read(_called, screen.floor, droppable)
    names_in_lines = in_lines([*names.values()], screen.app.size.height, "sync.ask.and_more")
    question, subject = t("sync.ask.aside", what=names_in_lines), " ".join(sorted(names))
    reason = await screen.ask_text(question, purpose="command.aside", subject=subject, wants="reason")
    if reason is None:
        return False
    done = await acting.run_each(
        screen,
        partial(screen.floor.desk.drop, reason=reason),
        [*names],
        said=lambda ids: t("sync.said.aside", n=len(ids)),
        called=in_note(names, "sync.ask.and_more"),
        is_sent=False,
    )
    return bool(done)


def _called(floor: "Floor", items: Sequence["CommandView"]) -> dict[str, str]:
    """Return command id → words for its kind and target."""
    return {item.id: cut(f"{term('command', item.kind)}  {target_name(floor, item)}", 60) for item in items}
