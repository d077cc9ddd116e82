-- Which calls a caller made, all but the newest (store/sqlite/callers.rs): a caller's earlier calls on a
-- page; the call that a report means which has no id of it.
CREATE TABLE caller_call (
    caller TEXT NOT NULL,
    call_id BIGINT NOT NULL,
    PRIMARY KEY (caller, call_id)
) WITHOUT ROWID;

-- A phone system knows better who calls.
CREATE TRIGGER call_caller_changed AFTER UPDATE OF caller ON call WHEN NEW.caller IS NOT OLD.caller
BEGIN
    DELETE FROM caller_call WHERE caller = OLD.caller AND call_id = OLD.id;
    INSERT INTO caller_call (caller, call_id)
        SELECT NEW.caller, NEW.id WHERE NEW.caller IS NOT NULL ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER call_forgotten AFTER DELETE ON call
BEGIN
    DELETE FROM caller_call WHERE caller = OLD.caller AND call_id = OLD.id;
END;
