-- Issue trackers of products, what they say of tickets that bugs name, and what they are told.

CREATE TABLE trackers (
  product_id INTEGER PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
  settings   TEXT NOT NULL,  -- JSON, without the token
  token      TEXT
) STRICT;

CREATE TABLE tickets (
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  ticket     TEXT NOT NULL,     -- as bugs name it
  key        TEXT NOT NULL,
  url        TEXT NOT NULL,
  state      TEXT,              -- in the tracker's words; null: never learned
  is_closed  INTEGER,
  checked_at INTEGER,           -- when the state was learned
  fault      TEXT,              -- why the last question was not answered; null: it was
  due_at     INTEGER NOT NULL,  -- when the tracker is asked next
  PRIMARY KEY (product_id, ticket)
) STRICT, WITHOUT ROWID;
CREATE INDEX tickets_due ON tickets (due_at);

-- A ticket that is being made: asking → gone, or unknown when nobody knows whether it was made.
CREATE TABLE ticket_claims (
  bug_id INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  state  TEXT NOT NULL CHECK (state IN ('asking', 'unknown')),
  fault  TEXT
) STRICT;

-- What trackers are told: due → done, or due again later, or given up.
CREATE TABLE ticket_messages (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id   INTEGER NOT NULL,  -- bug_events.id
  part       TEXT NOT NULL CHECK (part IN ('comment', 'close')),
  bug_id     INTEGER NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  ticket     TEXT NOT NULL,
  what       TEXT NOT NULL,
  detail     TEXT NOT NULL,
  by_person  INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  state      TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'done', 'given_up')),
  last_error TEXT,
  ended_at   INTEGER,
  UNIQUE (event_id, part)
) STRICT;
CREATE INDEX ticket_messages_due ON ticket_messages (due_at) WHERE state = 'due';
CREATE INDEX ticket_messages_of_product ON ticket_messages (product_id, id);
CREATE INDEX bugs_by_ticket ON bugs (product_id, ticket) WHERE ticket IS NOT NULL;
