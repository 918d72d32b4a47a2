-- The queue's leases, processed reports, and bugs with what they count.

-- Leases. lease_until: not due before; a lease's end, the time of a retry, or when the report was put back. Null: due since it arrived.
ALTER TABLE reports ADD COLUMN lease_id TEXT;  -- who may complete it
ALTER TABLE reports ADD COLUMN failure TEXT;   -- why processing failed the last time

CREATE INDEX reports_queue_fresh ON reports (id) WHERE state = 'queued' AND lease_until IS NULL;
CREATE INDEX reports_queue_later ON reports (lease_until, lease_id)
  WHERE state = 'queued' AND lease_until IS NOT NULL;

-- Distinct installations in product_installations.
ALTER TABLE products ADD COLUMN installations INTEGER NOT NULL DEFAULT 0;

CREATE TABLE processed_reports (
  report_id    INTEGER PRIMARY KEY,  -- reports.id
  processor    TEXT NOT NULL,
  processed_at INTEGER NOT NULL,
  bytes        INTEGER NOT NULL,     -- length of the JSON
  data         BLOB NOT NULL         -- one zstd frame over the JSON of ProcessedReport
) STRICT;

-- Versions and platforms that processed reports named, so that series hold numbers. Clients choose them: their number is bounded,
-- and beyond the bound (and for none) a series has 0.
CREATE TABLE labels (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id    INTEGER NOT NULL REFERENCES products (id),
  what          TEXT NOT NULL CHECK (what IN ('version', 'platform')),
  name          TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  UNIQUE (product_id, what, name)
) STRICT;

-- What people decide about a product's bugs.
CREATE TABLE product_rules (
  product_id  INTEGER PRIMARY KEY REFERENCES products (id),
  reopen_mode TEXT NOT NULL,
  rules       TEXT NOT NULL  -- JSON of ProductRules
) STRICT;

-- Everything that a bug counts is the sum of what its cases count; sums that lists and charts need are kept here as well.
CREATE TABLE bugs (
  id                  INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id          INTEGER NOT NULL REFERENCES products (id),
  key                 TEXT NOT NULL,
  source              TEXT NOT NULL,              -- Grouping.source of its first crash
  title               TEXT NOT NULL,
  title_steps         TEXT NOT NULL,              -- JSON array
  kind                TEXT NOT NULL,
  language            TEXT,
  message             TEXT NOT NULL,
  path                TEXT,
  search              TEXT NOT NULL,              -- title and message in lower case
  state               TEXT NOT NULL CHECK (state IN ('open', 'closed', 'ignored')),
  severity            INTEGER NOT NULL,           -- 1: major
  roles               TEXT NOT NULL,              -- JSON array
  count               INTEGER NOT NULL,
  installations       INTEGER NOT NULL,
  value_rows          INTEGER NOT NULL,           -- rows in case_values
  first_seen_at       INTEGER NOT NULL,
  last_seen_at        INTEGER NOT NULL,
  first_version       TEXT,
  last_version        TEXT,
  created_at          INTEGER NOT NULL,
  reopened_at         INTEGER,
  closed_at           INTEGER,
  closed_in_version   TEXT,
  ignored_until       INTEGER,
  ignored_until_count INTEGER,
  assignee            TEXT,
  ticket              TEXT,
  duplicate_of        INTEGER,                    -- merged into that bug, which is not merged itself
  merged_by           TEXT,
  merged_at           INTEGER,
  made_for            INTEGER,                    -- reprocessing made it for reports of that bug
  newest_report_id    INTEGER,                    -- reports.id of the newest report that is still stored
  -- For lists. Weeks are ISO weeks: number 0 begins on Monday 1969-12-29.
  shelf     TEXT AS (CASE WHEN duplicate_of IS NULL AND count > 0 THEN state END) VIRTUAL,
  new_at    INTEGER AS (max(first_seen_at, ifnull(reopened_at, 0))) VIRTUAL,
  last_week INTEGER AS ((last_seen_at / 86400000 + 3) / 7) VIRTUAL,
  fresh     INTEGER AS ((max(first_seen_at, ifnull(reopened_at, 0)) / 86400000 + 3) / 7
                        = (last_seen_at / 86400000 + 3) / 7) VIRTUAL
) STRICT;

