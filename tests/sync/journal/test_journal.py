"""The journal keeps every command: through kills, damage, full disks, other processes, and new releases."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from floorctl.errors import FloorctlError, NotFoundError, RefusedError
from floorctl.models.base import Ref
from floorctl.models.command import ON_ITS_WAY, Command
from floorctl.sync.journal import file, migrations
from floorctl.sync.journal.journal import Journal
from floorctl.sync.journal.migrations import SCHEMA
from floorctl.sync.journal.ordering import base_to_send
from floorctl.sync.opening import connect
from floorctl.sync.outbox_item import OutboxItem, new_command_id
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection, DamagedError
from tests.sync.storage import KEY, NOW, alert, change, command, open_journal, outcome, torn_pages

ORDER = Ref("order", "o-1")
OTHER = Ref("order", "o-2")


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path)


def urge(journal: Journal, target: Ref = ORDER, **fields: Any) -> OutboxItem:
    return journal.append(command("order.urge", target, {"level": 1}), by="p-1001", **fields)


def refuse(journal: Journal, item: OutboxItem, state: str = "refused", current: Any = None) -> None:
    journal.claim(item.id, base_to_send(item, journal.predecessor(item)))
    problem = {
        "title": "不行",
        "status": 422,
        "errors": [{"field": "level", "message": "too high"}],
        "current": current,
    }
    journal.park(item.id, state, wire.problem_decoder.decode(json.dumps(problem).encode()))


# -- keeping


def test_what_was_appended_is_there_after_a_restart(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    made = command("order.urge", ORDER, {"level": 2, "note": "尽快"}, base_version=None)
    item = journal.append(made, by="p-1001", automatic=True, saw=4)
    assert (item.seq, item.state, item.made_by, item.automatic, item.saw_version) == (1, "waiting", "p-1001", True, 4)
    journal.close()
    journal = open_journal(tmp_path)
    assert journal.items() == [item]
    assert journal.get(made.id) == item
    assert journal.pending() == journal.sendable() == [item]
    assert journal.items(ON_ITS_WAY) == [item]


def test_the_same_id_again_is_the_same_command(journal: Journal) -> None:
    made = command("order.urge", ORDER, {"level": 2})
    assert journal.append(made, by="p-1") == journal.append(made, by="p-1")
    assert len(journal.items()) == 1


def test_a_command_that_the_contract_would_not_take_is_refused_at_once(journal: Journal) -> None:
    with pytest.raises(RefusedError, match=r"error\.command_too_large"):
        journal.append(command("order.problem", ORDER, {"problem": "长" * 30_000}), by="p-1")
    assert journal.items() == []
    item = journal.append(command("order.problem", ORDER, {"problem": "x" * 65_000}), by="p-1")
    assert len(journal.claim(item.id, 2**62)) <= wire.MAX_COMMAND_BYTES


def test_lists_are_by_state_and_by_age(journal: Journal) -> None:
    first, second, third = (urge(journal, Ref("order", f"o-{n}")) for n in range(3))
    refuse(journal, second)
    assert [item.id for item in journal.items()] == [first.id, second.id, third.id]
    assert [item.id for item in journal.items(newest_first=True, limit=2)] == [third.id, second.id]
    assert [item.id for item in journal.items(("waiting",))] == [first.id, third.id]
    assert journal.items(()) == []
    assert journal.counts() == {
        "waiting": 2, "sending": 0, "applied": 0, "refused": 1, "conflict": 0, "dropped": 0
    }  # fmt: skip


# -- sending


def test_the_body_is_the_same_on_every_try(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    item = journal.append(command("order.review", ORDER, {"errors": []}, base_version=3), by="p-1")
    body = journal.claim(item.id, 4)
    assert msgspec.json.decode(body, type=Command) == Command(
        id=item.id, kind="order.review", target=ORDER, made_at=NOW, data={"errors": []}, base_version=4
    )
    journal.mark_failed(item.id, "timeout")
    assert journal.get(item.id).state == "waiting"  # type: ignore[union-attr]
    journal.close()
    journal = open_journal(tmp_path)
    assert journal.claim(item.id, 99) == body
    assert journal.get(item.id).attempts == 1  # type: ignore[union-attr]


def test_a_command_that_was_being_sent_when_the_power_went_is_sent_again(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    item = urge(journal)
    body = journal.claim(item.id, None)
    journal.close()
    journal = open_journal(tmp_path)
    (again,) = journal.sendable()
    assert (again.id, again.state) == (item.id, "sending")
    assert journal.claim(again.id, None) == body


def test_only_the_first_of_an_entity_can_be_sent(journal: Journal) -> None:
    first, second, other = urge(journal), urge(journal), urge(journal, OTHER)
    assert (first.after, second.after, other.after) == (None, first.seq, None)
    assert [item.id for item in journal.sendable()] == [first.id, other.id]
    assert [item.id for item in journal.sendable(1)] == [first.id]
    journal.claim(first.id, None)
    assert [item.id for item in journal.sendable()] == [first.id, other.id]
    journal.mark_applied(first.id, outcome(first.id, 5))
    assert [item.id for item in journal.sendable()] == [second.id, other.id]


@pytest.mark.parametrize("state", ["refused", "conflict"])
def test_a_parked_command_holds_up_its_own_entity_only(journal: Journal, state: str) -> None:
    first, second, other = urge(journal), urge(journal), urge(journal, OTHER)
    refuse(journal, first, state)
    assert [item.id for item in journal.sendable()] == [other.id]
    assert [item.id for item in journal.pending()] == [second.id, other.id]
    journal.drop(first.id, "不用了")
    assert [item.id for item in journal.sendable()] == [second.id, other.id]


def test_applied_stays_until_it_was_seen(journal: Journal) -> None:
    item = urge(journal)
    journal.claim(item.id, None)
    journal.mark_applied(item.id, outcome(item.id, 8))
    (kept,) = journal.pending()
    assert (kept.state, kept.outcome_version, kept.undecided) == ("applied", 8, True)
    journal.mark_seen(item.id, "unknown")
    assert journal.pending() == []
    assert journal.get(item.id).state == "applied"  # type: ignore[union-attr]


@pytest.mark.parametrize(("saw", "base"), [(6, 9), (7, 9), (8, 9), (9, 9), (5, 5), (4, 4)])
def test_what_was_sent_and_seen_between_a_look_and_an_act_is_built_on(journal: Journal, saw: int, base: int) -> None:
    """Ours made 7, 8 and 9 of 6, which was made by others: who saw 5 did not see that."""
    for version in (6, 7, 8):
        item = journal.append(command("order.dispatch", ORDER, {}, version), by="p-2")
        journal.claim(item.id, version)
        journal.mark_applied(item.id, outcome(item.id, version + 1))
        journal.mark_seen(item.id)
    late = journal.append(command("order.dispatch", ORDER, {}, saw), by="p-1")
    assert base_to_send(late, journal.predecessor(late)) == base


def test_a_command_that_changed_no_entity_is_over_at_once(journal: Journal) -> None:
    item = urge(journal)
    journal.claim(item.id, None)
    journal.mark_applied(item.id, outcome(item.id, None))
    assert journal.pending() == []
    journal.mark_applied(item.id, outcome(item.id, None))  # an answer given twice


def test_what_a_person_dropped_and_the_platform_had_applied_is_applied(journal: Journal) -> None:
    item = urge(journal)
    journal.claim(item.id, None)
    journal.mark_failed(item.id, "no answer")
    journal.drop(item.id, "500 for ever")
    journal.mark_applied(item.id, outcome(item.id, 8))
    assert journal.get(item.id).state == "applied"  # type: ignore[union-attr]


def test_the_same_failure_over_and_over_is_written_down_once(journal: Journal) -> None:
    item = urge(journal)
    for _ in range(20):
        journal.claim(item.id, None)
        journal.mark_failed(item.id, "503")
    kept = journal.get(item.id)
    assert kept is not None
    assert (kept.attempts, kept.reason) == (20, "503")
    assert [what for _, what, _ in journal.history(item.id)].count("failed") == 1


# -- a person's decisions


def test_a_refused_command_is_done_again_in_its_old_place(journal: Journal) -> None:
    first, second = urge(journal), urge(journal)
    refuse(journal, first)
    kept = journal.get(first.id)
    assert kept is not None
    assert kept.problem is not None
    assert [(error.field, error.message) for error in kept.problem.errors] == [("level", "too high")]
    again = journal.retry(first.id, data={"level": 2})
    assert (again.data, again.place, again.replaces, again.state) == ({"level": 2}, first.place, first.id, "waiting")
    assert again.id != first.id
    old = journal.get(first.id)
    assert old is not None
    assert (old.state, old.replaced_by, old.undecided) == ("dropped", again.id, False)
    assert [item.id for item in journal.sendable()] == [again.id]
    assert [item.id for item in journal.pending()] == [again.id, second.id]
    behind = journal.get(second.id)
    assert behind is not None
    assert journal.predecessor(behind) == again


def test_a_conflict_is_done_again_on_what_was_shown(journal: Journal) -> None:
    item = journal.append(command("alert.close", Ref("alert", "a-1"), {"note": "x"}, base_version=7), by="p-1")
    refuse(journal, item, "conflict", change("alert", "a-1", 9, alert()))
    assert journal.get(item.id).problem.current.version == 9  # type: ignore[union-attr]
    again = journal.retry(item.id)
    assert (again.base_version, again.saw_version) == (9, 9)
    assert b'"base_version":9' in journal.claim(again.id, base_to_send(again, journal.predecessor(again)))


def test_a_conflict_with_something_removed_is_kept(journal: Journal) -> None:
    item = urge(journal)
    refuse(journal, item, "conflict", change("order", "o-1", 9))
    assert journal.get(item.id).problem.current.deleted  # type: ignore[union-attr]


def test_dropping_in_the_middle_joins_the_chain(journal: Journal) -> None:
    first, second, third = urge(journal), urge(journal), urge(journal)
    journal.drop(second.id, "doubled")
    assert journal.predecessor(journal.get(third.id)) == first  # type: ignore[arg-type]


def test_decisions_are_for_what_is_parked(journal: Journal) -> None:
    item = urge(journal)
    with pytest.raises(RefusedError, match=r"error\.command_not_parked"):
        journal.retry(item.id)
    journal.claim(item.id, None)
    with pytest.raises(RefusedError, match=r"error\.command_over"):
        journal.drop(item.id, "while it is being sent")
    journal.mark_applied(item.id, outcome(item.id, 2))
    act: Callable[[], object]
    for act in (
        lambda: journal.drop(item.id, "x"),
        lambda: journal.claim(item.id, None),
        lambda: journal.mark_failed(item.id, "x"),
    ):
        with pytest.raises(RefusedError, match=r"error\.command_over"):
            act()
    for act in (lambda: journal.retry("none"), lambda: journal.drop("none", "x")):
        with pytest.raises(NotFoundError, match=r"error\.no_such_command"):
            act()


def test_every_step_after_it_was_made_is_written_down(journal: Journal) -> None:
    item = urge(journal)
    journal.claim(item.id, None)
    journal.mark_failed(item.id, "timeout")
    refuse(journal, item)
    again = journal.retry(item.id)
    assert [(what, detail) for _, what, detail in journal.history(item.id)] == [
        ("sending", None), ("failed", "timeout"), ("sending", None), ("refused", "不行"),
        ("replaced", again.id),
    ]  # fmt: skip


# -- several at once


def test_threads_append_without_losing_any(journal: Journal) -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.extend(urge(journal).id for _ in range(20))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(item.id for item in journal.items()) == sorted(ids)
    assert [item.seq for item in journal.items()] == list(range(1, 121))


APPENDING = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.sync.storage import command, open_journal
from floorctl.models.base import Ref
journal = open_journal(Path({folder!r}))
for n in range({times}):
    item = journal.append(command("order.urge", Ref("order", f"o-{{n % 5}}"), {{"level": 1}}), by="p-1")
    print(item.id, flush=True)
sys.stdin.read()  # the journal stays open
"""
ROOT = str(Path(__file__).parent.parent.parent.parent)


