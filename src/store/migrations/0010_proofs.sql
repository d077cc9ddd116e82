-- What a desktop tells only by opening a page: a page whose rule says "answered" or "ended" is opened
-- by XucMgt at that moment of the call, which nothing else reports.
ALTER TABLE pane ADD COLUMN proven_at BIGINT;

