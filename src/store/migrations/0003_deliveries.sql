-- What is owed to other systems, and what became of it.

-- One event for one destination. It stands in the line of its destination and call; only the head of
-- a line is sent. `attempts` counts up with every claim and fences it: whoever settles says which
-- attempt they made, and a claim that was taken over settles nothing.
CREATE TABLE delivery (
    id TEXT PRIMARY KEY,
    destination TEXT NOT NULL,
    call_id TEXT,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    facts TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    settled_at BIGINT,
    outcome TEXT,
    reason TEXT
);
-- First attempts and repeated ones are looked for apart: many of one kind must not stand before few
-- of the other.
CREATE INDEX delivery_first ON delivery (destination, due_at)
    WHERE settled_at IS NULL AND attempts = 0;
CREATE INDEX delivery_again ON delivery (destination, due_at)
    WHERE settled_at IS NULL AND attempts > 0;
CREATE INDEX delivery_line ON delivery (destination, line, id) WHERE settled_at IS NULL;

-- Every request that was sent, and its answer.
CREATE TABLE attempt (
    id TEXT PRIMARY KEY,
    delivery_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    request TEXT NOT NULL,
    status BIGINT,
    answer TEXT,
    millis BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT
);
CREATE INDEX attempt_delivery ON attempt (delivery_id, id);

-- What a destination calls the entry that it made for a call.
CREATE TABLE entry (
    destination TEXT NOT NULL,
    call_id TEXT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (destination, call_id)
);
CREATE INDEX entry_call ON entry (call_id);

-- A destination that fails for long is paused.
CREATE TABLE destination (
    name TEXT PRIMARY KEY,
    failing_since BIGINT,
    paused_at BIGINT,
    reason TEXT
);
