"""The audit trail: written with what it tells of, and whatever is edited afterwards is found."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from floorctl.errors import FloorctlError
from floorctl.models.base import Ref
from floorctl.models.command import Command
from floorctl.sync.journal import trail_ends
from floorctl.sync.journal.journal import Journal
from floorctl.sync.journal.trail import judge
from floorctl.sync.opening import connect
from floorctl.sync.platform import wire
from floorctl.sync.sqlite import Connection, transaction
from tests.sync.storage import KEY, NOW, command, open_journal

ORDER = Ref("order", "o-1")


def _urge(n: int) -> Command:
    return command("order.urge", Ref("order", f"o-{n}"), {"level": 1, "note": f"催办第 {n} 次"})


def _work(journal: Journal, commands: int = 12) -> None:
    """Make entries of all sorts: acts, their outcomes, decisions, reveals."""
    for n in range(commands):
        item = journal.append(_urge(n), by="p-1001", automatic=n % 5 == 4)
        journal.claim(item.id, None)
        match n % 6:
            case 0 | 1:
                journal.mark_applied(item.id, wire.Outcome(id=item.id, applied_at=NOW, version=n + 2))
                if n % 6 == 1:
                    journal.mark_seen(item.id)
            case 2:
                journal.park(item.id, "refused", wire.Problem(title="不行", status=422))
                journal.retry(item.id, by="p-1002")
            case 3:
                journal.park(item.id, "conflict", wire.Problem(title="变了", status=409))
                journal.drop(item.id, "不再需要", by="p-1002")
            case 4:
                for _ in range(3):
                    journal.mark_failed(item.id, "error.network_unreachable")
                    journal.claim(item.id, None)
                journal.mark_failed(item.id, "error.network_unreachable")
        journal.audit("reveal", who="p-1001", subject=Ref("order", f"o-{n}"))


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("journal")
    with closing(open_journal(folder)) as journal:
        journal.audit("sign_in", who="p-1001")
        _work(journal)
        assert journal.verify_trail().flaw is None
    return folder


def _copy(worked: Path, folder: Path) -> Path:
    for each in worked.iterdir():
        (folder / each.name).write_bytes(each.read_bytes())
    return folder / "journal.db"


def test_the_trail_of_a_day_verifies_and_says_who_did_what(tmp_path: Path) -> None:
    with closing(open_journal(tmp_path)) as journal:
        _work(journal)
        entries, total = journal.trail(limit=1000)
        assert total == len(entries)
        said = [(entry.what, entry.who) for entry in entries if entry.subject == Ref("order", "o-3")]
        assert said == [
            ("reveal", "p-1001"), ("dropped", "p-1002"), ("conflict", ""), ("sending", ""), ("made", "p-1001"),
        ]  # fmt: skip
        verdict = journal.verify_trail()
        assert (verdict.entries, verdict.flaw, verdict.end_stored) == (total, None, True)
        assert verdict.head == entries[0].hash
    with closing(open_journal(tmp_path)) as journal:
        assert journal.verify_trail().entries == total


def test_a_command_carries_the_head_before_it_and_the_head_that_was_told_is_kept(tmp_path: Path) -> None:
    with closing(open_journal(tmp_path)) as journal:
        assert journal.append(_urge(1), by="p-1").audit_head is None
        head = journal.verify_trail().head
        item = journal.append(_urge(2), by="p-1")
        assert item.audit_head == head
        assert head.encode() in journal.claim(item.id, None)
        assert journal.verify_trail().platform_head == ""
        journal.mark_applied(item.id, wire.Outcome(id=item.id, applied_at=NOW, version=2))
        assert journal.verify_trail().platform_head == head


def test_an_act_that_does_not_reach_the_disk_leaves_no_entry(tmp_path: Path) -> None:
    with closing(open_journal(tmp_path)) as journal:
        item = journal.append(_urge(1), by="p-1")
        before = journal.verify_trail()
        with closing(connect(tmp_path / "journal.db", KEY, durable=True)) as db:
            db.execute("CREATE TRIGGER full AFTER INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")
            with pytest.raises(FloorctlError, match="data_failed"):
                journal.drop(item.id, "doubled", by="p-1")
            db.execute("DROP TRIGGER full")
        assert journal.verify_trail() == before
        assert journal.get(item.id) == item
        journal.drop(item.id, "doubled", by="p-1")
        assert journal.verify_trail().entries == before.entries + 1


# -- a hundred edits


def _rows(db: Connection, table: str) -> list[int]:
    return [row[0] for row in db.execute(f"SELECT seq FROM {table} ORDER BY seq").fetchall()]


#: What the trail covers. Left out: how often sending was tried, what it waits for, whether the feed has shown it.
COLUMNS = {
    "audit": ["at", "who", "what", "subject_kind", "subject_id", "detail", "command_seq", '"row"', "event_seq", "hash"],
    "event": ["command_seq", "at", "what", "detail"],
    "command": [
        "id", "place", "kind", "target_kind", "target_id", "data", "made_at", "made_by", "automatic", "audit_head",
        "base_version", "saw_version", "state", "body", "stands_on", "outcome_version", "applied_at", "settled_at",
        "problem", "reason", "replaces", "replaced_by",
    ],
}  # fmt: skip


def _another(value: Any, dice: random.Random) -> Any:
    match value:
        case None:
            return dice.choice([1, "x"])
        case int():
            return value + dice.choice([1, 7, -3])
        case float():
            return value + dice.choice([1e-6, 3600.0])
        case str():
            return value[:-1] if value and dice.random() < 0.5 else value + dice.choice("甲 x0")
    at = dice.randrange(len(value)) if value else 0
    return value[:at] + bytes([(value[at] if value else 0) ^ 1]) + value[at + 1 :]


def _change(db: Connection, table: str, dice: random.Random) -> None:
    seq, column = dice.choice(_rows(db, table)), dice.choice(COLUMNS[table])
    (old,) = db.execute(f"SELECT {column} FROM {table} WHERE seq = ?", (seq,)).fetchone()
    db.execute(f"UPDATE {table} SET {column} = ? WHERE seq = ?", (_another(old, dice), seq))


def _delete(db: Connection, table: str, dice: random.Random) -> None:
    db.execute(f"DELETE FROM {table} WHERE seq = ?", (dice.choice(_rows(db, table)),))


def _insert(db: Connection, table: str, dice: random.Random) -> None:
    """Insert a copy of a row, at the end or under a free number."""
    columns = ", ".join(COLUMNS[table])
    rows = _rows(db, table)
    values = list(db.execute(f"SELECT {columns} FROM {table} WHERE seq = ?", (dice.choice(rows),)).fetchone())
    more, marks = columns, ", ".join("?" * len(values))
    if table == "command":
        values[0] = f"{dice.getrandbits(32):x}"
        more, marks, values = f"{columns}, undecided, attempts", f"{marks}, 1, 0", values
    db.execute(f"INSERT INTO {table} (seq, {more}) VALUES ({rows[-1] + 1}, {marks})", values)


def _reorder(db: Connection, table: str, dice: random.Random) -> None:
    first, second = sorted(dice.sample(_rows(db, table), 2))
    for old, new in ((first, -1), (second, first), (-1, second)):
        db.execute(f"UPDATE {table} SET seq = ? WHERE seq = ?", (new, old))


def _truncate(db: Connection, table: str, dice: random.Random) -> None:
    """Delete the end of the trail, alone or with the rows that its entries cover."""
    cut = dice.choice(_rows(db, "audit"))
    (at,) = db.execute("SELECT at FROM audit WHERE seq = ?", (cut,)).fetchone()
    db.execute("DELETE FROM audit WHERE seq >= ?", (cut,))
    if table != "audit":
        db.execute("DELETE FROM event WHERE at >= ?", (at,))
    if table == "command":
        db.execute("DELETE FROM command WHERE seq NOT IN (SELECT command_seq FROM audit WHERE what = 'made')")


EDITS: dict[str, Callable[[Connection, str, random.Random], None]] = {
    "change": _change, "delete": _delete, "insert": _insert, "reorder": _reorder, "truncate": _truncate,
}  # fmt: skip


def test_every_one_of_hundreds_of_edits_of_the_journals_rows_is_found(worked: Path, tmp_path: Path) -> None:
    path = _copy(worked, tmp_path)
    unnoticed = []
    with closing(connect(path, KEY, durable=True)) as db:
        beside = trail_ends.read(path)
        assert judge(db, beside).flaw is None
        for number in range(300):
            kind, table = list(EDITS)[number % 5], ("audit", "command", "event")[number // 5 % 3]
            db.execute("BEGIN")
            EDITS[kind](db, table, random.Random(number))
            if judge(db, beside).flaw is None:
                unnoticed.append((number, kind, table))
            db.execute("ROLLBACK")
        assert judge(db, beside).flaw is None
    assert not unnoticed


def test_the_first_entry_that_was_changed_removed_or_inserted_is_named(worked: Path, tmp_path: Path) -> None:
    path = _copy(worked, tmp_path)
    original = (
        path.read_bytes(),
        path.with_name("journal.db-wal").read_bytes() if (path.with_name("journal.db-wal").exists()) else None,
    )
    assert original[1] in (None, b"")

    def flaw_of(*statements: str) -> tuple[int, str]:
        path.write_bytes(original[0])
        with closing(connect(path, KEY, durable=True)) as db, transaction(db):
            for statement in statements:
                db.execute(statement)
        with closing(open_journal(tmp_path)) as journal:
            flaw = journal.verify_trail().flaw
        assert flaw is not None
        return flaw.seq, flaw.how

    later = "UPDATE audit SET who = 'p-9' WHERE seq = 17"
    assert flaw_of("UPDATE audit SET who = 'p-9' WHERE seq = 9", later) == (9, "changed")
    assert flaw_of("DELETE FROM audit WHERE seq = 9", later) == (9, "removed")
    with closing(connect(path, KEY, durable=True)) as db:
        (tells,) = db.execute("SELECT seq FROM audit WHERE event_seq = 1").fetchone()
    assert flaw_of("UPDATE event SET at = at + 1 WHERE seq = 1") == (tells, "changed")
    assert flaw_of("DELETE FROM event WHERE seq = 1") == (tells, "row")
    with closing(open_journal(tmp_path)) as journal:
        last = journal.trail(limit=1)[0][0].seq
    assert flaw_of(f"DELETE FROM audit WHERE seq = {last}") == (last, "cut")
    assert flaw_of(
        f'INSERT INTO audit SELECT {last + 1}, at, who, what, subject_kind, subject_id, detail, command_seq, "row",'
        f" event_seq, hash FROM audit WHERE seq = {last}"
    ) == (last + 1, "changed")


def test_a_trail_that_was_cut_shows_even_after_it_went_on(worked: Path, tmp_path: Path) -> None:
    path = _copy(worked, tmp_path)
    with closing(connect(path, KEY, durable=True)) as db, transaction(db):
        (last,) = db.execute("SELECT max(seq) FROM audit").fetchone()
        db.execute("DELETE FROM audit WHERE seq = ?", (last,))  # a reveal, of which nothing else tells
    with closing(open_journal(tmp_path)) as journal:
        for _ in range(3):
            journal.audit("reveal", who="p-1", subject=ORDER)
        flaw = journal.verify_trail().flaw
        assert flaw is not None
        assert (flaw.seq, flaw.how) == (last, "cut")


def test_a_trail_that_goes_on_while_it_is_read_is_whole(tmp_path: Path) -> None:
    flaws: list[object] = []
    with closing(open_journal(tmp_path)) as journal, ThreadPoolExecutor(1) as pool:
        writing = pool.submit(_work, journal, 30)
        while not flaws or not writing.done():
            flaws.append(journal.verify_trail().flaw)
        writing.result()
    assert set(flaws) == {None}


def test_without_the_heads_beside_it_the_trail_says_that_only_the_platform_knows(worked: Path, tmp_path: Path) -> None:
    path = _copy(worked, tmp_path)
    trail_ends.path_of(path).unlink()
    with closing(open_journal(tmp_path)) as journal:
        verdict = journal.verify_trail()
        assert (verdict.flaw, verdict.end_stored) == (None, False)


# -- journals of before


def test_what_was_done_before_the_trail_began_is_covered_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    schema = (Path(__file__).parents[1] / "data" / "journal-1.sql").read_text("utf-8")
    with closing(connect(path, KEY, durable=True)) as db, transaction(db):
        for statement in schema.split(";"):
            if statement.strip():
                db.execute(statement)
        for seq in (1, 2):
            db.execute(
                "INSERT INTO command (seq, place, id, kind, target_kind, target_id, data, made_at, made_by, automatic,"
                " state, undecided, attempts)"
                " VALUES (?, ?, ?, 'order.urge', 'order', 'o-1', ?, ?, 'p-1', 0, 'waiting', 1, 0)",
                (seq, seq, f"id-{seq}", b'{"level":1}', NOW.isoformat()),
            )
            db.execute("INSERT INTO event (command_seq, at, what) VALUES (?, 1.5, 'made')", (seq,))
        db.execute("PRAGMA user_version = 1")
    with closing(open_journal(tmp_path)) as journal:
        assert journal.verify_trail().flaw is None
        journal.drop("id-1", "太旧", by="p-1")
        assert journal.verify_trail().flaw is None
        assert [entry.what for entry in journal.trail(limit=9)[0]] == ["dropped", "known", "known", "begun"]
    for edit in (
        "UPDATE event SET at = 9 WHERE seq = 1",
        "UPDATE command SET data = x'00' WHERE seq = 2",
        "DELETE FROM event WHERE seq = 2",
    ):
        with closing(connect(path, KEY, durable=True)) as db, transaction(db):
            db.execute(edit)
        with closing(open_journal(tmp_path)) as journal:
            assert journal.verify_trail().flaw is not None
