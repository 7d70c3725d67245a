"""撤销 (undo): the acts of this terminal in the last ten minutes, and undoing the chosen one."""

from typing import TYPE_CHECKING

from floorctl.floor.undo import ActView
from floorctl.floor.undo_words import act_words, outcome
from floorctl.i18n import t
from floorctl.screens.shell import acting
from floorctl.text.times import when
from floorctl.widgets.ask import Option, Pick

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.screens.shell.asking import AskingScreen


class UndoList(Pick):
    """The list of acts, wide enough for the act and the reason why it cannot be undone."""

    DEFAULT_CSS = "UndoList .ask { width: 108; }"


async def take_back(screen: "AskingScreen") -> None:
    """List the acts with what can be done about each, and undo the chosen one."""
    listed = await screen.read(_listed, screen.floor)
    if not listed:
        screen.say(t("undo.none"), severity="warning")
        return
    options = [Option(act.id, f"{made} {words}", act.reason or t(f"undo.way.{act.way}")) for act, made, words in listed]
    chosen = await screen.ask(UndoList(t("undo.title"), options, deliberate=True))
    if chosen is None:
        return
    act, words = next((act, words) for act, _, words in listed if act.id == chosen[0])
    if act.why:
        screen.say(t("undo.stays", act=words, why=act.reason), severity="warning", timeout=8)
        return
    undone = await acting.run(screen, screen.floor.undo.take_back, act.id)
    if undone is not None:
        done = undone.result
        screen.say(outcome(screen.floor, done), severity="warning" if done.left or done.perhaps else "information")


def _listed(floor: "Floor") -> list[tuple[ActView, str, str]]:
    """Return (act, words for when and, if somebody else, by whom, words for what) for each recent act."""
    now, me = floor.now(), floor.session.person
    listed = []
    for act in floor.undo.recent():
        first = act.items[0]
        by = "" if me is not None and first.made_by == me.person_id else floor.names.person(first.made_by)
        listed.append((act, "  ".join(part for part in (when(first.made_at, now), by) if part), act_words(floor, act)))
    return listed
