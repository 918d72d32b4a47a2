-- Sessions are listed for their person: since when, last used, from where, with what; and when the person last gave a password or a second factor.
ALTER TABLE sessions ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN proven_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';

-- Those of before lived for two weeks after their last use.
UPDATE sessions SET created_at = expires_at - 1209600000, seen_at = expires_at - 1209600000;
