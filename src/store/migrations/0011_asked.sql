-- When a lookup was asked last, which every page of the console may show.
CREATE INDEX looked_up_lookup ON looked_up (lookup, asked_at);

-- What somebody did, and who did something: acts are few, and kept for a year.
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_act ON audit (act, id);
