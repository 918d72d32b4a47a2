-- When somebody had a message sent again that was given up.
ALTER TABLE deliveries ADD COLUMN again_at INTEGER;
