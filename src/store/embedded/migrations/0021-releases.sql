-- Releases: what tools say of them, and who ran them.

-- A release that a tool made. Versions that crashes and sessions name need no row.
CREATE TABLE releases (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  version     TEXT NOT NULL,
  created_at  INTEGER NOT NULL,  -- milliseconds since 1970
  released_at INTEGER,
  url         TEXT,
  ref         TEXT,
  UNIQUE (product_id, version)
) STRICT;

CREATE TABLE release_commits (
  release_id INTEGER NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  position   INTEGER NOT NULL,  -- as the tool listed them
  commit_id  TEXT NOT NULL,
  repository TEXT,
  author     TEXT,
  message    TEXT NOT NULL,
  at         INTEGER,
  PRIMARY KEY (release_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_deploys (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  release_id  INTEGER NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  environment TEXT NOT NULL,
  name        TEXT,
  url         TEXT,
  started_at  INTEGER,
  finished_at INTEGER NOT NULL
) STRICT;
CREATE INDEX release_deploys_of_release ON release_deploys (release_id, id);

-- Users of a version by their sessions: numbers within the product, as installations have them.
CREATE TABLE release_users (
  product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  version     TEXT NOT NULL,
  user        INTEGER NOT NULL,
  first_day   INTEGER NOT NULL,  -- days since 1970
  crashed_day INTEGER,           -- of the first crashed session; null: none
  PRIMARY KEY (product_id, version, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_users_by_day ON release_users (first_day);
