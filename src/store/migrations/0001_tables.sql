-- One text for SQLite and PostgreSQL: INTEGER PRIMARY KEY, BIGINT, TEXT and BOOLEAN only. Callers are
-- looked up in `caller_call`, which each of them has in its own way (0001_sqlite.sql, 0001_postgres.sql).
--
-- Ids are 64-bit integers that grow with time (domain/ids.rs), so every table's own tree is written
-- at its end, and "older than" is a comparison of ids. Moments are milliseconds since the Unix epoch.
-- What a ring costs is the number of pages that it dirties: each index names who reads it, and an
-- index on what is random (a caller, an agent) dirties a page of its own for each ring.

-- What the installation made for itself and must keep.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- The server keys. The newest that signs already is in force; the one before it still verifies until
-- what it has signed has expired.
CREATE TABLE server_key (
    signs_from INTEGER PRIMARY KEY,
    secret TEXT NOT NULL
);

-- Every configuration that was ever in force, whole, as the text that was applied.
CREATE TABLE configuration (
    version INTEGER PRIMARY KEY,
    applied_at BIGINT NOT NULL,
    applied_from TEXT NOT NULL,
    document TEXT NOT NULL
);

-- One call, however many agents it rings. `state` is what was put together from the events of phone
-- systems, as JSON; `open_until`, until when an end is awaited; the contact, whom an agent said is on
-- this very call.
CREATE TABLE call (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT,
    direction TEXT NOT NULL,
    caller TEXT,
    caller_raw TEXT NOT NULL,
    caller_name TEXT,
    dialled TEXT,
    queue TEXT,
    queue_display TEXT,
    queue_number TEXT,
    rings BIGINT NOT NULL,
    state TEXT,
    open_until BIGINT,
    contact_book TEXT,
    contact_id TEXT
);
-- A call is found by its id at the phone system: by each ring and event.
CREATE UNIQUE INDEX call_external ON call (source, external_id);
-- Calls whose end is overdue.
CREATE INDEX call_open ON call (open_until) WHERE open_until IS NOT NULL;

-- A call that two systems tell of has an id in each.
CREATE TABLE call_alias (
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    call_id BIGINT NOT NULL,
    PRIMARY KEY (source, external_id)
);
-- Which systems have told of a call already; retention.
CREATE INDEX call_alias_call ON call_alias (call_id);

-- What was heard, what was decided, and, where that opened a page, the page: "this agent shall see
-- this for this call". One row, because one ring makes all of it. `pane_id` is the page that a ring
-- opened or found open: the row is a page where it is its own.
--
-- What was heard: `source` and what follows it is of events that a phone system told; `dedupe` is what
-- a repeat of it would have too; `body` what came, without credentials.
-- What was decided: from `contact`, who was known, to `reason`; `carried`, whether it pauses only
-- because an earlier page is still open.
-- The page: from `title`. `multitab` is said only of pages that the built-in desktop opens. XucMgt
-- tells that a call was answered, or is over, only by opening a page whose rule says so: `proven_at`.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    call_id BIGINT,
    kind TEXT NOT NULL,
    agent TEXT,
    pane_id BIGINT,
    source TEXT,
    name TEXT,
    happened_at BIGINT,
    dedupe TEXT,
    body TEXT,
    contact TEXT,
    rule TEXT,
    action TEXT,
    moment TEXT,
    page TEXT,
    address TEXT,
    autopause BOOLEAN,
    carried BOOLEAN,
    reason TEXT,
    title TEXT,
    agent_name TEXT,
    callee TEXT,
    origin TEXT,
    identity TEXT,
    multitab BOOLEAN,
    opened_at BIGINT,
    proven_at BIGINT,
    completed_at BIGINT,
    disposition TEXT,
    notes TEXT,
    version BIGINT
);
-- Whether an event was heard before.
CREATE UNIQUE INDEX event_dedupe ON event (source, dedupe) WHERE dedupe IS NOT NULL;
-- The pages of a call.
CREATE INDEX event_pane ON event (call_id, id) WHERE pane_id = id;
-- The agent's pages that still pause.
CREATE INDEX event_pausing ON event (agent, id)
    WHERE pane_id = id AND autopause AND completed_at IS NULL;
-- The agent's pages on the built-in desktop.
CREATE INDEX event_desktop ON event (agent, id) WHERE multitab IS NOT NULL;

-- The pages, for whoever looks at the database.
CREATE VIEW pane AS
    SELECT id, call_id, agent, agent_name, callee, rule, page, address, title, autopause, origin,
           identity, opened_at, proven_at, completed_at, disposition, notes, version
    FROM event WHERE pane_id = id;

