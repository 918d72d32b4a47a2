-- The schema after all migrations. Made by dumpSchema; a test compares it with a fresh database.

CREATE TABLE account_names (
  name       TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
, closed_at INTEGER) STRICT;

CREATE TABLE alert_log (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  rule_id  INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  what     TEXT NOT NULL CHECK (what IN ('fired', 'ended')),
  outcome  TEXT NOT NULL CHECK (outcome IN ('told', 'held', 'muted', 'logged')),
  told_at  INTEGER,               -- the moment of the message that told it
  finding  TEXT NOT NULL          -- JSON
) STRICT;

CREATE TABLE alert_rules (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id     INTEGER,           -- whose rights it is evaluated with; null: nobody's
  name         TEXT NOT NULL,
  account      TEXT NOT NULL,
  product      TEXT,              -- null: every product of the account
  fields       TEXT NOT NULL,     -- JSON: what a person decided (AlertRuleFields)
  protected    INTEGER NOT NULL,  -- 1: the search names protected keys
  enabled      INTEGER NOT NULL,
  changed_at   INTEGER NOT NULL,
  revision     INTEGER NOT NULL,
  evaluated_to INTEGER NOT NULL,  -- moments up to this one are evaluated
  state        TEXT NOT NULL      -- JSON: where it stands (AlertState)
) STRICT;

CREATE TABLE arrivals (
  minute INTEGER PRIMARY KEY,  -- minutes since 1970
  count  INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,  -- milliseconds since 1970
  person  INTEGER,           -- users.id, which outlives the person as a number
  way     TEXT NOT NULL,
  token   INTEGER,           -- tokens.id
  what    TEXT NOT NULL,
  object  TEXT NOT NULL,
  network TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
  detail  TEXT NOT NULL,     -- JSON object
  hash    TEXT NOT NULL      -- SHA-256 over the hash before and this line
) STRICT;

CREATE TABLE audit_start (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  id   INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;

CREATE TABLE blobs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id INTEGER NOT NULL REFERENCES products (id),
  hash       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  size       INTEGER NOT NULL,
  file       TEXT,              -- name of the file under blobs/; null: the bytes are in data
  file_bytes INTEGER NOT NULL,  -- disk space of the file
  data       BLOB,
  UNIQUE (product_id, hash)
) STRICT;

