-- A symbol file that several accounts have told each of them who uploaded it first, and for which product of another account.

UPDATE symbols SET product = NULL, uploaded_by = ''
WHERE (SELECT count(*) FROM symbol_accounts WHERE symbol_id = symbols.id) > 1;
