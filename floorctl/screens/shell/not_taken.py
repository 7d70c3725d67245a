"""Says it at once, on any screen, where the platform has not taken what was done here: what, why and what now."""

import asyncio
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from floorctl.floor.undo import ActView
from floorctl.floor.undo_words import act_words
from floorctl.i18n import t
from floorctl.models.command import PARKED
from floorctl.rules.privacy import mask_text
from floorctl.text.errors import field_reasons
from floorctl.text.safe import cut, visible

if TYPE_CHECKING:
    from floorctl.floor.views import OutboxItem, Problem
    from floorctl.screens.shell.cockpit import Cockpit

_LONGEST = 120
#: Seconds after which a locked terminal is looked at again.
_LOOK_AGAIN = 1.0


class NotTaken:
    """Knows which acts wait for a decision already; those that come to them are told.

    Nothing is told where nothing can be decided, and on a locked terminal not before it is unlocked.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        #: What waits already is known: what is new can be told from it.
        self._begun = asyncio.Event()
        #: It will be looked again whether the terminal is unlocked.
        self._waits = False

    async def begin(self, app: "Cockpit") -> None:
        """What waits for a decision at the start is counted in the top line; nobody has just done it."""
        try:
            self._known |= {item.id for item in await asyncio.to_thread(app.floor.outbox.items, PARKED)}
        finally:
            self._begun.set()

    async def look(self, app: "Cockpit") -> None:
        """Something happened to what was done here: say what has come to nothing since the last look."""
        await self._begun.wait()
        status = app.floor.status.connection()
        if app.floor.session.read_only or not status.refused + status.conflicts:
            return
        if app.is_locked:
            if not self._waits:
                self._waits = True
                app.set_timer(_LOOK_AGAIN, partial(self._look_again, app))
            return
        parked = await asyncio.to_thread(app.floor.outbox.items, PARKED)
        fresh = [item for item in parked if item.id not in self._known and not item.automatic]
        self._known |= {item.id for item in parked}
        if not fresh or app.current_mode == "sync":  # there they stand at the top of the list, with the reason
            return
        app.say(await asyncio.to_thread(_words, app, fresh), severity="error", timeout=10)

    def _look_again(self, app: "Cockpit") -> None:
        self._waits = False
        app.run_worker(self.look(app))


def _words(app: "Cockpit", items: "list[OutboxItem]") -> str:
    """The newest of them, with all that was done in the same act, and how many others there are."""
    newest = items[0]
    act = tuple(item for item in reversed(items) if _together(item) == _together(newest))
    what = cut(visible(act_words(app.floor, ActView(items=act, way=""))), _LONGEST)
    words = t(f"sync.told.{newest.state}", act=what, why=cut(reason(newest.problem), _LONGEST).rstrip("。."))
    return words if len(act) == len(items) else t("sync.told.several", n=len(items), first=words)


def _together(item: "OutboxItem") -> tuple[str, datetime, str]:
    return item.kind, item.made_at, item.state


def reason(problem: "Problem | None") -> str:
    """Why the platform did not take a command: the fields that it names, else what it says of all of it."""
    if problem is None:
        return ""
    return visible(mask_text(field_reasons(problem.errors) or problem.detail or problem.title))