def _appender(folder: Path, times: int) -> subprocess.Popen[str]:
    script = APPENDING.format(root=ROOT, folder=str(folder), times=times)
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe, text=True)


def test_processes_append_without_losing_any(tmp_path: Path) -> None:
    running = [_appender(tmp_path, 30) for _ in range(4)]  # the journal is made by whoever comes first
    told = [line for process in running for line in process.communicate()[0].split()]
    assert [process.returncode for process in running] == [0] * 4
    journal = open_journal(tmp_path)
    assert sorted(item.id for item in journal.items()) == sorted(told)
    assert len(told) == 120
    assert journal.lost == 0


def test_the_edition_tells_of_what_others_write(tmp_path: Path) -> None:
    one, two = open_journal(tmp_path), open_journal(tmp_path)
    before = one.edition
    assert one.edition == before
    urge(two)
    assert one.edition != before
    before = one.edition
    urge(one)
    assert one.edition != before


def test_what_was_reported_as_kept_is_there_after_kill_9(tmp_path: Path) -> None:
    told: list[str] = []
    for _ in range(6):
        process = _appender(tmp_path, 10_000)
        assert process.stdout is not None
        lines = [process.stdout.readline().strip()]
        timer = threading.Timer(random.random() * 0.05, lambda process=process: process.send_signal(signal.SIGKILL))
        timer.start()
        lines += [line.strip() for line in process.stdout if line.endswith("\n")]
        process.wait()
        timer.join()
        told += lines
        journal = open_journal(tmp_path)
        assert torn_pages(tmp_path) == []
        kept = [item.id for item in journal.items()]
        assert set(told) <= set(kept)
        assert len(kept) - len(told) <= 6  # at most the one that each was about to tell of
        assert journal.lost == 0
        journal.close()


