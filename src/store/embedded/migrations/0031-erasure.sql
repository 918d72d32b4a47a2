-- Bugs that lost a report for good: their words are made again from what is left.
CREATE TABLE stale_bugs (
  bug_id INTEGER PRIMARY KEY
) STRICT;

CREATE TRIGGER stale_bugs_go AFTER DELETE ON bugs BEGIN
  DELETE FROM stale_bugs WHERE bug_id = OLD.id;
END;
