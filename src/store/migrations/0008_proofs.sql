-- What a desktop tells only by opening a page: a page whose rule says "answered" or "ended" is opened
-- by XucMgt at that moment of the call, which nothing else reports.
ALTER TABLE pane ADD COLUMN proven_at BIGINT;

-- Whom an agent said is on this very call. `contact_choice` has whom one said last for the number:
-- on the next call from there that is only likely.
ALTER TABLE call ADD COLUMN contact_book TEXT;
ALTER TABLE call ADD COLUMN contact_id TEXT;