# -- what the terminal remembers


def test_who_is_signed_in_is_remembered(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    assert journal.session() is None
    signed_in = wire.Session(
        person_id="p-1001",
        name="王芳",
        roles=("supervisor",),
        floor="f",
        expires_at=NOW + timedelta(hours=8),
        server_time=NOW,
        token="secret",
    )
    journal.save_session(signed_in, "https://here")
    journal.close()
    journal = open_journal(tmp_path)
    kept = journal.session()
    assert kept is not None
    assert (kept.token, kept.name, kept.roles, kept.platform) == ("secret", "王芳", ("supervisor",), "https://here")
    journal.save_session(msgspec.structs.replace(signed_in, token=None), "https://here")
    assert journal.session().token == "secret"  # type: ignore[union-attr]
    journal.save_session(msgspec.structs.replace(signed_in, token=None, person_id="p-2"), "https://here")
    assert journal.session().token is None  # type: ignore[union-attr]
    journal.forget_session()
    assert journal.session() is None


def test_settings_are_there_after_a_restart(journal: Journal) -> None:
    assert journal.setting("x", 7) == 7
    journal.set_setting("x", {"a": [1, "二"]})
    assert journal.setting("x") == {"a": [1, "二"]}
    journal.set_setting("x", None)
    assert journal.setting("x") is None


# -- damage


def _fill(folder: Path) -> list[str]:
    journal = open_journal(folder)
    ids = [
        journal.append(command("order.problem", Ref("order", f"o-{n}"), {"problem": "x" * 2000}), by="p-1").id
        for n in range(60)
    ]
    journal.close()
    return ids


@pytest.mark.parametrize("damage", ["cut", "zeroed", "text", "nothing left"])
def test_a_damaged_journal_says_so_and_stays_as_it_is(tmp_path: Path, damage: str) -> None:
    _fill(tmp_path)
    path = tmp_path / "journal.db"
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "zeroed":
        content[4096 * 3 : -4096] = bytes(len(content) - 4096 * 4)
    elif damage == "text":
        content = bytearray("不是数据库".encode() * 1000)
    else:
        content = bytearray()
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=r"error\.journal_damaged"):
        open_journal(tmp_path).items()
    assert path.read_bytes() == content


