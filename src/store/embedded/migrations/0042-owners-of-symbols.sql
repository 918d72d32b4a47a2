-- An upload of symbols belongs to one account (docs/decisions: whose an upload of symbols is). Until now it belonged to every account of
-- its uploader, and what was uploaded before people belonged to accounts, to every account that there is. As far as it is clear whose it is, it
-- is that account's alone from now on; the rest keeps its owners: another account may have uploaded the same library itself. An account only got
-- a file where `default` and `test` have it, too (so every account got it), or where its uploader is a member of it and of the one that stays.

CREATE TEMP TABLE got AS
SELECT mine.symbol_id, mine.account_id, other.account_id AS beside
FROM symbol_accounts AS mine
JOIN symbol_accounts AS other ON other.symbol_id = mine.symbol_id AND other.account_id <> mine.account_id
JOIN symbols ON symbols.id = mine.symbol_id
WHERE (
    SELECT count(*) FROM symbol_accounts AS every JOIN accounts ON accounts.id = every.account_id
    WHERE every.symbol_id = mine.symbol_id AND accounts.name IN ('default', 'test')) = 2
  OR EXISTS (
    SELECT 1 FROM users
    JOIN members AS here ON here.user_id = users.id AND here.account_id = mine.account_id
    JOIN members AS there ON there.user_id = users.id AND there.account_id = other.account_id
    WHERE symbols.uploaded_by IN (users.name, users.email));
CREATE INDEX temp.got_by_place ON got (symbol_id, account_id);

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
    WHERE symbols.id = symbol_accounts.symbol_id AND products.account_id = symbol_accounts.account_id)
  AND EXISTS (
    SELECT 1 FROM got
    JOIN symbols ON symbols.id = got.symbol_id
    JOIN products ON products.account_id = got.beside AND products.name = symbols.product
    WHERE got.symbol_id = symbol_accounts.symbol_id AND got.account_id = symbol_accounts.account_id);

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
    JOIN got ON got.symbol_id = owners.symbol_id AND got.beside = owners.account_id
    WHERE owners.symbol_id = symbol_accounts.symbol_id AND got.account_id = symbol_accounts.account_id);

DROP TABLE got;
