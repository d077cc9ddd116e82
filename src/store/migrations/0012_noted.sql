-- When the agent saved notes last, and the pages for whoever looks at the database with it.
ALTER TABLE event ADD COLUMN noted_at BIGINT;
DROP VIEW pane;
CREATE VIEW pane AS
    SELECT id, call_id, agent, agent_name, callee, rule, page, address, title, autopause, origin,
           identity, opened_at, proven_at, noted_at, completed_at, disposition, notes, version
    FROM event WHERE pane_id = id;
