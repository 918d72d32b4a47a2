-- What people did to many bugs at once, so that it can be undone for some days.
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

-- The bugs that an act changed, by their turn; a row goes when it is undone.
CREATE TABLE bulk_changes (
  act_id  INTEGER NOT NULL,
  turn    INTEGER NOT NULL,
  bug_id  INTEGER NOT NULL,
  outcome TEXT NOT NULL,       -- JSON: what it changed, before and after
  events  TEXT NOT NULL,       -- JSON array of bug_events.id: the lines that it wrote
  PRIMARY KEY (act_id, turn)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER bulk_acts_go AFTER DELETE ON bulk_acts BEGIN
  DELETE FROM bulk_changes WHERE act_id = OLD.id;
END;

-- For lists by installations and by title.
CREATE INDEX bugs_by_installations ON bugs (shelf, installations);
CREATE INDEX bugs_of_product_by_installations ON bugs (product_id, shelf, installations);
CREATE INDEX bugs_by_title ON bugs (shelf, title COLLATE NOCASE);
CREATE INDEX bugs_of_product_by_title ON bugs (product_id, shelf, title COLLATE NOCASE);