def test_a_journal_of_another_key_is_named_as_such(tmp_path: Path) -> None:
    _fill(tmp_path)
    with pytest.raises(DamagedError, match=r"error\.key_wrong"):
        open_journal(tmp_path, bytes(32))


def test_a_log_that_was_removed_is_noticed(tmp_path: Path) -> None:
    kept = _fill(tmp_path)
    # A part of these has gone from the log into the database; who is killed while it goes loses both with the log.
    process = _appender(tmp_path, 60)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(60)]
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for ending in ("-wal", "-shm"):
        (tmp_path / f"journal.db{ending}").unlink()
    journal = open_journal(tmp_path)
    left = [item.id for item in journal.items()]
    assert left[:60] == kept
    assert left[60:] == told[: len(left) - 60]
    assert journal.lost == len(told) - (len(left) - 60)
    assert 0 < journal.lost < 60
    item = urge(journal)
    assert item.seq >= len(left) + journal.lost  # the lost ones' numbers are not given again
    journal.close()
    assert open_journal(tmp_path).lost == journal_lost(tmp_path)


def journal_lost(folder: Path) -> int:
    db = connect(folder / "journal.db", KEY, durable=True)
    rows = db.execute("SELECT detail FROM event WHERE what = 'lost'").fetchall()
    db.close()
    return sum(int(row[0]) for row in rows)


def test_a_log_left_without_its_journal_is_kept(tmp_path: Path) -> None:
    process = _appender(tmp_path, 10_000)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    log = (tmp_path / "journal.db-wal").read_bytes()
    (tmp_path / "journal.db").unlink()
    journal = open_journal(tmp_path)
    assert journal.items() == []
    assert journal.lost >= 5
    (left,) = tmp_path.glob("journal.db-wal.aside-*")
    assert left.read_bytes() == log


# -- other releases


def _add_colour(db: Connection) -> None:
    db.execute("ALTER TABLE command ADD COLUMN colour TEXT")


def _add_taste(db: Connection) -> None:
    db.execute("ALTER TABLE command ADD COLUMN taste TEXT")


CURRENT = SCHEMA
STEPS = {CURRENT: _add_colour, CURRENT + 1: _add_taste}