-- The newest ring at each agent, and the newest of another call before it: what an open page says of
-- newer calls. As many rows as agents, where an index of all rings would dirty a page for each ring.
CREATE TABLE newest_ring (
    agent TEXT PRIMARY KEY,
    event_id BIGINT NOT NULL,
    call_id BIGINT NOT NULL,
    before_event_id BIGINT,
    before_call_id BIGINT
);

-- What can be said of an event to whoever is told of it, as JSON: once, however many destinations hear
-- it, and apart from what becomes of each delivery, so that a claim rewrites none of it. `line` is that
-- of its deliveries.
CREATE TABLE delivery_facts (
    id INTEGER PRIMARY KEY,
    line BIGINT NOT NULL,
    facts TEXT NOT NULL
);

-- What is owed to other systems, and what became of it. One event for one destination. It stands in
-- the line of its destination and call; only the head of a line is sent. `attempts` counts up with every
-- claim and fences it: whoever settles says which attempt they made, and a claim that was taken over
-- settles nothing.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    destination TEXT NOT NULL,
    call_id BIGINT,
    line BIGINT NOT NULL,
    kind TEXT NOT NULL,
    facts_id BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    settled_at BIGINT,
    outcome TEXT,
    reason TEXT
);
-- First attempts and repeated ones are looked for apart: many of one kind must not stand before few
-- of the other.
CREATE INDEX delivery_first ON delivery (destination, due_at)
    WHERE settled_at IS NULL AND attempts = 0;
CREATE INDEX delivery_again ON delivery (destination, due_at)
    WHERE settled_at IS NULL AND attempts > 0;
-- Whether a delivery is the head of its line; whether facts are still needed (retention).
CREATE INDEX delivery_line ON delivery (line, destination, id) WHERE settled_at IS NULL;

-- Every request that was sent, and its answer.
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    delivery_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    request TEXT NOT NULL,
    status BIGINT,
    answer TEXT,
    millis BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT
);
-- The attempts at a delivery.
CREATE INDEX attempt_delivery ON attempt (delivery_id, id);

-- What a destination calls the entry that it made for a call. The key begins with the call for
-- retention.
CREATE TABLE entry (
    destination TEXT NOT NULL,
    call_id BIGINT NOT NULL,
    entry_id TEXT NOT NULL,
    PRIMARY KEY (call_id, destination)
);

-- A destination that fails for long is paused.
CREATE TABLE destination (
    name TEXT PRIMARY KEY,
    failing_since BIGINT,
    paused_at BIGINT,
    reason TEXT
);

-- Requests that were not taken, the newest of them, for whoever asks why.
CREATE TABLE refusal (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    request TEXT NOT NULL
);
-- Refusals are forgotten by their kind: what anybody can send must not push out what is worth keeping.
CREATE INDEX refusal_code ON refusal (code, id);

-- Lists of contacts. The import that is named here is the one that counts: a new one is written beside
-- it, in portions, and takes its place at once.
CREATE TABLE contact_list (
    name TEXT PRIMARY KEY,
    import_id BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,
    contacts BIGINT NOT NULL
);

-- A contact, once under each of their numbers, as JSON.
CREATE TABLE contact (
    number TEXT NOT NULL,
    import_id BIGINT NOT NULL,
    id TEXT NOT NULL,
    list TEXT NOT NULL,
    contact TEXT NOT NULL,
    PRIMARY KEY (number, import_id, id)
);
-- An import that is replaced, or was never finished.
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
-- Retention.
CREATE INDEX looked_up_asked ON looked_up (asked_at);

-- Whom an agent said last is behind a number: on the next call from there that is only likely.
CREATE TABLE contact_choice (
    number TEXT PRIMARY KEY,
    book TEXT NOT NULL,
    contact_id TEXT NOT NULL,
    chosen_by TEXT,
    chosen_at BIGINT NOT NULL
);

-- Tokens of agents that XuC has confirmed, by their SHA-256: how long that counts.
CREATE TABLE confirmed_token (
    digest TEXT PRIMARY KEY,
    valid_until BIGINT NOT NULL
);

-- One browser of one agent at the built-in desktop. Its cookie holds a random token, of which only the
-- SHA-256 is kept. `link` is the personal link that it came in by: when that one ends, so does the
-- session.
CREATE TABLE desktop_session (
    digest TEXT PRIMARY KEY,
    agent TEXT NOT NULL,
    link BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
-- The agent's other sessions; those that end by themselves.
CREATE INDEX desktop_session_agent ON desktop_session (agent, used_at);
CREATE INDEX desktop_session_used ON desktop_session (used_at);
