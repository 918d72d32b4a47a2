-- Rows whose report was pruned for want of room: only public fields of them are left (src/search/thin-facts.ts). They stand here until their
-- segment is written anew without the rest; in the tail they are made thin at once.
CREATE TABLE facts_thin (
  product_id INTEGER NOT NULL,
  seq        INTEGER NOT NULL,
  PRIMARY KEY (product_id, seq)
) STRICT, WITHOUT ROWID;
