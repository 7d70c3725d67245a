"""Ask a person for other data of a command that the platform did not accept, each kind by its declared question."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.rules.commands import registry
from floorctl.rules.privacy import mask_text
from floorctl.screens.shell import order_questions
from floorctl.screens.shell.asking import sentence
from floorctl.screens.shell.revealing import reveal
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.sync.conflict import field_word
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.views import OutboxItem
    from floorctl.rules.commands.registry import Question

#: The data of a command; None where the person gave up.
Data = dict[str, Any] | None


async def ask_other_data(screen: CockpitScreen, item: "OutboxItem") -> Data:
    """Ask for other data of ``item`` and return it; None, after a warning, where its kind has nothing to change."""
    kind = registry.find(item.kind)
    if kind is None:
        screen.say(t("sync.no_change"), severity="warning")
        return None
    return await QUESTIONS[kind.question](screen, item)


async def _departments(screen: CockpitScreen, item: "OutboxItem") -> Data:
    try:
        order = (await screen.read(screen.floor.orders.get, item.target.id)).order
    except FloorctlError as error:
        screen.say(sentence(error), severity="warning")
        return None
    chosen = await order_questions.ask_departments(screen, {item.target.id: order})
    return {**item.data, "department_ids": list(chosen), "lead_department_id": chosen[0]} if chosen else None


async def _errors(screen: CockpitScreen, item: "OutboxItem") -> Data:
    errors = await order_questions.ask_errors(screen, term("command", item.kind), item.id)
    return None if errors is None else {"errors": list(errors)}


async def _outcome(screen: CockpitScreen, item: "OutboxItem") -> Data:
    answer = await order_questions.ask_outcome(screen, "", item.id)
    if answer is None:
        return None
    named = zip(("outcome", "satisfaction", "note"), answer, strict=True)
    return {name: value for name, value in named if value is not None}


async def _level(screen: CockpitScreen, item: "OutboxItem") -> Data:
    levels = [Option(str(n), term("urge_level", str(n))) for n in (1, 2, 3)]
    level = await screen.app.push_screen_wait(Pick(term("command", item.kind), levels, deliberate=True))
    return {**item.data, "level": int(level[0])} if level else None


async def _queues(screen: CockpitScreen, item: "OutboxItem") -> Data:
    queues = [Option(view.id, view.queue.name) for view in screen.floor.queues.all()]
    skills = await screen.app.push_screen_wait(Pick(term("command", item.kind), queues, several=True))
    return {**item.data, "skills": list(skills)} if skills else None


async def _words(screen: CockpitScreen, item: "OutboxItem") -> Data:
    """Ask for another text in one of the command's free-text fields; where it has several, for which one first."""
    kind, act = registry.find(item.kind), term("command", item.kind)
    coded = {*kind.terms, *kind.names} if kind is not None else set()
    texts = [
        name
        for name, value in item.data.items()
        if isinstance(value, str) and not name.endswith(("_id", "_at")) and name not in coded
    ]
    if not texts:
        screen.say(t("sync.no_change"), severity="warning")
        return None
    name = texts[0]
    if len(texts) > 1:
        options = [Option(name, field_word(name), item.data[name]) for name in texts]
        chosen = await screen.app.push_screen_wait(Pick(t("sync.ask.which", act=act), options))
        if chosen is None:
            return None
        name = chosen[0]
    # The line shows the text unmasked, so personal data in it needs a grant.
    if mask_text(item.data[name]) != item.data[name] and not await reveal(screen, "command", item.id):
        return None
    question, subject = t("sync.ask.words", act=act, field=field_word(name)), f"{item.id} {name}"
    words = await screen.ask_text(question, purpose="command.change", subject=subject, value=item.data[name])
    return None if words is None else {**item.data, name: words}


#: A kind's declared question → what asks it.
QUESTIONS: "Mapping[Question, Callable[[CockpitScreen, OutboxItem], Awaitable[Data]]]" = {
    "words": _words,
    "departments": _departments,
    "errors": _errors,
    "outcome": _outcome,
    "level": _level,
    "queues": _queues,
}