CREATE INDEX bugs_by_week ON bugs (shelf, last_week, fresh, count);
CREATE INDEX bugs_by_count ON bugs (shelf, count);
CREATE INDEX bugs_by_last_seen ON bugs (shelf, last_seen_at);
CREATE INDEX bugs_by_first_seen ON bugs (shelf, first_seen_at);
CREATE INDEX bugs_of_product_by_week ON bugs (product_id, shelf, last_week, fresh, count);
CREATE INDEX bugs_of_product_by_count ON bugs (product_id, shelf, count);
CREATE INDEX bugs_of_product_by_last_seen ON bugs (product_id, shelf, last_seen_at);
CREATE INDEX bugs_of_product_by_first_seen ON bugs (product_id, shelf, first_seen_at);
CREATE INDEX bugs_of_product_reopened ON bugs (product_id, reopened_at) WHERE reopened_at IS NOT NULL;
CREATE INDEX bugs_of_assignee ON bugs (assignee, shelf) WHERE assignee IS NOT NULL;
CREATE INDEX bugs_ignored_until ON bugs (ignored_until) WHERE state = 'ignored' AND ignored_until IS NOT NULL;
CREATE INDEX bugs_duplicates ON bugs (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX bugs_made_for ON bugs (made_for) WHERE made_for IS NOT NULL;
CREATE INDEX bugs_without_report ON bugs (last_seen_at) WHERE newest_report_id IS NULL AND duplicate_of IS NULL;
CREATE INDEX bugs_by_newest_report ON bugs (newest_report_id, state) WHERE newest_report_id IS NOT NULL;

-- Which bug a grouping key leads to. case_key '': any case; a row with a case comes first: that case was split off.
CREATE TABLE bug_keys (
  product_id INTEGER NOT NULL,
  key        TEXT NOT NULL,
  case_key   TEXT NOT NULL,
  bug_id     INTEGER NOT NULL,
  first_bug  INTEGER NOT NULL,  -- where it led at first
  PRIMARY KEY (product_id, key, case_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX bug_keys_by_bug ON bug_keys (bug_id);

-- A bug can have several cases of one key after a merge; pages show them as one.
CREATE TABLE cases (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  bug_id        INTEGER NOT NULL,
  case_key      TEXT NOT NULL,  -- '': all cases beyond the bound
  severity      INTEGER NOT NULL,
  context       TEXT,
  count         INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at  INTEGER NOT NULL,
  first_version TEXT,
  last_version  TEXT
) STRICT;

CREATE INDEX cases_by_bug ON cases (bug_id, case_key);

-- What each crash of a stored report contributed, so that it can be taken back exactly. Pruning a report removes its rows here and
-- leaves all counts.
CREATE TABLE report_crashes (
  report_id    INTEGER NOT NULL,  -- reports.id
  position     INTEGER NOT NULL,
  case_id      INTEGER NOT NULL,
  key          TEXT NOT NULL,
  case_key     TEXT NOT NULL,
  signature    TEXT NOT NULL,
  count        INTEGER NOT NULL,
  day          INTEGER NOT NULL,  -- days since 1970
  version_id   INTEGER NOT NULL,  -- labels.id
  platform_id  INTEGER NOT NULL,
  installation BLOB,              -- first 8 bytes of its SHA-256
  value_ids    TEXT NOT NULL,     -- case_values.id, joined by spaces
  moved_by     TEXT,              -- a person filed it under this bug
  moved_at     INTEGER,
  PRIMARY KEY (report_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX report_crashes_by_case ON report_crashes (case_id, report_id);

CREATE TABLE case_series (
  case_id     INTEGER NOT NULL,
  day         INTEGER NOT NULL,
  version_id  INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (case_id, day, version_id, platform_id)
) STRICT, WITHOUT ROWID;

-- By version first: lists ask whether a bug has a version.
CREATE TABLE bug_series (
  bug_id      INTEGER NOT NULL,
  day         INTEGER NOT NULL,
  version_id  INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (bug_id, version_id, day, platform_id)
) STRICT, WITHOUT ROWID;

-- For the bars of the list.
CREATE TABLE bug_days (
  bug_id INTEGER NOT NULL,
  day    INTEGER NOT NULL,
  count  INTEGER NOT NULL,
  PRIMARY KEY (bug_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE product_series (
  product_id  INTEGER NOT NULL,
  day         INTEGER NOT NULL,
  version_id  INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (product_id, day, version_id, platform_id)
) STRICT, WITHOUT ROWID;

-- Installations: count is how many crashes name it, so that it can be taken back.
CREATE TABLE case_installations (
  case_id      INTEGER NOT NULL,
  installation BLOB NOT NULL,
  count        INTEGER NOT NULL,
  PRIMARY KEY (case_id, installation)
) STRICT, WITHOUT ROWID;

CREATE TABLE bug_installations (
  bug_id       INTEGER NOT NULL,
  installation BLOB NOT NULL,
  count        INTEGER NOT NULL,
  PRIMARY KEY (bug_id, installation)
) STRICT, WITHOUT ROWID;

CREATE TABLE product_installations (
  product_id   INTEGER NOT NULL,
  installation BLOB NOT NULL,
  count        INTEGER NOT NULL,
  last_day     INTEGER NOT NULL,
  PRIMARY KEY (product_id, installation)
) STRICT, WITHOUT ROWID;

CREATE INDEX product_installations_by_day ON product_installations (product_id, last_day);

CREATE TABLE case_values (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  case_id   INTEGER NOT NULL,
  section   TEXT NOT NULL,
  key       TEXT NOT NULL,
  rest      INTEGER NOT NULL,  -- 1: all further values of the key; value is ''
  value     TEXT NOT NULL,
  protected INTEGER NOT NULL,
  count     INTEGER NOT NULL,
  UNIQUE (case_id, section, key, rest, value)
) STRICT;

-- Where reprocessing took reports of a bug; forgotten when it succeeded it.
CREATE TABLE departures (
  from_bug INTEGER NOT NULL,
  to_bug   INTEGER NOT NULL,
  PRIMARY KEY (from_bug, to_bug)
) STRICT, WITHOUT ROWID;

-- What filing did to a bug and nobody has been told yet.
CREATE TABLE untold (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  bug_id INTEGER NOT NULL,
  event  TEXT NOT NULL CHECK (event IN ('new', 'reopened', 'recurring')),
  at     INTEGER NOT NULL,
  UNIQUE (bug_id, event)
) STRICT;

CREATE INDEX departures_by_target ON departures (to_bug);

CREATE TABLE bug_events (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  bug_id INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  by     TEXT,  -- null: Mayday itself
  what   TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE INDEX bug_events_by_bug ON bug_events (bug_id);

-- Modules whose symbols stored reports lack.
CREATE TABLE missing_symbols (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  debug_file   TEXT NOT NULL,
  debug_id     TEXT NOT NULL,
  code_file    TEXT,
  code_id      TEXT,
  reports      INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  UNIQUE (debug_id, debug_file)
) STRICT;

CREATE INDEX missing_symbols_by_reports ON missing_symbols (reports, last_seen_at);

CREATE TABLE report_missing (
  report_id  INTEGER NOT NULL,
  missing_id INTEGER NOT NULL,
  PRIMARY KEY (report_id, missing_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX report_missing_by_missing ON report_missing (missing_id, report_id);
