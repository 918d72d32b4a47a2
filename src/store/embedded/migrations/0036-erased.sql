-- What was erased for good, so that a backup of before can be brought up to date: keyed hashes (shared/erasure-journal.ts). Beyond a number the
-- oldest lines go; the setting `erased_from` knows up to when.
CREATE TABLE erased (
  n    INTEGER PRIMARY KEY AUTOINCREMENT,
  id   BLOB NOT NULL UNIQUE,
  at   INTEGER NOT NULL,
  what TEXT NOT NULL  -- JSON of ErasedWhat; empty: a report
) STRICT;

CREATE INDEX erased_beside_reports ON erased (n) WHERE what <> '';
