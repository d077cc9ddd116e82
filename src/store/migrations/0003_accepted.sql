-- How often an event was told again.
ALTER TABLE event ADD COLUMN repeats BIGINT;

-- What a phone system told lately, for whoever asks why no page opened. A ring has no source here, and
-- pays nothing for it.
CREATE INDEX event_source ON event (source, id) WHERE source IS NOT NULL;
