-- Release health: sessions that may still change, and what was counted of all; words of people.

-- A session until its last word is old enough. Days are those since 1970.
CREATE TABLE client_sessions (
  product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  sid         BLOB NOT NULL,     -- first 16 bytes of its SHA-256
  day         INTEGER NOT NULL,  -- when it began
  release     TEXT NOT NULL,
  environment TEXT NOT NULL,
  user        BLOB,              -- first 8 bytes of its SHA-256; null: not counted as one
  outcome     TEXT NOT NULL,     -- SessionOutcome
  final       INTEGER NOT NULL,
  rank        REAL NOT NULL,     -- the higher one wins
  PRIMARY KEY (product_id, sid)
) STRICT, WITHOUT ROWID;

CREATE INDEX client_sessions_by_day ON client_sessions (day);

CREATE TABLE session_counts (
  product_id    INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  day           INTEGER NOT NULL,
  release       TEXT NOT NULL,
  environment   TEXT NOT NULL,
  sessions      INTEGER NOT NULL DEFAULT 0,
  errored       INTEGER NOT NULL DEFAULT 0,
  unhandled     INTEGER NOT NULL DEFAULT 0,
  abnormal      INTEGER NOT NULL DEFAULT 0,
  crashed       INTEGER NOT NULL DEFAULT 0,
  users         INTEGER NOT NULL DEFAULT 0,
  crashed_users INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (product_id, day, release, environment)
) STRICT, WITHOUT ROWID;

-- Users of the days that may still change.
CREATE TABLE session_users (
  product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  day         INTEGER NOT NULL,
  release     TEXT NOT NULL,
  environment TEXT NOT NULL,
  user        BLOB NOT NULL,
  crashed     INTEGER NOT NULL,
  PRIMARY KEY (product_id, day, release, environment, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX session_users_by_day ON session_users (day);

CREATE TABLE feedback (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  identity   BLOB,              -- of the report that it is about, which may come later
  event_id   TEXT,
  at         INTEGER NOT NULL,  -- milliseconds since 1970
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  message    TEXT NOT NULL,
  url        TEXT NOT NULL
) STRICT;

CREATE INDEX feedback_by_product ON feedback (product_id, id);
CREATE INDEX feedback_by_identity ON feedback (identity) WHERE identity IS NOT NULL;
