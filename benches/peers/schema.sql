-- What every peer keeps, as an integrator would draw it.
CREATE TABLE IF NOT EXISTS call (
  id INTEGER PRIMARY KEY,
  external_id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  caller TEXT,
  callee TEXT,
  queue TEXT,
  agent TEXT,
  token TEXT,
  state TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS call_caller ON call (caller, id);
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  call TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
);
