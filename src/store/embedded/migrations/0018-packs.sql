-- Packs: files that hold the attachments of many reports (disk/pack-format.ts). Where a report lies in one is apart from its row, which is
-- sealed: compaction moves it.
CREATE TABLE packs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE,        -- of the file below packs/
  created_at INTEGER NOT NULL,            -- milliseconds since 1970, UTC
  bytes      INTEGER NOT NULL DEFAULT 0,  -- up to the end of the last entry that a report was committed with
  live       INTEGER NOT NULL DEFAULT 0,  -- sum of report_packs.bytes
  erased     INTEGER NOT NULL DEFAULT 0,  -- bytes of entries whose reports are gone: overwritten, or noted to be
  retired    INTEGER NOT NULL DEFAULT 0   -- 1: its entries are being moved away, and no report is committed with another one
) STRICT;

CREATE TABLE report_packs (
  report_id INTEGER PRIMARY KEY,  -- reports.id
  pack_id   INTEGER NOT NULL,     -- packs.id
  at        INTEGER NOT NULL,     -- where the head of its entry begins
  bytes     INTEGER NOT NULL      -- of the entry
) STRICT;

CREATE INDEX report_packs_by_pack ON report_packs (pack_id, at);
