-- Callers of the frames that keys are made of, packages that products live in, and what merges moved.

-- By which callers the crashes of a key came, while its bug is young: a key of many callers takes them along for new bugs.
CREATE TABLE key_callers (
  product_id INTEGER NOT NULL,
  key        TEXT NOT NULL,
  caller     TEXT NOT NULL,     -- the key with the caller in it; '': the crash has none
  count      INTEGER NOT NULL,
  PRIMARY KEY (product_id, key, caller)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER bug_keys_go AFTER DELETE ON bug_keys WHEN OLD.case_key = '' BEGIN
  DELETE FROM key_callers WHERE product_id = OLD.product_id AND key = OLD.key;
END;

-- Packages in which crashes of a product begin that have no frame of its own by the lists.
CREATE TABLE product_packages (
  product_id INTEGER NOT NULL,
  package    TEXT NOT NULL,     -- 'java:org.apache.shop'; '': crashes that have frames of their own
  count      INTEGER NOT NULL,
  learned_at INTEGER,           -- since when it is taken for the product's own
  PRIMARY KEY (product_id, package)
) STRICT, WITHOUT ROWID;

-- What people's merges moved, so that they can be undone. Lists are JSON arrays.
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

CREATE INDEX merges_into ON merges (into_bug);

CREATE TRIGGER merges_go AFTER DELETE ON bugs BEGIN
  DELETE FROM merges WHERE from_bug = OLD.id OR into_bug = OLD.id;
END;
