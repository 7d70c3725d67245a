"""A platform that was restored from a backup has lost commands that it had said to be applied: they are sent again.

The platform applies an id once, however often it is sent, and keeps outcomes for at least 30 days: so sending again
what it did not lose after all changes nothing there.
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

#: Seconds that one looks back; well within what the platform remembers.
_LOOK_BACK = 7 * 86_400.0


def send_lost_again(cache: "Cache", journal: "Journal") -> set[str]:
    """Let wait again what the feed, fetched anew to its end, does not show; call it before that is shown.

    Lost is what has brought its entity to a version that the platform has not come to, and what was applied later
    than that. Returns the ids of what is sent again.

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
    """Let wait again what the platform said that it applied until then, and the feed has not shown.

    Where the backup is newer than the last page that was heard, the cursor is good after the restore too, and nothing
    else tells that what was applied in between is gone. Call it when the feed was heard to its end well after
    ``until``. Returns the ids of what is sent again.

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
    """Those on what this person is given by the feed: what is not given to them is not missing from it."""
    session = journal.session()
    may_read = readable(session.roles) if session is not None else frozenset()
    return [item for item in items if item.target.kind in may_read]


def _missing(cache: "Cache", items: "Collection[OutboxItem]", *, rebuilt: bool) -> set[str]:
    """Ids of those that the feed does not show."""
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
