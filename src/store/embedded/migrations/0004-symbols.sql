-- Symbol files: each row owns two files of symbols/<debug file>/<DEBUG ID>/, the compressed text and its index.
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
  size          INTEGER AS (stored_bytes + index_bytes) VIRTUAL,
  UNIQUE (debug_file, debug_id)
) STRICT;

CREATE INDEX symbols_by_code_id ON symbols (lower(code_id), lower(code_file)) WHERE code_id IS NOT NULL;
CREATE INDEX symbols_by_age ON symbols (uploaded_at);
CREATE INDEX symbols_by_size ON symbols (size);
