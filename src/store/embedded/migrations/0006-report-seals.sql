-- A report's row tells of itself, so that it can be used when the tables around it are lost: JSON of account, product and protocol,
-- and a CRC-32 over that and everything that never changes. Null in rows of earlier versions.
ALTER TABLE reports ADD COLUMN origin TEXT;
ALTER TABLE reports ADD COLUMN seal INTEGER;
