"""Which version a command is sent as building on."""

import pytest

from floorctl.models.base import Ref
from floorctl.sync.journal.journal import Journal
from floorctl.sync.journal.ordering import base_to_send, stands_on
from floorctl.sync.outbox_item import OutboxItem
from tests.sync.storage import NOW, command, open_journal, outcome

ALERT = Ref("alert", "a-1")


def item(kind: str = "alert.close", **fields: object) -> OutboxItem:
    known: dict[str, object] = {
        "id": "1", "seq": 1, "place": 1, "kind": kind, "target": ALERT, "data": {}, "state": "waiting",
        "made_at": NOW, "made_by": "p-1",
    }  # fmt: skip
    return OutboxItem(**(known | fields))  # type: ignore[arg-type]


def test_alone_it_builds_on_what_was_seen() -> None:
    assert base_to_send(item(base_version=7, saw_version=7), None) == 7


def test_a_kind_without_a_base_is_sent_without_one() -> None:
    assert base_to_send(item("alert.acknowledge", saw_version=7), None) is None


def test_our_own_change_right_before_is_built_on() -> None:
    before = item("alert.acknowledge", state="applied", saw_version=7, stands_on=7, outcome_version=8)
    assert base_to_send(item(base_version=7, saw_version=7), before) == 8


def test_a_change_by_someone_else_between_is_left_to_the_platform() -> None:
    before = item("alert.acknowledge", state="applied", saw_version=7, stands_on=7, outcome_version=9)
    assert base_to_send(item(base_version=7, saw_version=7), before) == 7


def test_what_came_between_and_was_seen_does_no_harm() -> None:
    before = item("alert.acknowledge", state="applied", saw_version=7, stands_on=7, outcome_version=9)
    assert base_to_send(item(base_version=8, saw_version=8), before) == 9


def test_an_outcome_that_was_seen_already_changes_nothing() -> None:
    before = item("alert.acknowledge", state="applied", saw_version=7, stands_on=7, outcome_version=8)
    assert base_to_send(item(base_version=8, saw_version=8), before) == 8
    assert base_to_send(item(base_version=11, saw_version=11), before) == 11


def test_a_predecessor_that_changed_nothing_passes_on_what_it_stood_on() -> None:
    before = item("alert.acknowledge", state="applied", saw_version=7, stands_on=8, outcome_version=None)
    assert base_to_send(item(base_version=7, saw_version=7), before) == 8


@pytest.mark.parametrize("state", ["waiting", "sending", "refused", "conflict", "dropped"])
def test_only_an_applied_predecessor_counts(state: str) -> None:
    before = item("alert.acknowledge", state=state, saw_version=7, stands_on=7, outcome_version=8)
    assert base_to_send(item(base_version=7, saw_version=7), before) == 7


def test_what_was_made_and_then_changed_offline_gets_a_base() -> None:
    before = item("alert.raise", state="applied", saw_version=0, stands_on=0, outcome_version=1)
    assert base_to_send(item(base_version=None, saw_version=0), before) == 1


class Platform:
    """Counts an entity's versions, and wants a base where one is given."""

    def __init__(self, version: int) -> None:
        self.version = version

    def send(self, journal: Journal, sent: OutboxItem) -> bool:
        base = base_to_send(sent, journal.predecessor(sent))
        journal.claim(sent.id, base)
        if base is not None and base != self.version:
            return False
        self.version += 1
        journal.mark_applied(sent.id, outcome(sent.id, self.version))
        return True


def test_a_chain_made_offline_goes_through_whole(tmp_path) -> None:  # type: ignore[no-untyped-def]
    journal, platform = open_journal(tmp_path), Platform(7)
    journal.append(command("alert.acknowledge", ALERT, {}), by="p-1", saw=7)
    journal.append(command("alert.step", ALERT, {"step": "follow_up", "note": "x"}), by="p-1", saw=7)
    journal.append(command("alert.close", ALERT, {"note": "x"}, base_version=7), by="p-1", saw=7)
    for _ in range(3):
        (ready,) = journal.sendable()
        assert platform.send(journal, ready)
    assert platform.version == 10
    assert journal.sendable() == []


@pytest.mark.parametrize("intruded_after", [0, 1, 2])
def test_a_chain_broken_by_someone_else_conflicts(tmp_path, intruded_after: int) -> None:  # type: ignore[no-untyped-def]
    journal, platform = open_journal(tmp_path), Platform(7)
    journal.append(command("alert.acknowledge", ALERT, {}), by="p-1", saw=7)
    journal.append(command("alert.step", ALERT, {"step": "follow_up", "note": "x"}), by="p-1", saw=7)
    journal.append(command("alert.close", ALERT, {"note": "x"}, base_version=7), by="p-1", saw=7)
    went = []
    for at in range(3):
        if at == intruded_after:
            platform.version += 1
        went.append(platform.send(journal, journal.sendable()[0]))
    assert went == [True, True, False]


def test_an_answer_lost_and_given_again_carries_the_chain_on(tmp_path) -> None:  # type: ignore[no-untyped-def]
    journal = open_journal(tmp_path)
    first = journal.append(command("alert.acknowledge", ALERT, {}), by="p-1", saw=7)
    second = journal.append(command("alert.close", ALERT, {"note": "x"}, base_version=7), by="p-1", saw=7)
    journal.claim(first.id, None)
    journal.mark_failed(first.id, "no answer")
    journal.claim(first.id, None)
    journal.mark_applied(first.id, outcome(first.id, 8))
    assert base_to_send(second, journal.predecessor(second)) == 8


def test_stands_on_is_nothing_for_what_did_not_exist() -> None:
    assert stands_on(item("alert.raise", saw_version=None), None) == 0
