CREATE TABLE command (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    place INTEGER NOT NULL,
    id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    target_kind VARCHAR NOT NULL,
    target_id VARCHAR NOT NULL,
    data BLOB NOT NULL,
    made_at VARCHAR NOT NULL,
    made_by VARCHAR NOT NULL,
    automatic INTEGER NOT NULL,
    audit_head VARCHAR,
    base_version INTEGER,
    saw_version INTEGER,
    "after" INTEGER,
    state VARCHAR NOT NULL,
    undecided INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    body BLOB,
    stands_on INTEGER,
    outcome_version INTEGER,
    applied_at VARCHAR,
    settled_at FLOAT,
    problem BLOB,
    reason VARCHAR,
    replaces VARCHAR,
    replaced_by VARCHAR,
    "before" BLOB,
    undoes VARCHAR,
    UNIQUE (id)
);
CREATE INDEX command_over ON command (state, seq) WHERE undecided = 0;
CREATE INDEX command_target ON command (target_kind, target_id, undecided, place);
CREATE INDEX command_turn ON command (place, seq, state) WHERE undecided = 1;
CREATE TABLE event (
    seq INTEGER NOT NULL,
    command_seq INTEGER NOT NULL,
    at FLOAT NOT NULL,
    what VARCHAR NOT NULL,
    detail VARCHAR,
    PRIMARY KEY (seq)
);
CREATE TABLE audit (
    seq INTEGER NOT NULL,
    at FLOAT NOT NULL,
    who VARCHAR NOT NULL,
    what VARCHAR NOT NULL,
    subject_kind VARCHAR NOT NULL,
    subject_id VARCHAR NOT NULL,
    detail BLOB NOT NULL,
    command_seq INTEGER,
    "row" BLOB,
    event_seq INTEGER,
    hash BLOB NOT NULL,
    PRIMARY KEY (seq)
);
CREATE INDEX audit_uses ON audit (what, at) WHERE what IN ('reveal', 'export');
CREATE TABLE draft (
    kind VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    person_id VARCHAR NOT NULL,
    saved_at VARCHAR NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (kind, subject, person_id)
);
CREATE TABLE setting (
    name VARCHAR NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (name)
);
