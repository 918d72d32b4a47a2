-- Who is told of what, and the outbox.

CREATE TABLE subscriptions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  account    TEXT NOT NULL,
  product    TEXT,           -- null: every product of the account
  notices    TEXT NOT NULL,  -- JSON array
  quiet_from INTEGER,        -- hours of the day (UTC); null: no quiet hours
  quiet_to   INTEGER
) STRICT;

CREATE UNIQUE INDEX subscriptions_by_wish ON subscriptions (user_id, account, ifnull(product, ''));

CREATE TABLE webhooks (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  product TEXT,
  url     TEXT NOT NULL,
  secret  TEXT NOT NULL,
  format  TEXT NOT NULL,
  notices TEXT NOT NULL,    -- JSON array
  enabled INTEGER NOT NULL
) STRICT;

-- The outbox and the log of what was sent: due → delivered, or due again later, or given up.
CREATE TABLE deliveries (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  channel      TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
  target       TEXT NOT NULL,
  notice       TEXT NOT NULL,
  bug_id       INTEGER,
  payload      TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  due_at       INTEGER NOT NULL,  -- moves ahead by the lease when the message is taken
  attempts     INTEGER NOT NULL DEFAULT 0,
  state        TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'given_up')),
  last_error   TEXT,
  delivered_at INTEGER,
  ended_at     INTEGER,           -- delivered or given up
  once_key     TEXT UNIQUE
) STRICT;

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'due';
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX deliveries_by_target ON deliveries (channel, target);
