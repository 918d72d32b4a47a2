-- Accounts own people as well as products: who belongs to which account, teams, and what each may do with which product.
-- Until now a person had one role for everything: they keep it, in every account that there is.

ALTER TABLE accounts ADD COLUMN closed_at INTEGER;

-- Every name that an account has or had, so that clients which still say the old one reach it.
CREATE TABLE account_names (
  name       TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO account_names (name, account_id) SELECT name, id FROM accounts;

CREATE TABLE members (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  is_admin   INTEGER NOT NULL,
  PRIMARY KEY (account_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user_id);

CREATE TABLE teams (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  UNIQUE (account_id, name)
) STRICT;

CREATE TABLE team_members (
  team_id INTEGER NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (team_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_members_by_user ON team_members (user_id);

CREATE TABLE grants (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  product_id     INTEGER REFERENCES products (id) ON DELETE CASCADE,  -- null: every product of the account, new ones too
  user_id        INTEGER REFERENCES users (id) ON DELETE CASCADE,     -- neither user nor team: everybody of the account
  team_id        INTEGER REFERENCES teams (id) ON DELETE CASCADE,
  role           TEXT NOT NULL CHECK (role IN ('read', 'triage', 'admin')),
  sees_protected INTEGER NOT NULL,
  sees_dumps     INTEGER NOT NULL,
  CHECK (user_id IS NULL OR team_id IS NULL)
) STRICT;
CREATE UNIQUE INDEX grants_by_place ON grants (account_id, ifnull(product_id, 0), ifnull(user_id, 0), ifnull(team_id, 0));
CREATE INDEX grants_by_product ON grants (product_id) WHERE product_id IS NOT NULL;
CREATE INDEX grants_by_user ON grants (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX grants_by_team ON grants (team_id) WHERE team_id IS NOT NULL;

INSERT INTO members (account_id, user_id, is_admin)
SELECT accounts.id, users.id, users.role = 'admin' FROM accounts, users;
-- Whom the groups of a provider of sign-ins made an administrator has no password, and groups are followed in one account from now on, which is `default`
-- where nothing else is said: elsewhere they would stay administrators whatever their groups say, where somebody with a password can be one.
CREATE TEMPORARY TABLE admins_by_groups AS
SELECT id FROM users
WHERE role = 'admin' AND password_hash = '' AND id IN (SELECT user_id FROM identities)
  AND EXISTS (SELECT 1 FROM users AS others WHERE others.role = 'admin' AND others.password_hash <> '' AND others.disabled = 0);
UPDATE members SET is_admin = 0
WHERE user_id IN (SELECT id FROM admins_by_groups) AND account_id <> (SELECT id FROM accounts WHERE name = 'default');
INSERT INTO grants (account_id, user_id, role, sees_protected, sees_dumps)
SELECT accounts.id, users.id, CASE users.role WHEN 'write' THEN 'triage' ELSE users.role END,
  users.sees_protected, users.sees_protected
FROM accounts, users;

ALTER TABLE users ADD COLUMN is_admin INTEGER NOT NULL DEFAULT 0;  -- of the installation
UPDATE users SET is_admin = 1 WHERE role = 'admin' AND id NOT IN (SELECT id FROM admins_by_groups);
DROP TABLE admins_by_groups;
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users DROP COLUMN sees_protected;

-- Tokens say each thing that they are for, and need no person.
CREATE TABLE new_tokens (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id      INTEGER REFERENCES users (id) ON DELETE CASCADE,     -- null: a service token
  account_id   INTEGER REFERENCES accounts (id) ON DELETE CASCADE,  -- of a service token
  hash         TEXT NOT NULL UNIQUE,
  label        TEXT NOT NULL,
  scopes       TEXT NOT NULL,  -- JSON array
  products     TEXT,           -- JSON array of products.id; null: all that its owner has
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER,
  last_used_at INTEGER,
  CHECK ((user_id IS NULL) <> (account_id IS NULL))
) STRICT;
INSERT INTO new_tokens (id, user_id, hash, label, scopes, created_at, expires_at, last_used_at)
SELECT id, user_id, hash, label,
  CASE
    WHEN scope = 'symbols' THEN '["symbols"]'
    WHEN role = 'read' AND sees_protected = 0 THEN '["read"]'
    WHEN role = 'read' THEN '["read","protected","dumps"]'
    WHEN role = 'write' AND sees_protected = 0 THEN '["read","triage","symbols"]'
    WHEN role = 'write' THEN '["read","triage","protected","dumps","symbols"]'
    WHEN sees_protected = 0 THEN '["read","triage","symbols","admin"]'
    ELSE '["read","triage","protected","dumps","symbols","admin"]'
  END,
  created_at, expires_at, last_used_at
FROM tokens;
DROP TABLE tokens;
ALTER TABLE new_tokens RENAME TO tokens;
CREATE INDEX tokens_by_user ON tokens (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX tokens_by_account ON tokens (account_id) WHERE account_id IS NOT NULL;

-- Whose a symbol file is: those who uploaded it. What came from an upstream server belongs to nobody and is for everybody.
CREATE TABLE symbol_accounts (
  symbol_id  INTEGER NOT NULL REFERENCES symbols (id) ON DELETE CASCADE,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  PRIMARY KEY (symbol_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX symbol_accounts_by_account ON symbol_accounts (account_id);
INSERT INTO symbol_accounts (symbol_id, account_id)
SELECT symbols.id, accounts.id FROM symbols, accounts WHERE symbols.source = 'upload';
