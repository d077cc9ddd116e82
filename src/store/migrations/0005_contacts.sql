-- Who callers are: people from lists, what lookups answered, whom agents chose.

-- Lists of contacts. The import that is named here is the one that counts: a new one is written beside
-- it, in portions, and takes its place at once.
CREATE TABLE contact_list (
    name TEXT PRIMARY KEY,
    import_id TEXT NOT NULL,
    imported_at BIGINT NOT NULL,
    contacts BIGINT NOT NULL
);

-- A contact, once under each of their numbers, as JSON.
CREATE TABLE contact (
    number TEXT NOT NULL,
    import_id TEXT NOT NULL,
    id TEXT NOT NULL,
    list TEXT NOT NULL,
    contact TEXT NOT NULL,
    PRIMARY KEY (number, import_id, id)
);
CREATE INDEX contact_import ON contact (import_id);

-- What a lookup answered last about a number: a list of contacts, as JSON; and why it said nothing
-- the last time that it was asked, if it did not.
CREATE TABLE looked_up (
    number TEXT NOT NULL,
    lookup TEXT NOT NULL,
    contacts TEXT,
    asked_at BIGINT NOT NULL,
    answered_at BIGINT,
    reason TEXT,
    PRIMARY KEY (number, lookup)
);
CREATE INDEX looked_up_asked ON looked_up (asked_at);

-- Whom an agent chose among several with the same number.
CREATE TABLE contact_choice (
    number TEXT PRIMARY KEY,
    book TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    chosen_by TEXT,
    chosen_at BIGINT NOT NULL
);