CREATE TABLE bug_days (
  bug_id INTEGER NOT NULL,
  day    INTEGER NOT NULL,
  count  INTEGER NOT NULL,
  PRIMARY KEY (bug_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE bug_events (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  bug_id INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  by     TEXT,  -- null: Mayday itself
  what   TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE bug_frames (
  product_id INTEGER NOT NULL,
  frame      INTEGER NOT NULL,
  bug_id     INTEGER NOT NULL,
  PRIMARY KEY (product_id, frame, bug_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE bug_installations (
  bug_id       INTEGER NOT NULL,
  installation BLOB NOT NULL,
  count        INTEGER NOT NULL,
  PRIMARY KEY (bug_id, installation)
) STRICT, WITHOUT ROWID;

CREATE TABLE bug_keys (
  product_id INTEGER NOT NULL,
  key        TEXT NOT NULL,
  case_key   TEXT NOT NULL,
  bug_id     INTEGER NOT NULL,
  first_bug  INTEGER NOT NULL,  -- where it led at first
  PRIMARY KEY (product_id, key, case_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE bug_series (
  bug_id      INTEGER NOT NULL,
  day         INTEGER NOT NULL,
  version_id  INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (bug_id, version_id, day, platform_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE bug_stacks (
  bug_id     INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL,
  frames     TEXT NOT NULL  -- JSON array of 32-bit hashes, innermost first
) STRICT;

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

CREATE TABLE bulk_acts (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  by        TEXT NOT NULL,
  change    TEXT NOT NULL,     -- JSON of BulkChange
  bugs      TEXT NOT NULL,     -- JSON array of bugs.id, in the order in which they have their turn
  size      INTEGER NOT NULL,  -- how many they are
  done      INTEGER NOT NULL,
  changed   INTEGER NOT NULL,
  undone_at INTEGER,
  undone_by TEXT,
  restored  INTEGER NOT NULL,
  kept      INTEGER NOT NULL
) STRICT;

CREATE TABLE bulk_changes (
  act_id  INTEGER NOT NULL,
  turn    INTEGER NOT NULL,
  bug_id  INTEGER NOT NULL,
  outcome TEXT NOT NULL,       -- JSON: what it changed, before and after
  events  TEXT NOT NULL,       -- JSON array of bug_events.id: the lines that it wrote
  PRIMARY KEY (act_id, turn)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_changes (
  times INTEGER NOT NULL
) STRICT;

CREATE TABLE case_installations (
  case_id      INTEGER NOT NULL,
  installation BLOB NOT NULL,
  count        INTEGER NOT NULL,
  PRIMARY KEY (case_id, installation)
) STRICT, WITHOUT ROWID;

CREATE TABLE case_series (
  case_id     INTEGER NOT NULL,
  day         INTEGER NOT NULL,
  version_id  INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (case_id, day, version_id, platform_id)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE client_counts (
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  day        INTEGER NOT NULL,  -- days since 1970
  fate       TEXT NOT NULL,     -- ClientFate
  kind       TEXT NOT NULL,     -- item type, category or name of the filter
  reason     TEXT NOT NULL,
  sdk        TEXT NOT NULL,
  count      INTEGER NOT NULL,
  PRIMARY KEY (product_id, day, fate, kind, reason, sdk)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE data_keys (
  number     INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,  -- eight hex digits
  wrapped    TEXT NOT NULL,         -- sealed by a key of the operator, as secrets are
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE deliveries (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  channel      TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
  target       TEXT NOT NULL,
  notice       TEXT NOT NULL,
  bug_id       INTEGER,
  payload      TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  due_at       INTEGER NOT NULL,  -- moves ahead by the lease when the message is taken
  attempts     INTEGER NOT NULL DEFAULT 0,
  state        TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'given_up')),
  last_error   TEXT,
  delivered_at INTEGER,
  ended_at     INTEGER,           -- delivered or given up
  once_key     TEXT UNIQUE
, alert_id INTEGER, alert_at INTEGER, again_at INTEGER) STRICT;

CREATE TABLE departures (
  from_bug INTEGER NOT NULL,
  to_bug   INTEGER NOT NULL,
  PRIMARY KEY (from_bug, to_bug)
) STRICT, WITHOUT ROWID;

CREATE TABLE erased (
  n    INTEGER PRIMARY KEY AUTOINCREMENT,
  id   BLOB NOT NULL UNIQUE,
  at   INTEGER NOT NULL,
  what TEXT NOT NULL  -- JSON of ErasedWhat; empty: a report
) STRICT;

CREATE TABLE erasure_reports (
  erasure_id INTEGER NOT NULL,
  crash_id   TEXT NOT NULL,
  PRIMARY KEY (erasure_id, crash_id)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE fact_keys (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  section   TEXT NOT NULL,
  name      TEXT NOT NULL,
  protected INTEGER NOT NULL,  -- 1: it stood in a protected section, if only once
  UNIQUE (section, name)
) STRICT;

CREATE TABLE facts_dead (
  product_id INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  PRIMARY KEY (product_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE facts_moved (
  product_id INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  case_id    INTEGER NOT NULL,
  PRIMARY KEY (product_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE facts_tail (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id INTEGER NOT NULL,
  facts      TEXT NOT NULL  -- JSON: [key, value, key, value, …]
) STRICT;

CREATE TABLE facts_thin (
  product_id INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  PRIMARY KEY (product_id, seq)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE grants (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  product_id     INTEGER REFERENCES products (id) ON DELETE CASCADE,  -- null: every product of the account, new ones too
  user_id        INTEGER REFERENCES users (id) ON DELETE CASCADE,     -- neither user nor team: everybody of the account
  team_id        INTEGER REFERENCES teams (id) ON DELETE CASCADE,
  role           TEXT NOT NULL CHECK (role IN ('read', 'triage', 'admin')),
  sees_protected INTEGER NOT NULL,
  sees_dumps     INTEGER NOT NULL,
  CHECK (user_id IS NULL OR team_id IS NULL)
) STRICT;

CREATE TABLE identities (
  issuer     TEXT NOT NULL,
  subject    TEXT NOT NULL,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  outcome  TEXT NOT NULL,
  protocol TEXT,
  entry    TEXT NOT NULL  -- JSON of InboxEntry
) STRICT;

CREATE TABLE installations (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id INTEGER NOT NULL REFERENCES products (id),
  cookie     TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE joined_attachments (
  blob_id      INTEGER PRIMARY KEY REFERENCES blobs (id) ON DELETE CASCADE,
  product_id   INTEGER NOT NULL,
  identity     BLOB NOT NULL,     -- as in reports
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL,     -- AttachmentKind
  filename     TEXT,
  content_type TEXT,
  size         INTEGER NOT NULL,
  sha256       TEXT NOT NULL,
  coding       TEXT NOT NULL,     -- raw or frames, as in reports.attachments
  stored       INTEGER NOT NULL   -- bytes that it takes where it lies
) STRICT;

CREATE TABLE key_callers (
  product_id INTEGER NOT NULL,
  key        TEXT NOT NULL,
  caller     TEXT NOT NULL,     -- the key with the caller in it; '': the crash has none
  count      INTEGER NOT NULL,
  PRIMARY KEY (product_id, key, caller)
) STRICT, WITHOUT ROWID;

CREATE TABLE kinds (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id INTEGER NOT NULL REFERENCES products (id),
  protocol   TEXT NOT NULL,
  version    TEXT,
  platform   TEXT,
  mixed      INTEGER NOT NULL DEFAULT 0,
  queued     INTEGER NOT NULL DEFAULT 0,  -- stored reports by state
  deferred   INTEGER NOT NULL DEFAULT 0,
  processed  INTEGER NOT NULL DEFAULT 0,
  failed     INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE labels (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id    INTEGER NOT NULL REFERENCES products (id),
  what          TEXT NOT NULL CHECK (what IN ('version', 'platform')),
  name          TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL,
  UNIQUE (product_id, what, name)
) STRICT;

CREATE TABLE members (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  is_admin   INTEGER NOT NULL,
  PRIMARY KEY (account_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE merges (
  from_bug   INTEGER PRIMARY KEY,
  into_bug   INTEGER NOT NULL,
  cases      TEXT NOT NULL,     -- cases.id
  last_case  INTEGER NOT NULL,  -- the highest cases.id of the time
  keys       TEXT NOT NULL,     -- [key, case_key]
  events     TEXT NOT NULL,     -- bug_events.id
  duplicates TEXT NOT NULL,     -- bugs.id that had been merged into it
  from_count INTEGER NOT NULL,
  into_count INTEGER NOT NULL,
  seen       TEXT NOT NULL      -- JSON: message, path, roles and severity of the bug that it went into
) STRICT;

CREATE TABLE migrations (
        number     INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        applied_at INTEGER NOT NULL
      ) STRICT;

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

CREATE TABLE one_time_secrets (
  hash       TEXT PRIMARY KEY,
  purpose    TEXT NOT NULL,
  data       TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE packs (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL UNIQUE,        -- of the file below packs/
  created_at INTEGER NOT NULL,            -- milliseconds since 1970, UTC
  bytes      INTEGER NOT NULL DEFAULT 0,  -- up to the end of the last entry that a report was committed with
  live       INTEGER NOT NULL DEFAULT 0,  -- sum of report_packs.bytes
  erased     INTEGER NOT NULL DEFAULT 0,  -- bytes of entries whose reports are gone: overwritten, or noted to be
  retired    INTEGER NOT NULL DEFAULT 0   -- 1: its entries are being moved away, and no report is committed with another one
) STRICT;

CREATE TABLE processed_reports (
  report_id    INTEGER PRIMARY KEY,  -- reports.id
  processor    TEXT NOT NULL,
  processed_at INTEGER NOT NULL,
  bytes        INTEGER NOT NULL,     -- length of the JSON
  data         BLOB NOT NULL         -- one zstd frame over the JSON of ProcessedReport
, lease_id TEXT, events TEXT) STRICT;

CREATE TABLE product_installations (
  product_id   INTEGER NOT NULL,
  installation BLOB NOT NULL,
  count        INTEGER NOT NULL,
  last_day     INTEGER NOT NULL,
  PRIMARY KEY (product_id, installation)
) STRICT, WITHOUT ROWID;

CREATE TABLE product_keys (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id   INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  key          TEXT NOT NULL UNIQUE,         -- 32 lower-case hexadecimal digits
  label        TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  enabled      INTEGER NOT NULL DEFAULT 1,
  per_minute   INTEGER                       -- events a minute; null: no limit
) STRICT;

CREATE TABLE product_packages (
  product_id INTEGER NOT NULL,
  package    TEXT NOT NULL,     -- 'java:org.apache.shop'; '': crashes that have frames of their own
  count      INTEGER NOT NULL,
  learned_at INTEGER,           -- since when it is taken for the product's own
  PRIMARY KEY (product_id, package)
) STRICT, WITHOUT ROWID;

CREATE TABLE product_rules (
  product_id  INTEGER PRIMARY KEY REFERENCES products (id),
  reopen_mode TEXT NOT NULL,
  rules       TEXT NOT NULL  -- JSON of ProductRules
) STRICT;

CREATE TABLE product_series (
  product_id  INTEGER NOT NULL,
  day         INTEGER NOT NULL,
  version_id  INTEGER NOT NULL,
  platform_id INTEGER NOT NULL,
  count       INTEGER NOT NULL,
  PRIMARY KEY (product_id, day, version_id, platform_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
  id                 INTEGER PRIMARY KEY,
  account_id         INTEGER NOT NULL REFERENCES accounts (id),
  name               TEXT NOT NULL,
  created_at         INTEGER NOT NULL,
  automatic          INTEGER NOT NULL,            -- 1: made by its first report
  require_key        INTEGER NOT NULL DEFAULT 0,
  upload_key         TEXT UNIQUE,
  public_annotations TEXT NOT NULL DEFAULT '[]',  -- JSON array of names
  keep_days          INTEGER,
  last_report_at     INTEGER, installations INTEGER NOT NULL DEFAULT 0, dsn_id INTEGER, client_rules TEXT NOT NULL DEFAULT '{}', stored_bytes INTEGER NOT NULL DEFAULT 0, data_rules TEXT NOT NULL DEFAULT '{}',
  UNIQUE (account_id, name)
) STRICT;

CREATE TABLE recovery_codes (
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash    TEXT NOT NULL,  -- SHA-256, hex
  PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_commits (
  release_id INTEGER NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  position   INTEGER NOT NULL,  -- as the tool listed them
  commit_id  TEXT NOT NULL,
  repository TEXT,
  author     TEXT,
  message    TEXT NOT NULL,
  at         INTEGER, paths TEXT NOT NULL DEFAULT '[]', paths_left INTEGER NOT NULL DEFAULT 0,
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

CREATE TABLE release_users (
  product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  version     TEXT NOT NULL,
  user        INTEGER NOT NULL,
  first_day   INTEGER NOT NULL,  -- days since 1970
  crashed_day INTEGER,           -- of the first crashed session; null: none
  PRIMARY KEY (product_id, version, user)
) STRICT, WITHOUT ROWID;

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

CREATE TABLE removals (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  target   TEXT NOT NULL,     -- a file or folder, relative to the data folder, with / between names
  bytes    INTEGER NOT NULL,  -- disk space that it takes, as far as it was counted
  noted_at INTEGER NOT NULL,  -- milliseconds since 1970, UTC
  due_at   INTEGER NOT NULL   -- moves ahead when a removal fails
) STRICT;

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
  moved_at     INTEGER, seq INTEGER,
  PRIMARY KEY (report_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE report_data (
  report_id  INTEGER PRIMARY KEY,  -- reports.id
  compressed INTEGER NOT NULL,     -- 1: one zstd frame over all of it
  data       BLOB NOT NULL
) STRICT;

CREATE TABLE report_missing (
  report_id  INTEGER NOT NULL,
  missing_id INTEGER NOT NULL,
  PRIMARY KEY (report_id, missing_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE report_packs (
  report_id INTEGER PRIMARY KEY,  -- reports.id
  pack_id   INTEGER NOT NULL,     -- packs.id
  at        INTEGER NOT NULL,     -- where the head of its entry begins
  bytes     INTEGER NOT NULL      -- of the entry
) STRICT;

CREATE VIRTUAL TABLE report_words USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, tokenize = 'unicode61 remove_diacritics 0'
);

CREATE TABLE reports (
  id               INTEGER PRIMARY KEY,
  crash_id         TEXT NOT NULL,
  kind_id          INTEGER NOT NULL,           -- kinds.id
  state            TEXT NOT NULL CHECK (state IN ('queued', 'deferred', 'processed', 'failed')),
  loose            INTEGER NOT NULL,           -- 1: the kind is a mixed one
  attempts         INTEGER NOT NULL DEFAULT 0, -- times that processing was tried
  lease_until      INTEGER,                    -- a worker has it until then (milliseconds since 1970)
  pinned           INTEGER NOT NULL DEFAULT 0, -- 1: pruned last
  schema           INTEGER NOT NULL,           -- REPORT_SCHEMA when it was stored
  received_at      INTEGER NOT NULL,           -- milliseconds since 1970, UTC
  version          TEXT,
  platform         TEXT,
  identity         BLOB,                       -- first 16 bytes of SHA-256 of the client identity
  installation     TEXT,
  token            TEXT,
  payload_kind     TEXT NOT NULL,
  encoding         TEXT NOT NULL,
  body_bytes       INTEGER NOT NULL,
  user_agent       TEXT,
  client_hash      TEXT,
  throttle_rule    TEXT NOT NULL,
  throttle_action  TEXT NOT NULL,
  folder_bytes     INTEGER NOT NULL,           -- disk space of the report's folder; 0: it has none
  attachment_bytes INTEGER NOT NULL,           -- sum of the original sizes
  attachment_count INTEGER NOT NULL,
  note_count       INTEGER NOT NULL,
  jami             TEXT,                       -- JSON object, for the list
  notes            TEXT NOT NULL,              -- JSON array of sentences
  attachments      TEXT NOT NULL,              -- JSON array, in the order of arrival
  annotations      TEXT NOT NULL               -- JSON array of [key, value]
, lease_id TEXT, failure TEXT, origin TEXT, seal INTEGER, installation_number INTEGER, gone TEXT) STRICT;

CREATE TABLE saved_searches (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  owner      TEXT NOT NULL,     -- who saved it, by e-mail address
  name       TEXT NOT NULL,
  page       TEXT NOT NULL,     -- the page that it belongs to: search, bugs, reports
  query      TEXT NOT NULL,     -- the query string of that page
  shared     INTEGER NOT NULL,  -- 1: everybody sees it; what it finds depends on who asks
  changed_at INTEGER NOT NULL,  -- milliseconds since 1970
  UNIQUE (owner, name)
) STRICT;

CREATE TABLE search_pending (
  report_id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE second_factors (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind IN ('totp', 'passkey')),
  label      TEXT NOT NULL,
  secret     TEXT NOT NULL,     -- totp: the seed, sealed; passkey: the public key
  credential TEXT UNIQUE,       -- passkey: its id
  counter    INTEGER NOT NULL,  -- totp: the last time step that was used; passkey: its count of signatures
  created_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT;

CREATE TABLE segment_columns (
  segment_id INTEGER NOT NULL,
  key_id     INTEGER NOT NULL,
  data       BLOB NOT NULL,
  PRIMARY KEY (segment_id, key_id)
) STRICT;

CREATE TABLE segments (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id    INTEGER NOT NULL,
  first_seq     INTEGER NOT NULL,
  last_seq      INTEGER NOT NULL,
  rows          INTEGER NOT NULL,
  from_received INTEGER NOT NULL,
  to_received   INTEGER NOT NULL
) STRICT;

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

CREATE TABLE session_users (
  product_id  INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  day         INTEGER NOT NULL,
  release     TEXT NOT NULL,
  environment TEXT NOT NULL,
  user        BLOB NOT NULL,
  crashed     INTEGER NOT NULL,
  PRIMARY KEY (product_id, day, release, environment, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id_hash    TEXT PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  csrf       TEXT NOT NULL,
  expires_at INTEGER NOT NULL
, created_at INTEGER NOT NULL DEFAULT 0, seen_at INTEGER NOT NULL DEFAULT 0, proven_at INTEGER NOT NULL DEFAULT 0, network TEXT NOT NULL DEFAULT '', agent TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE stale_bugs (
  bug_id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE stale_installations (
  product_id   INTEGER NOT NULL,
  installation BLOB NOT NULL,
  nobody       BLOB NOT NULL,  -- what stands for it then
  PRIMARY KEY (product_id, installation)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriptions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  account    TEXT NOT NULL,
  product    TEXT,           -- null: every product of the account
  notices    TEXT NOT NULL,  -- JSON array
  quiet_from INTEGER,        -- hours of the day (UTC); null: no quiet hours
  quiet_to   INTEGER
, search TEXT) STRICT;

CREATE TABLE symbol_accounts (
  symbol_id  INTEGER NOT NULL REFERENCES symbols (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (symbol_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE symbols (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  debug_file    TEXT NOT NULL,
  debug_id      TEXT NOT NULL,   -- upper case
  revision      TEXT NOT NULL,   -- part of the names of the two files
  os            TEXT NOT NULL,
  cpu           TEXT NOT NULL,
  code_file     TEXT,
  code_id       TEXT,
  generator     TEXT,
  product       TEXT,            -- null: any
  uploaded_at   INTEGER NOT NULL,
  uploaded_by   TEXT NOT NULL,
  text_bytes    INTEGER NOT NULL,
  stored_bytes  INTEGER NOT NULL,
  index_bytes   INTEGER NOT NULL,
  sha256        TEXT NOT NULL,   -- of the text
  damaged_lines INTEGER NOT NULL,
  has_cfi       INTEGER NOT NULL,
  source        TEXT NOT NULL,
  last_used_at  INTEGER,
  size          INTEGER AS (stored_bytes + index_bytes) VIRTUAL, format TEXT NOT NULL DEFAULT 'sym', gives TEXT NOT NULL DEFAULT '', wants TEXT NOT NULL DEFAULT '[]',
  UNIQUE (debug_file, debug_id)
) STRICT;

CREATE TABLE team_members (
  team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE, provider TEXT,
  PRIMARY KEY (team_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE teams (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  UNIQUE (account_id, name)
) STRICT;

CREATE TABLE ticket_claims (
  bug_id INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  state  TEXT NOT NULL CHECK (state IN ('asking', 'unknown')),
  fault  TEXT
) STRICT;

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

CREATE TABLE "tokens" (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER REFERENCES users (id) ON DELETE CASCADE,     -- null: a service token
  account_id   INTEGER REFERENCES accounts (id) ON DELETE CASCADE,  -- of a service token
  hash         TEXT NOT NULL UNIQUE,
  label        TEXT NOT NULL,
  scopes       TEXT NOT NULL,  -- JSON array
  products     TEXT,           -- JSON array of products.id; null: all that its owner has
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  CHECK ((user_id IS NULL) <> (account_id IS NULL))
) STRICT;

CREATE TABLE totals (
  one                 INTEGER PRIMARY KEY CHECK (one = 1),
  report_folder_bytes INTEGER NOT NULL,
  blob_file_bytes     INTEGER NOT NULL,
  pruned              INTEGER NOT NULL  -- reports removed by size or age, ever
) STRICT;

CREATE TABLE trackers (
  product_id INTEGER PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
  settings   TEXT NOT NULL,  -- JSON, without the token
  token      TEXT
) STRICT;

CREATE TABLE untold (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  bug_id INTEGER NOT NULL,
  event  TEXT NOT NULL CHECK (event IN ('new', 'reopened', 'recurring')),
  at     INTEGER NOT NULL,
  UNIQUE (bug_id, event)
) STRICT;

CREATE TABLE users (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  email          TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name           TEXT NOT NULL,
  password_hash  TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  disabled       INTEGER NOT NULL DEFAULT 0
, is_admin INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE webhooks (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  product TEXT,
  url     TEXT NOT NULL,
  secret  TEXT NOT NULL,
  format  TEXT NOT NULL,
  notices TEXT NOT NULL,    -- JSON array
  enabled INTEGER NOT NULL
, search TEXT, room TEXT, token TEXT) STRICT;

CREATE TABLE words_left (
  from_bug INTEGER NOT NULL,
  to_bug   INTEGER NOT NULL,
  PRIMARY KEY (from_bug, to_bug)
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_log_by_rule ON alert_log (rule_id, at);

CREATE INDEX alert_rules_by_owner ON alert_rules (owner_id);

CREATE INDEX alert_rules_by_product ON alert_rules (account, product);

CREATE INDEX audit_by_age ON audit (at);

CREATE INDEX audit_by_object ON audit (object);

CREATE INDEX audit_by_person ON audit (person) WHERE person IS NOT NULL;

CREATE TRIGGER audit_goes_by_age BEFORE DELETE ON audit
WHEN OLD.id > (SELECT id FROM audit_start) BEGIN
  SELECT RAISE(ABORT, 'only the oldest lines of the audit log go');
END;

CREATE TRIGGER audit_start_rises BEFORE UPDATE ON audit_start WHEN NEW.id <= OLD.id BEGIN
  SELECT RAISE(ABORT, 'what the audit log has forgotten stays forgotten');
END;

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'lines of the audit log are not changed');
END;

CREATE INDEX blobs_by_file ON blobs (file) WHERE file IS NOT NULL;

CREATE INDEX bug_events_by_bug ON bug_events (bug_id);

CREATE INDEX bug_events_reopened ON bug_events (at) WHERE what = 'reopened' AND by IS NULL;

CREATE INDEX bug_frames_of_bug ON bug_frames (bug_id);

CREATE INDEX bug_keys_by_bug ON bug_keys (bug_id);

CREATE TRIGGER bug_keys_go AFTER DELETE ON bug_keys WHEN OLD.case_key = '' BEGIN
  DELETE FROM key_callers WHERE product_id = OLD.product_id AND key = OLD.key;
END;

CREATE INDEX bug_series_by_platform ON bug_series (platform_id);

CREATE INDEX bug_series_by_version ON bug_series (version_id);

CREATE TRIGGER bug_stacks_go AFTER DELETE ON bugs BEGIN
  DELETE FROM bug_stacks WHERE bug_id = OLD.id;
  DELETE FROM bug_frames WHERE bug_id = OLD.id;
END;

CREATE INDEX bug_stacks_of_product ON bug_stacks (product_id);

CREATE INDEX bugs_by_count ON bugs (shelf, count);

CREATE INDEX bugs_by_creation ON bugs (product_id, created_at);

CREATE INDEX bugs_by_first_seen ON bugs (shelf, first_seen_at);

CREATE INDEX bugs_by_installations ON bugs (shelf, installations);

CREATE INDEX bugs_by_last_seen ON bugs (shelf, last_seen_at);

CREATE INDEX bugs_by_newest_report ON bugs (newest_report_id, state) WHERE newest_report_id IS NOT NULL;

CREATE INDEX bugs_by_ticket ON bugs (product_id, ticket) WHERE ticket IS NOT NULL;

CREATE INDEX bugs_by_title ON bugs (shelf, title COLLATE NOCASE);

CREATE INDEX bugs_by_week ON bugs (shelf, last_week, fresh, count);

CREATE INDEX bugs_duplicates ON bugs (duplicate_of) WHERE duplicate_of IS NOT NULL;

CREATE TRIGGER bugs_gone AFTER DELETE ON bugs BEGIN
  UPDATE case_changes SET times = times + 1;
END;

CREATE INDEX bugs_ignored_until ON bugs (ignored_until) WHERE state = 'ignored' AND ignored_until IS NOT NULL;

CREATE TRIGGER bugs_joined AFTER UPDATE OF duplicate_of ON bugs WHEN OLD.duplicate_of IS NOT NEW.duplicate_of BEGIN
  UPDATE case_changes SET times = times + 1;
END;

CREATE INDEX bugs_made_for ON bugs (made_for) WHERE made_for IS NOT NULL;

CREATE INDEX bugs_of_assignee ON bugs (assignee, shelf) WHERE assignee IS NOT NULL;

CREATE INDEX bugs_of_product_by_count ON bugs (product_id, shelf, count);

CREATE INDEX bugs_of_product_by_first_seen ON bugs (product_id, shelf, first_seen_at);

CREATE INDEX bugs_of_product_by_installations ON bugs (product_id, shelf, installations);

CREATE INDEX bugs_of_product_by_last_seen ON bugs (product_id, shelf, last_seen_at);

CREATE INDEX bugs_of_product_by_title ON bugs (product_id, shelf, title COLLATE NOCASE);

CREATE INDEX bugs_of_product_by_week ON bugs (product_id, shelf, last_week, fresh, count);

CREATE INDEX bugs_of_product_reopened ON bugs (product_id, reopened_at) WHERE reopened_at IS NOT NULL;

CREATE INDEX bugs_without_report ON bugs (last_seen_at) WHERE newest_report_id IS NULL AND duplicate_of IS NULL;

CREATE TRIGGER bulk_acts_go AFTER DELETE ON bulk_acts BEGIN
  DELETE FROM bulk_changes WHERE act_id = OLD.id;
END;

CREATE INDEX cases_by_bug ON cases (bug_id, case_key);

CREATE TRIGGER cases_moved AFTER UPDATE OF bug_id ON cases WHEN OLD.bug_id <> NEW.bug_id BEGIN
  UPDATE case_changes SET times = times + 1;
END;

CREATE INDEX client_sessions_by_day ON client_sessions (day);

CREATE INDEX deliveries_by_alert ON deliveries (alert_id, alert_at) WHERE alert_id IS NOT NULL;

CREATE INDEX deliveries_by_target ON deliveries (channel, target);

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'due';

CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX departures_by_target ON departures (to_bug);

CREATE INDEX erased_beside_reports ON erased (n) WHERE what <> '';

CREATE INDEX facts_tail_of_product ON facts_tail (product_id, seq);

CREATE INDEX feedback_by_identity ON feedback (identity) WHERE identity IS NOT NULL;

CREATE INDEX feedback_by_product ON feedback (product_id, id);

CREATE UNIQUE INDEX grants_by_place ON grants (account_id, ifnull(product_id, 0), ifnull(user_id, 0), ifnull(team_id, 0));

CREATE INDEX grants_by_product ON grants (product_id) WHERE product_id IS NOT NULL;

CREATE INDEX grants_by_team ON grants (team_id) WHERE team_id IS NOT NULL;

CREATE INDEX grants_by_user ON grants (user_id) WHERE user_id IS NOT NULL;

CREATE INDEX identities_by_user ON identities (user_id);

CREATE INDEX installations_of_product ON installations (product_id, created_at);

CREATE INDEX joined_attachments_by_identity ON joined_attachments (identity);

CREATE INDEX joined_attachments_of_product ON joined_attachments (product_id, blob_id);

CREATE INDEX kinds_by_fields ON kinds (product_id, protocol, version, platform, mixed);

CREATE INDEX kinds_by_platform ON kinds (platform);

CREATE INDEX kinds_by_version ON kinds (version);

CREATE INDEX members_by_user ON members (user_id);

CREATE TRIGGER merges_go AFTER DELETE ON bugs BEGIN
  DELETE FROM merges WHERE from_bug = OLD.id OR into_bug = OLD.id;
END;

CREATE INDEX merges_into ON merges (into_bug);

CREATE INDEX missing_symbols_by_reports ON missing_symbols (reports, last_seen_at);

CREATE INDEX product_installations_by_day ON product_installations (product_id, last_day);

CREATE INDEX product_keys_by_product ON product_keys (product_id);

CREATE INDEX release_deploys_of_release ON release_deploys (release_id, id);

CREATE INDEX release_users_by_day ON release_users (first_day);

CREATE INDEX removals_by_due ON removals (due_at);

CREATE INDEX report_crashes_by_case ON report_crashes (case_id, report_id, version_id, platform_id);

CREATE INDEX report_crashes_without_facts ON report_crashes (report_id) WHERE seq IS NULL;

CREATE INDEX report_missing_by_missing ON report_missing (missing_id, report_id);

CREATE INDEX report_packs_by_pack ON report_packs (pack_id, at);

CREATE UNIQUE INDEX reports_by_crash_id ON reports (crash_id);

CREATE UNIQUE INDEX reports_by_identity ON reports (identity) WHERE identity IS NOT NULL;

CREATE INDEX reports_by_installation ON reports (installation_number) WHERE installation_number IS NOT NULL;

CREATE INDEX reports_by_kind ON reports (kind_id, state);

CREATE INDEX reports_by_token ON reports (token) WHERE token IS NOT NULL;

CREATE INDEX reports_loose_by_platform ON reports (platform, kind_id, state) WHERE loose = 1;

CREATE INDEX reports_loose_by_version ON reports (version, kind_id, state) WHERE loose = 1;

CREATE INDEX reports_pinned ON reports (id) WHERE pinned = 1;

CREATE INDEX reports_queue_fresh ON reports (id) WHERE state = 'queued' AND lease_until IS NULL;

CREATE INDEX reports_queue_later ON reports (lease_until, lease_id)
  WHERE state = 'queued' AND lease_until IS NOT NULL;

CREATE INDEX reports_with_folder ON reports (folder_bytes) WHERE folder_bytes > 0;

CREATE INDEX second_factors_by_user ON second_factors (user_id);

CREATE INDEX segments_of_product ON segments (product_id, last_seq);

CREATE INDEX session_users_by_day ON session_users (day);

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TRIGGER stale_bugs_go AFTER DELETE ON bugs BEGIN
  DELETE FROM stale_bugs WHERE bug_id = OLD.id;
END;

CREATE UNIQUE INDEX subscriptions_by_wish ON subscriptions (user_id, account, ifnull(product, ''));

CREATE INDEX symbol_accounts_by_account ON symbol_accounts (account_id);

CREATE INDEX symbols_by_age ON symbols (uploaded_at);

CREATE INDEX symbols_by_code_id ON symbols (lower(code_id), lower(code_file)) WHERE code_id IS NOT NULL;

CREATE INDEX symbols_by_debug_id ON symbols (debug_id);

CREATE INDEX symbols_by_size ON symbols (size);

CREATE INDEX symbols_of_product ON symbols (product) WHERE product IS NOT NULL;

CREATE INDEX symbols_wanting_shared ON symbols (id) WHERE instr(wants, '"shared"') > 0;

CREATE INDEX team_members_by_user ON team_members (user_id);

CREATE INDEX ticket_messages_due ON ticket_messages (due_at) WHERE state = 'due';

CREATE INDEX ticket_messages_of_product ON ticket_messages (product_id, id);

CREATE INDEX tickets_due ON tickets (due_at);

CREATE INDEX tokens_by_account ON tokens (account_id) WHERE account_id IS NOT NULL;

CREATE INDEX tokens_by_user ON tokens (user_id) WHERE user_id IS NOT NULL;

CREATE INDEX words_left_by_place ON words_left (to_bug);

CREATE TRIGGER words_left_go AFTER DELETE ON bugs BEGIN
  DELETE FROM words_left WHERE from_bug = OLD.id OR to_bug = OLD.id;
END;

CREATE TRIGGER words_left_with_departures AFTER INSERT ON departures BEGIN
  INSERT OR IGNORE INTO words_left (from_bug, to_bug) VALUES (NEW.from_bug, NEW.to_bug);
END;
