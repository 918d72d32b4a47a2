-- The schema after all migrations. Made by dumpSchema; a test compares it with a fresh database.

CREATE TABLE accounts (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE arrivals (
  minute INTEGER PRIMARY KEY,  -- minutes since 1970
  count  INTEGER NOT NULL
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

CREATE TABLE migrations (
        number     INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        applied_at INTEGER NOT NULL
      ) STRICT;

CREATE TABLE one_time_secrets (
  hash       TEXT PRIMARY KEY,
  purpose    TEXT NOT NULL,
  data       TEXT NOT NULL,
  expires_at INTEGER NOT NULL
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
  last_report_at     INTEGER,
  UNIQUE (account_id, name)
) STRICT;

CREATE TABLE report_data (
  report_id  INTEGER PRIMARY KEY,  -- reports.id
  compressed INTEGER NOT NULL,     -- 1: one zstd frame over all of it
  data       BLOB NOT NULL
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
) STRICT;

CREATE TABLE search_pending (
  report_id INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE sessions (
  id_hash    TEXT PRIMARY KEY,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  csrf       TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id        INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash           TEXT NOT NULL UNIQUE,
  label          TEXT NOT NULL,
  role           TEXT NOT NULL,
  sees_protected INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER,
  last_used_at   INTEGER
) STRICT;

CREATE TABLE totals (
  one                 INTEGER PRIMARY KEY CHECK (one = 1),
  report_folder_bytes INTEGER NOT NULL,
  blob_file_bytes     INTEGER NOT NULL,
  pruned              INTEGER NOT NULL  -- reports removed by size or age, ever
) STRICT;

CREATE TABLE users (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  email          TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name           TEXT NOT NULL,
  role           TEXT NOT NULL,
  sees_protected INTEGER NOT NULL,
  password_hash  TEXT NOT NULL,
  created_at     INTEGER NOT NULL,
  disabled       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX blobs_by_file ON blobs (file) WHERE file IS NOT NULL;

CREATE INDEX kinds_by_fields ON kinds (product_id, protocol, version, platform, mixed);

CREATE INDEX kinds_by_platform ON kinds (platform);

CREATE INDEX kinds_by_version ON kinds (version);

CREATE UNIQUE INDEX reports_by_crash_id ON reports (crash_id);

CREATE UNIQUE INDEX reports_by_identity ON reports (identity) WHERE identity IS NOT NULL;

CREATE INDEX reports_by_installation ON reports (installation) WHERE installation IS NOT NULL;

CREATE INDEX reports_by_kind ON reports (kind_id, state);

CREATE INDEX reports_by_token ON reports (token) WHERE token IS NOT NULL;

CREATE INDEX reports_loose_by_platform ON reports (platform, kind_id, state) WHERE loose = 1;

CREATE INDEX reports_loose_by_version ON reports (version, kind_id, state) WHERE loose = 1;

CREATE INDEX reports_pinned ON reports (id) WHERE pinned = 1;

CREATE INDEX reports_with_folder ON reports (folder_bytes) WHERE folder_bytes > 0;

CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE INDEX tokens_by_user ON tokens (user_id);
