"""Migrations of an older journal, one step for each version of its schema.

A step's SQL is written out here and never changed once released: it makes the next version as that one was, whatever
the tables look like now.
"""

from collections.abc import Callable, Mapping

from floorctl.sync import audit_chain
from floorctl.sync.sqlite import Connection


def _drafts(db: Connection) -> None:
    """Version 1 → 2: drafts."""
    db.execute(
        "CREATE TABLE draft ("
        " kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, person_id VARCHAR NOT NULL, saved_at VARCHAR NOT NULL,"
        " data BLOB NOT NULL, PRIMARY KEY (kind, subject, person_id))"
    )


def _audit_trail(db: Connection) -> None:
    """Version 2 → 3: the audit trail; commands from before it are covered as they are found."""
    db.execute(
        "CREATE TABLE audit ("
        " seq INTEGER NOT NULL, at FLOAT NOT NULL, who VARCHAR NOT NULL, what VARCHAR NOT NULL,"
        " subject_kind VARCHAR NOT NULL, subject_id VARCHAR NOT NULL, detail BLOB NOT NULL, command_seq INTEGER,"
        ' "row" BLOB, event_seq INTEGER, hash BLOB NOT NULL, PRIMARY KEY (seq))'
    )
    # The index costs another page with every act, and its query is only run for single commands.
    db.execute("DROP INDEX event_of_command")
    db.execute("CREATE INDEX audit_uses ON audit (what, at) WHERE what IN ('reveal', 'export')")
    audit_chain.begin(db)


def _fewer_indexes(db: Connection) -> None:
    """Version 3 → 4: index finished commands by state and unfinished ones by turn: a new command is in one index less.

    The index by target has finished commands too: a new command may have to build on one.
    """
    for name in ("state", "turn", "target"):
        db.execute(f"DROP INDEX command_{name}")
    db.execute("CREATE INDEX command_over ON command (state, seq) WHERE undecided = 0")
    db.execute("CREATE INDEX command_turn ON command (place, seq, state) WHERE undecided = 1")
    db.execute("CREATE INDEX command_target ON command (target_kind, target_id, undecided, place)")


def _what_was_before(db: Connection) -> None:
    """Version 4 → 5: what a command replaced, and which command it takes back."""
    db.execute('ALTER TABLE command ADD COLUMN "before" BLOB')
    db.execute("ALTER TABLE command ADD COLUMN undoes VARCHAR")


SCHEMA = 5
#: Schema version → the step to the next version, run inside one transaction.
STEPS: Mapping[int, Callable[[Connection], None]] = {
    1: _drafts,
    2: _audit_trail,
    3: _fewer_indexes,
    4: _what_was_before,
}
