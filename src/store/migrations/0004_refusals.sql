-- Refusals are forgotten by their kind: what anybody can send must not push out what is worth keeping.
CREATE INDEX refusal_code ON refusal (code, id);
