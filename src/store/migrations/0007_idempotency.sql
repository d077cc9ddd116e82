-- Requests of programs that came with an Idempotency-Key. `request` is a digest of what was asked; `answer` is
-- what was answered, as JSON, and null while nobody knows.
CREATE TABLE idempotent (
    actor TEXT NOT NULL,
    request_key TEXT NOT NULL,
    request TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    answer TEXT,
    PRIMARY KEY (actor, request_key)
);
