-- An upload of symbols belongs to one account (docs/decisions: whose an upload of symbols is). Until now it belonged to every account of
-- its uploader, and what was uploaded before people belonged to accounts, to every account that there is. As far as it is clear whose it is, it
-- is that account's alone from now on; the rest keeps its owners.

-- The one that has the product which the upload named.
DELETE FROM symbol_accounts
WHERE (
    SELECT count(*) FROM symbols
    JOIN symbol_accounts AS owners ON owners.symbol_id = symbols.id
    JOIN products ON products.account_id = owners.account_id AND products.name = symbols.product
    WHERE symbols.id = symbol_accounts.symbol_id) = 1
  AND NOT EXISTS (
    SELECT 1 FROM symbols
    JOIN products ON products.name = symbols.product
    WHERE symbols.id = symbol_accounts.symbol_id AND products.account_id = symbol_accounts.account_id);

-- Not `test`, which holds no programs of people, beside another one.
DELETE FROM symbol_accounts
WHERE account_id = (SELECT id FROM accounts WHERE name = 'test')
  AND EXISTS (
    SELECT 1 FROM symbol_accounts AS owners
    WHERE owners.symbol_id = symbol_accounts.symbol_id AND owners.account_id <> symbol_accounts.account_id);

-- None without products beside one that has some.
DELETE FROM symbol_accounts
WHERE NOT EXISTS (SELECT 1 FROM products WHERE products.account_id = symbol_accounts.account_id)
  AND EXISTS (
    SELECT 1 FROM symbol_accounts AS owners
    JOIN products ON products.account_id = owners.account_id
    WHERE owners.symbol_id = symbol_accounts.symbol_id);
