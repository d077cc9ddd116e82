-- What addresses are signed with.

-- The server keys. The newest that signs already is in force; the one before it still verifies until
-- what it has signed has expired.
CREATE TABLE server_key (
    signs_from BIGINT PRIMARY KEY,
    secret TEXT NOT NULL
);
INSERT INTO server_key (signs_from, secret) SELECT 0, value FROM setting WHERE name = 'server_key';
DELETE FROM setting WHERE name = 'server_key';
