-- What `complete` answered, for whoever asks again under the same lease.
ALTER TABLE processed_reports ADD COLUMN lease_id TEXT;
ALTER TABLE processed_reports ADD COLUMN events TEXT;  -- JSON array, by position of the crash
