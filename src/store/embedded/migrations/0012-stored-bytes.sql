-- What each product takes, about: reports with their files and small attachments, blobs. When space is short, the product that takes
-- most pays first.
ALTER TABLE products ADD COLUMN stored_bytes INTEGER NOT NULL DEFAULT 0;
UPDATE products SET stored_bytes = (
  SELECT ifnull(sum(
    reports.folder_bytes + octet_length(reports.annotations) + 1200
    + ifnull((SELECT length(data) FROM report_data WHERE report_id = reports.id), 0)), 0)
  FROM kinds JOIN reports ON reports.kind_id = kinds.id WHERE kinds.product_id = products.id
) + (
  SELECT ifnull(sum(file_bytes + ifnull(length(data), 0) + 1200), 0) FROM blobs WHERE blobs.product_id = products.id
);
