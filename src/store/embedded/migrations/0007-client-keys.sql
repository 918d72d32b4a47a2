-- Keys (DSNs) of products, what a product decides about what clients send, and counts of what was not kept.

-- The number in a DSN where it is not the product's own: it came along from another server.
ALTER TABLE products ADD COLUMN dsn_id INTEGER;
-- JSON of ClientRules: filters, origins, privacy.
ALTER TABLE products ADD COLUMN client_rules TEXT NOT NULL DEFAULT '{}';

CREATE TABLE product_keys (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  product_id   INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  key          TEXT NOT NULL UNIQUE,         -- 32 lower-case hexadecimal digits
  label        TEXT NOT NULL,
  created_at   INTEGER NOT NULL,
  enabled      INTEGER NOT NULL DEFAULT 1,
  per_minute   INTEGER                       -- events a minute; null: no limit
) STRICT;

CREATE INDEX product_keys_by_product ON product_keys (product_id);

INSERT INTO product_keys (product_id, key, label, created_at)
SELECT id, lower(hex(randomblob(16))), 'first', unixepoch() * 1000 FROM products;

-- What clients sent, or would have sent, that is no report: discarded kinds, filtered events, what clients lost themselves.
CREATE TABLE client_counts (
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  day        INTEGER NOT NULL,  -- days since 1970
  fate       TEXT NOT NULL,     -- ClientFate
  kind       TEXT NOT NULL,     -- item type, category or name of the filter
  reason     TEXT NOT NULL,
  sdk        TEXT NOT NULL,
  count      INTEGER NOT NULL,
  PRIMARY KEY (product_id, day, fate, kind, reason, sdk)
) STRICT, WITHOUT ROWID;
