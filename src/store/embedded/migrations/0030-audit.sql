-- The audit log: lines are added and never changed, and only the oldest go.

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
CREATE INDEX audit_by_age ON audit (at);
CREATE INDEX audit_by_object ON audit (object);
CREATE INDEX audit_by_person ON audit (person) WHERE person IS NOT NULL;

-- The last line that is gone, from which the chain goes on.
CREATE TABLE audit_start (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  id   INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_start (one, id, hash) VALUES (1, 0, '');

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'lines of the audit log are not changed');
END;
CREATE TRIGGER audit_goes_by_age BEFORE DELETE ON audit
WHEN OLD.id > (SELECT id FROM audit_start) BEGIN
  SELECT RAISE(ABORT, 'only the oldest lines of the audit log go');
END;
CREATE TRIGGER audit_start_rises BEFORE UPDATE ON audit_start WHEN NEW.id <= OLD.id BEGIN
  SELECT RAISE(ABORT, 'what the audit log has forgotten stays forgotten');
END;
