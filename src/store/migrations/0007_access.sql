-- Who is signed in to the built-in desktop, and what addresses are signed with.

-- One browser of one agent. Its cookie holds a random token, of which only the SHA-256 is kept.
-- `link` is the personal link that it came in by: when that one ends, so does the session.
CREATE TABLE desktop_session (
    digest TEXT PRIMARY KEY,
    agent TEXT NOT NULL,
    link BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX desktop_session_agent ON desktop_session (agent, used_at);
CREATE INDEX desktop_session_used ON desktop_session (used_at);

-- The server keys. The newest that signs already is in force; the one before it still verifies until
-- what it has signed has expired.
CREATE TABLE server_key (
    signs_from BIGINT PRIMARY KEY,
    secret TEXT NOT NULL
);
INSERT INTO server_key (signs_from, secret) SELECT 0, value FROM setting WHERE name = 'server_key';
DELETE FROM setting WHERE name = 'server_key';
