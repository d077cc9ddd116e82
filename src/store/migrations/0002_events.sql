-- What phone systems say of calls: their events, and what is known of a call from them.

-- What was put together from a call's events, as JSON; and until when an end is awaited.
ALTER TABLE call ADD COLUMN state TEXT;
ALTER TABLE call ADD COLUMN open_until BIGINT;
CREATE INDEX call_open ON call (open_until) WHERE open_until IS NOT NULL;

-- A call that two systems tell of has an id in each.
CREATE TABLE call_alias (
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    call_id TEXT NOT NULL,
    PRIMARY KEY (source, external_id)
);
CREATE INDEX call_alias_call ON call_alias (call_id);

-- An event need not be of a call (presence); it has the source that told of it, that source's own
-- name for it, and what a repeat of it would have too.
DROP INDEX event_agent;
ALTER TABLE event RENAME TO event_before;
CREATE TABLE event (
    id TEXT PRIMARY KEY,
    call_id TEXT,
    source TEXT,
    kind TEXT NOT NULL,
    name TEXT,
    agent TEXT,
    pane_id TEXT,
    happened_at BIGINT,
    dedupe TEXT,
    body TEXT,
    decision TEXT
);
INSERT INTO event (id, call_id, kind, agent, pane_id, body, decision)
    SELECT id, call_id, kind, agent, pane_id, body, decision FROM event_before;
DROP TABLE event_before;
CREATE INDEX event_agent ON event (agent, id);
CREATE UNIQUE INDEX event_dedupe ON event (source, dedupe) WHERE dedupe IS NOT NULL;

-- How a page is opened, where the built-in desktop opens it and not the agent's own.
ALTER TABLE pane ADD COLUMN action TEXT;
ALTER TABLE pane ADD COLUMN moment TEXT;
ALTER TABLE pane ADD COLUMN multitab BOOLEAN;
CREATE INDEX pane_desktop ON pane (agent, id) WHERE moment IS NOT NULL;

-- Requests that were not taken, the newest of them, for whoever asks why.
CREATE TABLE refusal (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    status BIGINT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    request TEXT NOT NULL
);
