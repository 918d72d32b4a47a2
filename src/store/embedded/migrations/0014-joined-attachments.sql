-- Attachments that came without their report, by the identity of the report that has them or may come. Their bytes are blobs.
CREATE TABLE joined_attachments (
  blob_id      INTEGER PRIMARY KEY REFERENCES blobs (id) ON DELETE CASCADE,
  product_id   INTEGER NOT NULL,
  identity     BLOB NOT NULL,     -- as in reports
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL,     -- AttachmentKind
  filename     TEXT,
  content_type TEXT,
  size         INTEGER NOT NULL,
  sha256       TEXT NOT NULL,
  coding       TEXT NOT NULL,     -- raw or frames, as in reports.attachments
  stored       INTEGER NOT NULL   -- bytes that it takes where it lies
) STRICT;

CREATE INDEX joined_attachments_by_identity ON joined_attachments (identity);
CREATE INDEX joined_attachments_of_product ON joined_attachments (product_id, blob_id);
