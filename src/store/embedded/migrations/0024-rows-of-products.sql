-- Whether a product has any of them is asked every minute, of many products at once.

CREATE INDEX installations_of_product ON installations (product_id, created_at);
CREATE INDEX symbols_of_product ON symbols (product) WHERE product IS NOT NULL;
