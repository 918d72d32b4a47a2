-- What tells the users of a product apart, read for each crash that is filed; the rest of the rules stands in their JSON.
ALTER TABLE product_rules ADD COLUMN user_annotation TEXT;
