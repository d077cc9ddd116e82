-- What a ring leaves behind. One text for SQLite and PostgreSQL: TEXT, BIGINT and BOOLEAN only.
-- Ids are UUIDv7 in 32 hexadecimal digits: they grow with time, so every primary key is written at
-- its end, and "older than" is a comparison of ids. Moments are milliseconds since the Unix epoch.

-- What the installation made for itself and must keep: its server key.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Every configuration that was ever in force, whole, as the text that was applied.
CREATE TABLE configuration (
    version BIGINT PRIMARY KEY,
    applied_at BIGINT NOT NULL,
    applied_from TEXT NOT NULL,
    document TEXT NOT NULL
);

-- One call, however many agents it rings.
CREATE TABLE call (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT,
    direction TEXT NOT NULL,
    caller TEXT,
    caller_raw TEXT NOT NULL,
    caller_name TEXT,
    dialled TEXT,
    queue TEXT,
    queue_display TEXT,
    queue_number TEXT,
    rings BIGINT NOT NULL
);
CREATE UNIQUE INDEX call_external ON call (source, external_id);
CREATE INDEX call_caller ON call (caller, id);

-- What was heard and what was decided, one row each, never changed.
CREATE TABLE event (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    agent TEXT,
    pane_id TEXT,
    body TEXT,
    decision TEXT
);
CREATE INDEX event_agent ON event (agent, id);

-- "This agent shall see this page for this call", and what the agent noted there.
CREATE TABLE pane (
    id TEXT PRIMARY KEY,
    call_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    agent TEXT,
    agent_name TEXT,
    callee TEXT,
    rule TEXT,
    page TEXT,
    address TEXT,
    title TEXT NOT NULL,
    autopause BOOLEAN NOT NULL,
    origin TEXT,
    identity TEXT,
    opened_at BIGINT,
    completed_at BIGINT,
    disposition TEXT,
    notes TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX pane_call ON pane (call_id, id);
CREATE INDEX pane_pausing ON pane (agent, id) WHERE autopause AND completed_at IS NULL;
