"""Ask a person for other data of a command that the platform did not accept, each kind by its declared question."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t, term
from floorctl.rules.commands import registry
from floorctl.screens.shell import order_questions
from floorctl.screens.shell.revealing import reveal
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.sync.conflict import field_word
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.views import CommandView
    from floorctl.rules.commands.registry import Question

#: Other values of the fields of a command's data, None where a field is left out; None where the person gave up.
Changes = dict[str, Any] | None


async def ask_changes(screen: CockpitScreen, item: "CommandView") -> Changes:
    """Ask for other values of ``item``'s data; return None, after a warning, where its kind has nothing to change."""
    kind = registry.find(item.kind)
    if kind is None:
        screen.say(t("sync.no_change"), severity="warning")
        return None
    return await QUESTIONS[kind.question](screen, item)


async def _departments(screen: CockpitScreen, item: "CommandView") -> Changes:
    try:
        order = (await screen.read(screen.floor.orders.get, item.target.id)).order
    except FloorctlError as error:
        screen.say(sentence(error), severity="warning")
        return None
    chosen = await order_questions.ask_departments(screen, {item.target.id: order})
    return {"department_ids": list(chosen), "lead_department_id": chosen[0]} if chosen else None


async def _errors(screen: CockpitScreen, item: "CommandView") -> Changes:
    errors = await order_questions.ask_errors(screen, term("command", item.kind), item.id)
    return None if errors is None else {"errors": list(errors)}


async def _outcome(screen: CockpitScreen, item: "CommandView") -> Changes:
    answer = await order_questions.ask_outcome(screen, "", item.id)
    if answer is None:
        return None
    return dict(zip(("outcome", "satisfaction", "note"), answer, strict=True))


async def _level(screen: CockpitScreen, item: "CommandView") -> Changes:
    levels = [Option(str(n), term("urge_level", str(n))) for n in (1, 2, 3)]
    level = await screen.app.push_screen_wait(Pick(term("command", item.kind), levels, deliberate=True))
    return {"level": int(level[0])} if level else None


async def _queues(screen: CockpitScreen, item: "CommandView") -> Changes:
    queues = [Option(view.id, view.queue.name) for view in screen.floor.queues.all()]
    skills = await screen.app.push_screen_wait(Pick(term("command", item.kind), queues, several=True))
    return {"skills": list(skills)} if skills else None


async def _words(screen: CockpitScreen, item: "CommandView") -> Changes:
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
    hidden = name in item.hidden
    confidential = hidden and await screen.read(lambda: item.record.confidential)
    grant = await reveal(screen, "command", item.id, confidential=confidential) if hidden else None
    if name in item.hidden and grant is None:
        return None
    text = item.record.seen(grant).data[name]
    question, subject = t("sync.ask.words", act=act, field=field_word(name)), f"{item.id} {name}"
    words = await screen.ask_text(question, purpose="command.change", subject=subject, value=text)
    return None if words is None else {name: words}


#: A kind's declared question → what asks it.
QUESTIONS: "Mapping[Question, Callable[[CockpitScreen, CommandView], Awaitable[Changes]]]" = {
    "words": _words,
    "departments": _departments,
    "errors": _errors,
    "outcome": _outcome,
    "level": _level,
    "queues": _queues,
}