def _columns(db: Connection) -> set[str]:
    return {row[1] for row in db.execute("PRAGMA table_info(command)").fetchall()}


def test_an_older_journal_is_brought_up_to_date_with_a_backup(tmp_path: Path) -> None:
    ids = _fill(tmp_path)
    path = tmp_path / "journal.db"
    db = file.open_journal(path, KEY, schema=CURRENT + 2, steps=STEPS)
    assert {"colour", "taste"} <= _columns(db)
    assert [row[0] for row in db.execute("SELECT id FROM command ORDER BY seq").fetchall()] == ids
    db.close()
    (backup,) = tmp_path.glob("journal.db.before-*")
    assert backup.stat().st_mode & 0o777 == 0o600
    old = file.open_journal(backup, KEY)
    assert [row[0] for row in old.execute("SELECT id FROM command ORDER BY seq").fetchall()] == ids
    old.close()
    file.open_journal(path, KEY, schema=CURRENT + 2, steps=STEPS).close()
    assert len(list(tmp_path.glob("journal.db.before-*"))) == 1


def test_a_step_that_fails_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    ids = _fill(tmp_path)

    def broken(db: Connection) -> None:
        db.execute("DELETE FROM command")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        file.open_journal(
            tmp_path / "journal.db", KEY, schema=CURRENT + 2, steps={CURRENT: _add_colour, CURRENT + 1: broken}
        )
    assert [item.id for item in open_journal(tmp_path).items()] == ids


def test_killed_inside_a_step_the_journal_is_as_it_was(tmp_path: Path) -> None:
    ids = _fill(tmp_path)
    script = f"""
import sys, time
from pathlib import Path
sys.path.insert(0, {ROOT!r})
from tests.sync.storage import KEY
from floorctl.sync.journal import file as journal_file
def slow(db):
    db.execute("DELETE FROM command")
    print("in it", flush=True)
    time.sleep(60)
journal_file.open_journal(Path({str(tmp_path)!r}) / "journal.db", KEY, schema={CURRENT + 1}, steps={{{CURRENT}: slow}})
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "in it\n"
    process.kill()
    process.wait()
    assert [item.id for item in open_journal(tmp_path).items()] == ids
    file.open_journal(tmp_path / "journal.db", KEY, schema=CURRENT + 1, steps=STEPS).close()


def test_a_journal_of_a_later_release_is_not_touched(tmp_path: Path) -> None:
    _fill(tmp_path)
    file.open_journal(tmp_path / "journal.db", KEY, schema=CURRENT + 2, steps=STEPS).close()
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(FloorctlError, match=r"error\.journal_newer") as caught:
        open_journal(tmp_path)
    assert (caught.value.params["found"], caught.value.params["known"]) == (CURRENT + 2, CURRENT)
    assert (tmp_path / "journal.db").read_bytes() == before


def test_a_journal_that_knew_nothing_of_what_was_before_goes_on(tmp_path: Path) -> None:
    """4 → 5: its commands stay, verify, and can be followed by ones that say what they replaced."""
    ids = _fill(tmp_path)
    path = tmp_path / "journal.db"
    db = file.open_journal(path, KEY)
    for column in ("before", "undoes"):
        db.execute(f"ALTER TABLE command DROP COLUMN {column}")
    db.execute("PRAGMA user_version = 4")
    db.close()
    journal = open_journal(tmp_path)
    old = journal.items()
    assert [(item.id, item.before, item.undoes) for item in old] == [(id_, None, None) for id_ in ids]
    assert journal.verify_trail().flaw is None
    new = journal.append(
        command("seat.skills", Ref("seat", "s-9"), {"skills": ["q-2"]}, 3),
        by="p",
        before={"skills": ["q-1"]},
        undoes=ids[0],
    )
    assert (journal.get(new.id), new.before, new.undoes) == (new, {"skills": ["q-1"]}, ids[0])
    assert [what for _, what, _ in journal.history(ids[0])][-1] == "undone"
    assert journal.verify_trail().flaw is None
    journal.close()


def test_every_released_schema_has_its_step() -> None:
    assert sorted(migrations.STEPS) == list(range(1, SCHEMA))


# -- ids


def test_ids_are_uuids_of_version_7_in_the_order_of_their_making() -> None:
    made = []
    for _ in range(5):
        made.append(new_command_id())
        time.sleep(0.002)
    assert made == sorted(made)
    assert {uuid.UUID(one).version for one in made} == {7}
    assert {uuid.UUID(one).variant for one in made} == {uuid.RFC_4122}
    assert abs(int(made[0].replace("-", "")[:12], 16) / 1000 - time.time()) < 60
