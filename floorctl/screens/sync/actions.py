"""Decisions about commands in the outbox: send again, change, or set aside. Each returns True if it was done."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.models.command import PARKED
from floorctl.rules.commands import registry
from floorctl.rules.privacy import mask_text
from floorctl.screens.shell import acting, order_questions
from floorctl.screens.shell.asking import sentence
from floorctl.screens.shell.naming import in_lines, in_note
from floorctl.screens.shell.revealing import reveal
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.sync.conflict import Decide, field_word, read_parked, target_name
from floorctl.text.safe import cut
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OutboxItem

#: States in which a command can be dropped: neither being sent nor finished.
DROPPABLE = ("waiting", *PARKED)


async def decide(screen: CockpitScreen, item: "OutboxItem") -> bool:
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


async def again(screen: CockpitScreen, items: Sequence["OutboxItem"]) -> bool:
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


async def change(screen: CockpitScreen, item: "OutboxItem") -> bool:
    """Ask for new data of a parked command and submit that, based on the present version of its target."""
    if item.state not in PARKED:
        screen.say(t("sync.not_parked"), severity="warning")
        return False
    if not screen.may(item.kind):
        return False
    data = await _other_data(screen, item)
    if data is None:
        return False
    return bool(await acting.run(screen, screen.floor.desk.retry, item.id, data, said=t("sync.said.changed")))


async def _other_data(screen: CockpitScreen, item: "OutboxItem") -> dict[str, Any] | None:
    title = term("command", item.kind)
    match item.kind:
        case "order.dispatch":
            try:
                order = (await screen.read(screen.floor.orders.get, item.target.id)).order
            except FloorctlError as error:
                screen.say(sentence(error), severity="warning")
                return None
            chosen = await order_questions.ask_departments(screen, {item.target.id: order})
            if not chosen:
                return None
            return {**item.data, "department_ids": list(chosen), "lead_department_id": chosen[0]}
        case "order.review":
            errors = await order_questions.ask_errors(screen, title, item.id)
            return None if errors is None else {"errors": list(errors)}
        case "order.callback":
            answer = await order_questions.ask_outcome(screen, "", item.id)
            if answer is None:
                return None
            given = zip(("outcome", "satisfaction", "note"), answer, strict=True)
            return {name: value for name, value in given if value is not None}
        case "order.urge":
            levels = [Option(str(n), term("urge_level", str(n))) for n in (1, 2, 3)]
            level = await screen.app.push_screen_wait(Pick(title, levels, deliberate=True))
            return {**item.data, "level": int(level[0])} if level else None
        case "seat.skills":
            queues = [Option(view.id, view.queue.name) for view in screen.floor.queues.all()]
            skills = await screen.app.push_screen_wait(Pick(title, queues, several=True))
            return {**item.data, "skills": list(skills)} if skills else None
    return await _other_words(screen, item, title)


async def _other_words(screen: CockpitScreen, item: "OutboxItem", title: str) -> dict[str, Any] | None:
    """Ask for another text in one of the command's free-text fields; return the data with it, None if given up."""
    texts = [name for name, value in item.data.items() if isinstance(value, str) and not name.endswith(("_id", "_at"))]
    kind = registry.find(item.kind)
    texts = [] if kind is None else [name for name in texts if name not in {*kind.terms, *kind.names}]
    if not texts:
        screen.say(t("sync.no_change"), severity="warning")
        return None
    name = texts[0]
    if len(texts) > 1:
        options = [Option(each, field_word(each), item.data[each]) for each in texts]
        chosen = await screen.app.push_screen_wait(Pick(t("sync.ask.which", act=title), options))
        if chosen is None:
            return None
        name = chosen[0]
    # The line shows the text unmasked, so personal data in it needs a grant.
    if mask_text(item.data[name]) != item.data[name] and not await reveal(screen, "command", item.id):
        return None
    asked, subject = t("sync.ask.words", act=title, field=field_word(name)), f"{item.id} {name}"
    words = await screen.ask_text(asked, purpose="command.change", subject=subject, value=item.data[name])
    return None if words is None else {**item.data, name: words}


async def set_aside(screen: CockpitScreen, items: Sequence["OutboxItem"]) -> bool:
    """Ask for one reason and set the commands aside; they can't be sent afterwards."""
    droppable = [item for item in items if item.state in DROPPABLE]
    if droppable and not all(screen.may(kind) for kind in {item.kind for item in droppable}):
        return False
    if not droppable:
        screen.say(t("sync.not_droppable"), severity="warning")
        return False
    names = await screen.read(_called, screen.floor, droppable)
    what = in_lines([*names.values()], screen.app.size.height, "sync.ask.and_more")
    asked, subject = t("sync.ask.aside", what=what), " ".join(sorted(names))
    reason = await screen.ask_text(asked, purpose="command.aside", subject=subject, wants="reason")
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


def _called(floor: "Floor", items: Sequence["OutboxItem"]) -> dict[str, str]:
    """Return command id → words for its kind and target."""
    return {item.id: cut(f"{term('command', item.kind)}  {target_name(floor, item)}", 60) for item in items}
