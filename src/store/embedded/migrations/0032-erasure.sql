-- Bugs that lost a report for good: their words are made again from what is left.
CREATE TABLE stale_bugs (
  bug_id INTEGER PRIMARY KEY
) STRICT;

CREATE TRIGGER stale_bugs_go AFTER DELETE ON bugs BEGIN
  DELETE FROM stale_bugs WHERE bug_id = OLD.id;
END;

-- Installations that a report named that is gone for good: where no other stored report of the product names them, nobody can any more.
CREATE TABLE stale_installations (
  product_id   INTEGER NOT NULL,
  installation BLOB NOT NULL,
  nobody       BLOB NOT NULL,  -- what stands for it then
  PRIMARY KEY (product_id, installation)
) STRICT, WITHOUT ROWID;
