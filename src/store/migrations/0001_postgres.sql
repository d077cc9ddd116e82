-- Which calls a caller made: a caller's earlier calls on a page; the call that a report means which has
-- no id of it. What PostgreSQL logs of an index is a row, not a page, so it needs no table of its own.
CREATE INDEX call_caller ON call (caller, id);

CREATE VIEW caller_call AS SELECT caller, id AS call_id FROM call WHERE caller IS NOT NULL;
