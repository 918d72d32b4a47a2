-- What people prove beside a password, or instead of one.
CREATE TABLE second_factors (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind       TEXT NOT NULL CHECK (kind IN ('totp', 'passkey')),
  label      TEXT NOT NULL,
  secret     TEXT NOT NULL,     -- totp: the seed, sealed; passkey: the public key
  credential TEXT UNIQUE,       -- passkey: its id
  counter    INTEGER NOT NULL,  -- totp: the last time step that was used; passkey: its count of signatures
  created_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT;

CREATE INDEX second_factors_by_user ON second_factors (user_id);

CREATE TABLE recovery_codes (
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash    TEXT NOT NULL,  -- SHA-256, hex
  PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;
