-- Reports are found by the number of their installation within the product; what the client calls it is compared with the row.
ALTER TABLE reports ADD COLUMN installation_number INTEGER;
UPDATE reports SET installation_number = installation_number(
  (SELECT product_id FROM kinds WHERE kinds.id = reports.kind_id), installation
) WHERE installation IS NOT NULL;
DROP INDEX reports_by_installation;
CREATE INDEX reports_by_installation ON reports (installation_number) WHERE installation_number IS NOT NULL;
