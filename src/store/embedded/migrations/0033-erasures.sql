-- Erasures that people ask for: what they are of (only while it is needed), and the reports that were found.
CREATE TABLE erasures (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  at       INTEGER NOT NULL,
  person   INTEGER,
  kind     TEXT NOT NULL,
  wish     TEXT NOT NULL,  -- JSON of ErasureWish; empty when it is through
  state    TEXT NOT NULL CHECK (state IN ('counting', 'ready', 'erasing', 'done', 'withdrawn')),
  found    INTEGER NOT NULL,
  done     INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;

CREATE TABLE erasure_reports (
  erasure_id INTEGER NOT NULL,
  crash_id   TEXT NOT NULL,
  PRIMARY KEY (erasure_id, crash_id)
) STRICT, WITHOUT ROWID;
