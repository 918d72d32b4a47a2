-- Facts of filed crashes, for searches and counts that answer a filter (docs/decisions: column segments).

-- Keys that reports bring. Numbers below 100 are those of fixed fields (src/search/fields.ts).
CREATE TABLE fact_keys (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  section   TEXT NOT NULL,
  name      TEXT NOT NULL,
  protected INTEGER NOT NULL,  -- 1: it stood in a protected section, if only once
  UNIQUE (section, name)
) STRICT;
INSERT INTO sqlite_sequence (name, seq) VALUES ('fact_keys', 99);

-- A row for each filed crash that no segment holds yet.
CREATE TABLE facts_tail (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id INTEGER NOT NULL,
  facts      TEXT NOT NULL  -- JSON: [key, value, key, value, …]
) STRICT;
CREATE INDEX facts_tail_of_product ON facts_tail (product_id, seq);

-- Rows that were taken back: processed again, deleted, pruned. They go with their segment's next rewriting.
CREATE TABLE facts_dead (
  product_id INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  PRIMARY KEY (product_id, seq)
) STRICT, WITHOUT ROWID;

-- Rows whose report was moved to another bug by hand, and their case since then.
CREATE TABLE facts_moved (
  product_id INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  case_id    INTEGER NOT NULL,
  PRIMARY KEY (product_id, seq)
) STRICT, WITHOUT ROWID;

-- Rows of a product side by side: a blob for each key.
CREATE TABLE segments (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id    INTEGER NOT NULL,
  first_seq     INTEGER NOT NULL,
  last_seq      INTEGER NOT NULL,
  rows          INTEGER NOT NULL,
  from_received INTEGER NOT NULL,
  to_received   INTEGER NOT NULL
) STRICT;
CREATE INDEX segments_of_product ON segments (product_id, last_seq);

CREATE TABLE segment_columns (
  segment_id INTEGER NOT NULL,
  key_id     INTEGER NOT NULL,
  data       BLOB NOT NULL,
  PRIMARY KEY (segment_id, key_id)
) STRICT;

ALTER TABLE report_crashes ADD COLUMN seq INTEGER;  -- of its facts; null: filed by an older version, and not told yet
CREATE INDEX report_crashes_without_facts ON report_crashes (report_id) WHERE seq IS NULL;
