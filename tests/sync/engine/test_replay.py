"""A platform restored from a backup: what it lost is sent again, and nothing else is."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from floorctl.models.base import Ref
from floorctl.sync.cache.cache import Cache
from floorctl.sync.engine.replay import send_lost_again, send_unseen_again
from floorctl.sync.journal.journal import Journal
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.platform import wire
from tests.build import NOWHERE
from tests.sync.storage import NOW, change, command, open_cache, open_journal, order, page, seat, session


class Restored:
    """A terminal with applied commands, and a feed that is being fetched anew."""

    def __init__(self, folder: Path) -> None:
        self.cache: Cache = open_cache(folder)
        self.journal: Journal = open_journal(folder)
        self.bodies: dict[str, bytes] = {}
        self.sign_in("supervisor")
        self.cache.apply(page(change("order", "o-1", 9, order(1)), change("seat", "s-1", 9, seat())))
        self.cache.start_rebuild()

    def sign_in(self, role: str) -> None:
        self.journal.save_session(session(role), platform=NOWHERE)

    def applied(self, target: str, version: int | None, *, at: datetime = NOW, kind: str = "order.urge") -> OutboxItem:
        ref = Ref("seat" if target.startswith("s") else "order", target)
        item = self.journal.append(command(kind, ref, {"level": 1}), by="p-1001")
        self.bodies[item.id] = self.journal.claim(item.id, None)
        self.journal.mark_applied(item.id, wire.Outcome(id=item.id, applied_at=at, version=version))
        self.journal.mark_seen(item.id)
        return item

    def feed(self, **versions: int) -> None:
        """Apply a page of a feed that is fetched anew; ``o1=3``: the order ``o-1`` at version 3."""
        changes = [change("order", f"o-{name[1:]}", version, order(1)) for name, version in versions.items()]
        self.cache.apply(page(*changes, change("seat", "s-1", 9, seat())), rebuild=True)

    def states(self, *items: OutboxItem) -> list[str]:
        found = [self.journal.get(item.id) for item in items]
        return [each.state for each in found if each is not None]


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Restored]:
    restored = Restored(tmp_path)
    yield restored
    restored.cache.close()
    restored.journal.close()


def test_what_the_feed_does_not_show_waits_again_with_the_same_bytes(restored: Restored) -> None:
    kept = restored.applied("o-1", 3, at=NOW - timedelta(minutes=1))
    lost, gone = restored.applied("o-2", 5), restored.applied("o-3", 1)
    restored.feed(o1=3, o2=4)
    assert send_lost_again(restored.cache, restored.journal) == {lost.id, gone.id}
    assert restored.states(kept, lost, gone) == ["applied", "waiting", "waiting"]
    assert [item.id for item in restored.journal.sendable()] == [lost.id, gone.id]
    # Another base version than the first time makes no other bytes.
    assert restored.journal.claim(lost.id, 77) == restored.bodies[lost.id]


def test_what_was_applied_later_than_something_lost_is_lost_too(restored: Restored) -> None:
    earlier = restored.applied("o-1", 2, at=NOW - timedelta(minutes=5))
    lost = restored.applied("o-2", 5)
    later = restored.applied("o-1", 3, at=NOW + timedelta(minutes=1))
    restored.feed(o1=8, o2=4)  # others have brought the first order further since
    assert send_lost_again(restored.cache, restored.journal) == {lost.id, later.id}
    assert restored.states(earlier) == ["applied"]


def test_an_effect_on_another_entity_shows_in_no_version_and_is_sent_again(restored: Restored) -> None:
    cancelled = restored.applied("s-1", 9, kind="pause.cancel")
    listened = restored.applied("s-1", None, kind="seat.listen")
    restored.feed()
    assert send_lost_again(restored.cache, restored.journal) == {cancelled.id}
    assert restored.states(listened) == ["applied"]


@pytest.mark.parametrize("rebuilt", [False, True])
def test_what_the_feed_shows_and_breaks_the_contract_with_is_not_missing(restored: Restored, rebuilt: bool) -> None:
    item = restored.applied("o-1", 10)
    restored.cache.apply(page(change("order", "o-1", 10, {}), change("seat", "s-1", 9, seat())), rebuild=rebuilt)
    if rebuilt:
        assert send_lost_again(restored.cache, restored.journal) == set()
    else:
        restored.journal.send_again(item.id)
        restored.journal.claim(item.id, None)
        restored.journal.mark_applied(item.id, wire.Outcome(id=item.id, applied_at=NOW, version=10))
        assert [each.id for each in restored.journal.pending()] == [item.id]
        assert send_unseen_again(restored.cache, restored.journal, NOW + timedelta(minutes=1)) == set()
    assert restored.states(item) == ["applied"]


def test_what_this_person_may_not_read_is_not_missing(restored: Restored) -> None:
    inspected = restored.journal.append(command("inspection.submit", Ref("inspection", "in-1"), {}), by="p-1001")
    restored.journal.claim(inspected.id, None)
    restored.journal.mark_applied(inspected.id, wire.Outcome(id=inspected.id, applied_at=NOW, version=1))
    restored.feed()
    restored.sign_in("viewer")
    assert send_lost_again(restored.cache, restored.journal) == set()
    restored.sign_in("supervisor")
    assert send_lost_again(restored.cache, restored.journal) == {inspected.id}


def test_what_was_applied_long_ago_is_left_alone(restored: Restored, monkeypatch: pytest.MonkeyPatch) -> None:
    old = restored.applied("o-2", 5)
    restored.feed(o2=4)
    in_eight_days = time.time() + 8 * 86_400
    monkeypatch.setattr(time, "time", lambda: in_eight_days)
    assert send_lost_again(restored.cache, restored.journal) == set()
    assert restored.states(old) == ["applied"]
