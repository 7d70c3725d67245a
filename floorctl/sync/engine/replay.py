"""Replay: after a platform was restored from a backup, send again the applied commands that it has lost.

The platform applies an id once, however often it is sent, and keeps outcomes for at least 30 days: sending again what
it did not lose changes nothing there.
"""

import time
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.rules.commands import registry
from floorctl.rules.commands.roles import readable

if TYPE_CHECKING:
    from floorctl.sync.cache.cache import Cache
    from floorctl.sync.journal.journal import Journal
    from floorctl.sync.outbox_item import OutboxItem

#: Seconds of applied commands that are checked; well within the time that the platform keeps outcomes.
_LOOK_BACK = 7 * 86_400.0


def send_lost_again(cache: "Cache", journal: "Journal") -> set[str]:
    """Mark for sending again what the refetched feed does not show; call it before the rebuilt cache is shown.

    A command is lost if the platform has not reached the version that it brought its entity to, or if it was applied
    later than such a command. Returns the ids of what is sent again.

    Raises:
        FloorctlError: the cache or the journal can't be read or written.

    """
    applied = _readable(journal, journal.applied_since(time.time() - _LOOK_BACK))
    lost = _missing(cache, applied, rebuilt=True)
    since = min((item.applied_at for item in applied if item.id in lost and item.applied_at), default=None)
    if since is not None:
        lost |= {item.id for item in applied if item.applied_at is not None and item.applied_at >= since}
    journal.send_again(*sorted(lost))
    return lost


def send_unseen_again(cache: "Cache", journal: "Journal", until: datetime) -> set[str]:
    """Mark for sending again commands applied by ``until`` that the feed has not shown.

    If the backup is newer than the last page received, the cursor stays valid after the restore, and nothing else shows
    that what was applied in between is gone. Call it when the feed was read to its end well after ``until``. Returns
    the ids of what is sent again.

    Raises:
        FloorctlError: the cache or the journal can't be read or written.

    """
    unseen = [
        item
        for item in journal.pending()
        if item.state == "applied" and item.applied_at is not None and item.applied_at <= until
    ]
    lost = _missing(cache, _readable(journal, unseen), rebuilt=False) if unseen else set()
    journal.send_again(*sorted(lost))
    return lost


def _readable(journal: "Journal", items: "Collection[OutboxItem]") -> "list[OutboxItem]":
    """Return the items on kinds that this person may read: the feed leaves out all others, so those are not lost."""
    session = journal.session()
    may_read = readable(session.roles) if session is not None else frozenset()
    return [item for item in items if item.target.kind in may_read]


def _missing(cache: "Cache", items: "Collection[OutboxItem]", *, rebuilt: bool) -> set[str]:
    """Return the ids of items that the feed does not show."""
    by_kind = defaultdict(list)
    for item in items:
        by_kind[item.target.kind].append(item)
    missing = set()
    for kind, of_kind in by_kind.items():
        held = cache.versions(kind, {item.target.id for item in of_kind}, rebuilt=rebuilt)
        for item in of_kind:
            declared = registry.find(item.kind)
            elsewhere = declared is not None and declared.elsewhere
            if elsewhere or held.get(item.target.id, 0) < (item.outcome_version or 0):
                missing.add(item.id)
    return missing
