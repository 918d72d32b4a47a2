-- Where a store was encrypted before attachments in packs and files were sealed behind, too, everything is looked through once more; what is sealed
-- already stays as it is.
INSERT OR IGNORE INTO settings (name, value)
SELECT 'sealing_behind', CAST('{"table":0,"after":0}' AS BLOB) WHERE EXISTS (SELECT 1 FROM data_keys);
