-- What a token is for alone; null: everything that its role allows.
ALTER TABLE tokens ADD COLUMN scope TEXT;
