-- What was known at a ring beside what the desktop said, as JSON: the contact, the agent's presence.
-- Null where nothing was known.
ALTER TABLE event ADD COLUMN knew TEXT;

-- How long the rings of about a second took, as JSON: for each the event, the microseconds until the rules
-- had decided, and until it was answered. Written by a task, never by a ring.
CREATE TABLE ring_timing (
    id INTEGER PRIMARY KEY,
    timings TEXT NOT NULL
);

-- The rings of a quarter of an hour at one server (`server` is a number that it has since its start), and between which
-- moments of it that server was there.
CREATE TABLE ring_count (
    quarter BIGINT NOT NULL,
    server BIGINT NOT NULL,
    seen_from BIGINT NOT NULL,
    seen_until BIGINT NOT NULL,
    rings BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    latency TEXT NOT NULL,
    PRIMARY KEY (quarter, server)
);

-- Rings that were answered without the database: written once it was there again.
CREATE TABLE unwritten_ring (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT,
    agent TEXT,
    caller TEXT,
    rule TEXT,
    action TEXT NOT NULL,
    reason TEXT NOT NULL,
    body TEXT NOT NULL
);

-- Requests of desktops that were refused before they were read: how many for which reason, in about ten
-- seconds.
CREATE TABLE turned_away (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    since BIGINT NOT NULL,
    times BIGINT NOT NULL,
    detail TEXT NOT NULL
);
