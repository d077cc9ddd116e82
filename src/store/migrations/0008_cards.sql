-- What other systems show on the live page of a call, forgotten with it. `lines` is JSON: labels and
-- values. The newest of a key takes the place of the one before it. `owner` is the id of the token that
-- posted it, and nothing for operators' own.
CREATE TABLE card (
    id INTEGER PRIMARY KEY,
    call_id BIGINT NOT NULL,
    name TEXT,
    title TEXT NOT NULL,
    text TEXT,
    link TEXT,
    lines TEXT NOT NULL,
    posted_by TEXT NOT NULL,
    owner TEXT
);
-- The cards of a call: by each of its pages.
CREATE INDEX card_call ON card (call_id, id);
