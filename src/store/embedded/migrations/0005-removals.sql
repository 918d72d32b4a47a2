-- Files that no row owns any more, written down in the transaction that removed their row and removed after it: a removal that
-- fails is tried again and never looks like a failure of what was committed.
CREATE TABLE removals (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  target   TEXT NOT NULL,     -- a file or folder, relative to the data folder, with / between names
  bytes    INTEGER NOT NULL,  -- disk space that it takes, as far as it was counted
  noted_at INTEGER NOT NULL,  -- milliseconds since 1970, UTC
  due_at   INTEGER NOT NULL   -- moves ahead when a removal fails
) STRICT;

CREATE INDEX removals_by_due ON removals (due_at);
