-- Saved searches, and a number that tells readers when cases went to other bugs.

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

-- Readers keep which bug a case belongs to; it changes only here. New cases have greater numbers, so they need no trigger.
CREATE TABLE case_changes (
  times INTEGER NOT NULL
) STRICT;
INSERT INTO case_changes (times) VALUES (0);
CREATE TRIGGER cases_moved AFTER UPDATE OF bug_id ON cases WHEN OLD.bug_id <> NEW.bug_id BEGIN
  UPDATE case_changes SET times = times + 1;
END;
CREATE TRIGGER bugs_joined AFTER UPDATE OF duplicate_of ON bugs WHEN OLD.duplicate_of IS NOT NEW.duplicate_of BEGIN
  UPDATE case_changes SET times = times + 1;
END;
CREATE TRIGGER bugs_gone AFTER DELETE ON bugs BEGIN
  UPDATE case_changes SET times = times + 1;
END;
