-- Data keys of a store that is encrypted at rest, oldest first; the last one seals. None: it is not encrypted.
CREATE TABLE data_keys (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,  -- eight hex digits
  wrapped    TEXT NOT NULL,         -- sealed by a key of the operator, as secrets are
  created_at INTEGER NOT NULL
) STRICT;
