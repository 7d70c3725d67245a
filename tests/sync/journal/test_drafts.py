"""Half-done forms stay in the journal until they are sent or thrown away."""

from datetime import timedelta
from pathlib import Path

import pytest

from floorctl.models.base import Ref
from floorctl.sync.draft import Draft, DraftKey
from floorctl.sync.journal import file as journal_file
from floorctl.sync.journal.journal import Journal
from floorctl.sync.opening import connect
from floorctl.sync.sqlite import Connection, transaction
from tests.sync.storage import KEY, NOW, command, open_journal

FORM = DraftKey("inspection", "sm-1", "p-1001")
SECRET = "这通来电的评语"


def draft(key: DraftKey = FORM, text: str = SECRET, minutes: float = 0) -> Draft:
    return Draft(key, NOW + timedelta(minutes=minutes), text.encode())


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path)


def test_a_form_is_there_after_a_restart_and_gone_when_thrown_away(tmp_path: Path, journal: Journal) -> None:
    journal.save_draft(draft(text="first"))
    journal.save_draft(draft(minutes=1))
    journal.close()
    journal = open_journal(tmp_path)
    assert journal.draft(FORM) == draft(minutes=1)
    journal.drop_draft(FORM)
    journal.drop_draft(FORM)
    assert journal.draft(FORM) is None


def test_everyone_has_their_own_and_the_last_comes_first(journal: Journal) -> None:
    other = DraftKey("inspection", "sm-2", "p-1001")
    journal.save_draft(draft(minutes=2))
    journal.save_draft(draft(other, minutes=3))
    journal.save_draft(draft(DraftKey("inspection", "sm-3", "p-1002")))
    journal.save_draft(draft(DraftKey("fact", "sm-1", "p-1001")))
    assert [each.key for each in journal.drafts("inspection", "p-1001")] == [other, FORM]


def test_a_form_that_is_sent_goes_with_its_command(journal: Journal) -> None:
    journal.save_draft(draft())
    sent = command("inspection.submit", Ref("inspection", "in-1"), {})
    journal.append(sent, by="p-1001", finishes=FORM)
    assert (journal.draft(FORM), journal.get(sent.id) is not None) == (None, True)


def test_nobody_reads_a_form_on_the_disk(tmp_path: Path, journal: Journal) -> None:
    journal.save_draft(draft())
    for file in tmp_path.glob("journal.db*"):
        assert SECRET.encode() not in file.read_bytes()


def _schema(db: Connection) -> set[str]:
    rows = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'").fetchall()
    return {"".join(sql.split()) for (sql,) in rows}


def test_a_journal_of_the_first_release_becomes_what_a_new_one_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    db = connect(path, KEY, durable=True)
    with transaction(db):
        for statement in (Path(__file__).parents[2] / "data" / "journal-1.sql").read_text().split(";\n"):
            db.execute(statement)
        db.execute("INSERT INTO setting VALUES ('old', '1')")
        db.execute("PRAGMA user_version = 1")
    db.close()
    old = journal_file.open_journal(path, KEY)
    new = journal_file.open_journal(tmp_path / "new.db", KEY)
    assert _schema(old) == _schema(new)
    assert old.execute("SELECT count(*) FROM setting").fetchone() == (1,)
    old.close()
    new.close()
    journal = Journal.open(path, KEY)
    journal.save_draft(draft())
    assert journal.draft(FORM) == draft()
