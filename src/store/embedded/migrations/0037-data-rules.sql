-- What products decide about data that they would rather not have (JSON of DataRules), and what went from a report before its time: why its
-- dumps are gone, when its protected annotations went (JSON of GoneParts; null: all is there).
ALTER TABLE products ADD COLUMN data_rules TEXT NOT NULL DEFAULT '{}';
ALTER TABLE reports ADD COLUMN gone TEXT;
