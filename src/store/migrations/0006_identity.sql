-- Tokens of agents that XuC has confirmed, by their SHA-256: how long that counts.
CREATE TABLE confirmed_token (
    digest TEXT PRIMARY KEY,
    valid_until BIGINT NOT NULL
);
