"""Notifications, on any screen, about commands that the platform did not accept: what, why and what to do."""

import asyncio
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from floorctl.floor.undo import ActView
from floorctl.floor.undo_words import act_words
from floorctl.i18n import t
from floorctl.models.command import PARKED
from floorctl.text.errors import problem_reasons
from floorctl.text.safe import cut, visible

if TYPE_CHECKING:
    from floorctl.floor.views import CommandView, Problem
    from floorctl.screens.shell.cockpit import Cockpit

_LONGEST = 120
#: Seconds until a locked terminal is checked again.
_CHECK_AGAIN = 1.0


class NotTaken:
    """Keeps the ids of parked commands that are already shown, and shows the new ones.

    Nothing is shown on a read-only terminal, where nothing can be decided, nor before a locked terminal is unlocked.
    """

    def __init__(self) -> None:
        self._shown_ids: set[str] = set()
        #: Set when the commands parked at the start are read: from then on new ones can be told apart.
        self._ready = asyncio.Event()
        #: Whether a check for the unlocked terminal is scheduled.
        self._check_scheduled = False

    async def begin(self, app: "Cockpit") -> None:
        """Record what is parked at the start: it is counted in the top bar, not shown as new."""
        try:
            self._shown_ids |= {item.id for item in await asyncio.to_thread(app.floor.outbox.items, PARKED)}
        finally:
            self._ready.set()

    async def show_new(self, app: "Cockpit") -> None:
        """Show the commands that were parked since the last call; called after every change of the outbox."""
        await self._ready.wait()
        status = app.floor.status.connection()
        if app.floor.session.read_only or not status.refused + status.conflicts:
            return
        if app.is_locked:
            if not self._check_scheduled:
                self._check_scheduled = True
                app.set_timer(_CHECK_AGAIN, partial(self._show_new_unlocked, app))
            return
        parked = await asyncio.to_thread(app.floor.outbox.items, PARKED)
        fresh = [item for item in parked if item.id not in self._shown_ids and not item.automatic]
        self._shown_ids |= {item.id for item in parked}
        if not fresh or app.current_mode == "sync":  # the sync screen lists them at its top, with the reason
            return
        app.say(await asyncio.to_thread(_words, app, fresh), severity="error", timeout=10)

    def _show_new_unlocked(self, app: "Cockpit") -> None:
        self._check_scheduled = False
        app.run_worker(self.show_new(app))


def _words(app: "Cockpit", items: "list[CommandView]") -> str:
    """Return the words for the newest item with all items of its act, and the number of other items."""
    newest = items[0]
    act = tuple(item for item in reversed(items) if _act_of(item) == _act_of(newest))
    name = cut(visible(act_words(app.floor, ActView(items=act, way=""))), _LONGEST)
    words = t(f"sync.told.{newest.state}", act=name, why=cut(reason(newest.problem), _LONGEST).rstrip("。."))
    return words if len(act) == len(items) else t("sync.told.several", n=len(items), first=words)


def _act_of(item: "CommandView") -> tuple[str, datetime, str]:
    return item.kind, item.made_at, item.state


def reason(problem: "Problem | None") -> str:
    """Return why the platform did not accept a command, the most particular only; empty where it gave no reason."""
    reasons = problem_reasons(problem, visible)
    return reasons[-1] if reasons else ""
