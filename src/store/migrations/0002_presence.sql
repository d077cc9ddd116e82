-- Whether agents are there: the newest report of each agent, source and kind, not a history. `agent` is
-- the key of a configured agent; `event_id` the event that told it, also for retention.
CREATE TABLE presence (
    agent TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    status TEXT,
    message TEXT,
    until_at BIGINT,
    location TEXT,
    latitude TEXT,
    longitude TEXT,
    PRIMARY KEY (agent, source, kind)
);
