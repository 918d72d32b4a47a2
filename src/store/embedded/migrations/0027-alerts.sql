-- Alert rules, the log of when they fired, and chats as targets.

CREATE TABLE alert_rules (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id     INTEGER,           -- whose rights it is evaluated with; null: nobody's
  name         TEXT NOT NULL,
  account      TEXT NOT NULL,
  product      TEXT,              -- null: every product of the account
  fields       TEXT NOT NULL,     -- JSON: what a person decided (AlertRuleFields)
  protected    INTEGER NOT NULL,  -- 1: the search names protected keys
  enabled      INTEGER NOT NULL,
  changed_at   INTEGER NOT NULL,
  revision     INTEGER NOT NULL,
  evaluated_to INTEGER NOT NULL,  -- moments up to this one are evaluated
  state        TEXT NOT NULL      -- JSON: where it stands (AlertState)
) STRICT;

CREATE INDEX alert_rules_by_product ON alert_rules (account, product);
CREATE INDEX alert_rules_by_owner ON alert_rules (owner_id);

-- When rules fired, or ended. What everybody may create stays out of it: numbers, and numbers of bugs.
CREATE TABLE alert_log (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  rule_id  INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  what     TEXT NOT NULL CHECK (what IN ('fired', 'ended')),
  outcome  TEXT NOT NULL CHECK (outcome IN ('told', 'held', 'muted', 'logged')),
  told_at  INTEGER,               -- the moment of the message that told it
  finding  TEXT NOT NULL          -- JSON
) STRICT;

CREATE INDEX alert_log_by_rule ON alert_log (rule_id, at);

ALTER TABLE deliveries ADD COLUMN alert_id INTEGER;
ALTER TABLE deliveries ADD COLUMN alert_at INTEGER;
CREATE INDEX deliveries_by_alert ON deliveries (alert_id, alert_at) WHERE alert_id IS NOT NULL;

ALTER TABLE subscriptions ADD COLUMN search TEXT;
ALTER TABLE webhooks ADD COLUMN search TEXT;
ALTER TABLE webhooks ADD COLUMN room TEXT;
ALTER TABLE webhooks ADD COLUMN token TEXT;

CREATE INDEX bugs_by_creation ON bugs (product_id, created_at);
CREATE INDEX bug_events_reopened ON bug_events (at) WHERE what = 'reopened' AND by IS NULL;
