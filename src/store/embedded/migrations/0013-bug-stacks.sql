-- Stacks of bugs by the hashes of their frames, so that similar bugs are found.

CREATE TABLE bug_stacks (
  bug_id     INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL,
  frames     TEXT NOT NULL  -- JSON array of 32-bit hashes, innermost first
) STRICT;

CREATE INDEX bug_stacks_of_product ON bug_stacks (product_id);

CREATE TABLE bug_frames (
  product_id INTEGER NOT NULL,
  frame      INTEGER NOT NULL,
  bug_id     INTEGER NOT NULL,
  PRIMARY KEY (product_id, frame, bug_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX bug_frames_of_bug ON bug_frames (bug_id);

CREATE TRIGGER bug_stacks_go AFTER DELETE ON bugs BEGIN
  DELETE FROM bug_stacks WHERE bug_id = OLD.id;
  DELETE FROM bug_frames WHERE bug_id = OLD.id;
END;
