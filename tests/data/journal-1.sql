CREATE TABLE command (
 seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, place INTEGER NOT NULL, id VARCHAR NOT NULL, kind VARCHAR NOT NULL, target_kind VARCHAR NOT NULL, target_id VARCHAR NOT NULL, data BLOB NOT NULL, made_at VARCHAR NOT NULL, made_by VARCHAR NOT NULL,
 automatic INTEGER NOT NULL, audit_head VARCHAR, base_version INTEGER, saw_version INTEGER, "after" INTEGER, state VARCHAR NOT NULL, undecided INTEGER NOT NULL, attempts INTEGER NOT NULL,
 body BLOB, stands_on INTEGER, outcome_version INTEGER, applied_at VARCHAR, settled_at FLOAT, problem BLOB, reason VARCHAR, replaces VARCHAR, replaced_by VARCHAR, UNIQUE (id) );
CREATE INDEX command_state ON command (state, seq);
CREATE INDEX command_target ON command (target_kind, target_id, place) WHERE undecided = 1;
CREATE INDEX command_turn ON command (place, seq) WHERE undecided = 1;
CREATE TABLE event ( seq INTEGER NOT NULL, command_seq INTEGER NOT NULL, at FLOAT NOT NULL, what VARCHAR NOT NULL, detail VARCHAR, PRIMARY KEY (seq) );
CREATE INDEX event_of_command ON event (command_seq, seq);
CREATE TABLE setting ( name VARCHAR NOT NULL, value BLOB NOT NULL, PRIMARY KEY (name) );
