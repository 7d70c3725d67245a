CREATE TABLE meta (
    name VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE word (
    code INTEGER NOT NULL,
    text VARCHAR NOT NULL,
    PRIMARY KEY (code),
    UNIQUE (text)
);
CREATE TABLE set_aside (
    kind VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    reason VARCHAR NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE TABLE entity_a (
    "key" INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    scope VARCHAR,
    starts FLOAT,
    ends FLOAT,
    document BLOB NOT NULL,
    PRIMARY KEY ("key")
);
CREATE INDEX entity_a_by_time ON entity_a (kind, scope, starts) WHERE starts IS NOT NULL;
CREATE UNIQUE INDEX entity_a_identity ON entity_a (kind, id);
CREATE TABLE entity_b (
    "key" INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    scope VARCHAR,
    starts FLOAT,
    ends FLOAT,
    document BLOB NOT NULL,
    PRIMARY KEY ("key")
);
CREATE INDEX entity_b_by_time ON entity_b (kind, scope, starts) WHERE starts IS NOT NULL;
CREATE UNIQUE INDEX entity_b_identity ON entity_b (kind, id);
CREATE TABLE tombstone_a (
    kind VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE TABLE tombstone_b (
    kind VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE TABLE order_row_a (
    "key" INTEGER NOT NULL,
    id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    number VARCHAR NOT NULL,
    received_at FLOAT NOT NULL,
    reviewed_at FLOAT,
    dispatched_at FLOAT,
    required_at FLOAT,
    late_from FLOAT,
    faults INTEGER NOT NULL,
    limit_at FLOAT NOT NULL,
    dispatch_due_at FLOAT,
    handled INTEGER NOT NULL,
    to_dispatch INTEGER NOT NULL,
    to_call_back INTEGER NOT NULL,
    stuck INTEGER NOT NULL,
    repetition INTEGER NOT NULL,
    state INTEGER NOT NULL,
    line INTEGER NOT NULL,
    urgency INTEGER NOT NULL,
    department INTEGER NOT NULL,
    type INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    category INTEGER NOT NULL,
    region INTEGER NOT NULL,
    stuck_at FLOAT,
    caller INTEGER,
    parent VARCHAR,
    sent_at FLOAT,
    signed_after FLOAT,
    traits INTEGER NOT NULL,
    PRIMARY KEY ("key")
);
CREATE INDEX order_row_a_callback ON order_row_a (received_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department) WHERE to_call_back = 1;
CREATE INDEX order_row_a_caller ON order_row_a (caller, received_at) WHERE caller IS NOT NULL;
CREATE INDEX order_row_a_came_back ON order_row_a (dispatched_at) WHERE traits & 128;
CREATE INDEX order_row_a_dispatch ON order_row_a (dispatch_due_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department) WHERE dispatch_due_at IS NOT NULL;
CREATE UNIQUE INDEX order_row_a_identity ON order_row_a (id);
CREATE INDEX order_row_a_late ON order_row_a (late_from) WHERE late_from IS NOT NULL;
CREATE INDEX order_row_a_missed_callback ON order_row_a (required_at) WHERE faults & 8;
CREATE INDEX order_row_a_number ON order_row_a (number, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department);
CREATE INDEX order_row_a_open ON order_row_a (limit_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department) WHERE handled = 0;
CREATE INDEX order_row_a_parent ON order_row_a (parent) WHERE parent IS NOT NULL;
CREATE INDEX order_row_a_problem ON order_row_a (received_at) WHERE faults & 1;
CREATE INDEX order_row_a_received ON order_row_a (received_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department);
CREATE INDEX order_row_a_review_error ON order_row_a (reviewed_at) WHERE faults & 2;
CREATE INDEX order_row_a_sent ON order_row_a (department, sent_at, signed_after, traits, handled, limit_at) WHERE sent_at IS NOT NULL;
CREATE INDEX order_row_a_stuck ON order_row_a (stuck, stuck_at, handled, to_dispatch, to_call_back, repetition, state, line, urgency, department) WHERE stuck <> 0;
CREATE INDEX order_row_a_time_limit ON order_row_a (limit_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department);
CREATE INDEX order_row_a_to_dispatch ON order_row_a (limit_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department) WHERE to_dispatch <> 0;
CREATE INDEX order_row_a_wrong_dispatch ON order_row_a (dispatched_at) WHERE faults & 4;
CREATE TABLE order_row_b (
    "key" INTEGER NOT NULL,
    id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    number VARCHAR NOT NULL,
    received_at FLOAT NOT NULL,
    reviewed_at FLOAT,
    dispatched_at FLOAT,
    required_at FLOAT,
    late_from FLOAT,
    faults INTEGER NOT NULL,
    limit_at FLOAT NOT NULL,
    dispatch_due_at FLOAT,
    handled INTEGER NOT NULL,
    to_dispatch INTEGER NOT NULL,
    to_call_back INTEGER NOT NULL,
    stuck INTEGER NOT NULL,
    repetition INTEGER NOT NULL,
    state INTEGER NOT NULL,
    line INTEGER NOT NULL,
    urgency INTEGER NOT NULL,
    department INTEGER NOT NULL,
    type INTEGER NOT NULL,
    agent INTEGER NOT NULL,
    category INTEGER NOT NULL,
    region INTEGER NOT NULL,
    stuck_at FLOAT,
    caller INTEGER,
    parent VARCHAR,
    sent_at FLOAT,
    signed_after FLOAT,
    traits INTEGER NOT NULL,
    PRIMARY KEY ("key")
);
CREATE INDEX order_row_b_callback ON order_row_b (received_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department) WHERE to_call_back = 1;
CREATE INDEX order_row_b_caller ON order_row_b (caller, received_at) WHERE caller IS NOT NULL;
CREATE INDEX order_row_b_came_back ON order_row_b (dispatched_at) WHERE traits & 128;
CREATE INDEX order_row_b_dispatch ON order_row_b (dispatch_due_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department) WHERE dispatch_due_at IS NOT NULL;
CREATE UNIQUE INDEX order_row_b_identity ON order_row_b (id);
CREATE INDEX order_row_b_late ON order_row_b (late_from) WHERE late_from IS NOT NULL;
CREATE INDEX order_row_b_missed_callback ON order_row_b (required_at) WHERE faults & 8;
CREATE INDEX order_row_b_number ON order_row_b (number, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department);
CREATE INDEX order_row_b_open ON order_row_b (limit_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department) WHERE handled = 0;
CREATE INDEX order_row_b_parent ON order_row_b (parent) WHERE parent IS NOT NULL;
CREATE INDEX order_row_b_problem ON order_row_b (received_at) WHERE faults & 1;
CREATE INDEX order_row_b_received ON order_row_b (received_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department);
CREATE INDEX order_row_b_review_error ON order_row_b (reviewed_at) WHERE faults & 2;
CREATE INDEX order_row_b_sent ON order_row_b (department, sent_at, signed_after, traits, handled, limit_at) WHERE sent_at IS NOT NULL;
CREATE INDEX order_row_b_stuck ON order_row_b (stuck, stuck_at, handled, to_dispatch, to_call_back, repetition, state, line, urgency, department) WHERE stuck <> 0;
CREATE INDEX order_row_b_time_limit ON order_row_b (limit_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department);
CREATE INDEX order_row_b_to_dispatch ON order_row_b (limit_at, handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department) WHERE to_dispatch <> 0;
CREATE INDEX order_row_b_wrong_dispatch ON order_row_b (dispatched_at) WHERE faults & 4;
CREATE TABLE order_document_a (
    "key" INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY ("key")
);
CREATE TABLE order_document_b (
    "key" INTEGER NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY ("key")
);
CREATE TABLE order_tally_a (
    handled INTEGER NOT NULL,
    to_dispatch INTEGER NOT NULL,
    to_call_back INTEGER NOT NULL,
    stuck INTEGER NOT NULL,
    repetition INTEGER NOT NULL,
    state INTEGER NOT NULL,
    line INTEGER NOT NULL,
    urgency INTEGER NOT NULL,
    department INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    PRIMARY KEY (handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department)
);
CREATE TABLE order_tally_b (
    handled INTEGER NOT NULL,
    to_dispatch INTEGER NOT NULL,
    to_call_back INTEGER NOT NULL,
    stuck INTEGER NOT NULL,
    repetition INTEGER NOT NULL,
    state INTEGER NOT NULL,
    line INTEGER NOT NULL,
    urgency INTEGER NOT NULL,
    department INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    PRIMARY KEY (handled, to_dispatch, to_call_back, stuck, repetition, state, line, urgency, department)
);
CREATE TABLE order_event_a (
    day INTEGER NOT NULL,
    event INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    PRIMARY KEY (day, event)
);
CREATE TABLE order_event_b (
    day INTEGER NOT NULL,
    event INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    PRIMARY KEY (day, event)
);
CREATE TABLE reindex_a (
    "key" INTEGER NOT NULL,
    PRIMARY KEY ("key")
);
CREATE TABLE reindex_b (
    "key" INTEGER NOT NULL,
    PRIMARY KEY ("key")
);
CREATE VIRTUAL TABLE search_a USING fts5(text, latin, content='', contentless_delete=1, tokenize='ascii');
CREATE VIRTUAL TABLE search_b USING fts5(text, latin, content='', contentless_delete=1, tokenize='ascii');
