-- When a page that pauses its agent was last known to be on a screen: one that is on none any more keeps
-- its agent paused.
ALTER TABLE event ADD COLUMN seen_at BIGINT;
