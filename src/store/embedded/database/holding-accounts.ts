// Which accounts there is anything of: what only one of several may see depends on it.
import { query } from './query.ts';
import type { Connection } from './query.ts';

/**
 * Accounts that have anything to hide: products, symbols, people, lines of the inbox. An empty one says nothing. The inbox comes last:
 * its lines are opened one by one, and only for accounts that have nothing else.
 */
const holdingAccounts = query<[], string>(`
  SELECT name FROM accounts
  WHERE EXISTS (SELECT 1 FROM products WHERE account_id = accounts.id)
    OR EXISTS (SELECT 1 FROM symbol_accounts WHERE account_id = accounts.id)
    OR EXISTS (SELECT 1 FROM members WHERE account_id = accounts.id)
    OR EXISTS (SELECT 1 FROM inbox WHERE opened(entry, 'inbox.entry') ->> '$.account' = accounts.name)`);

/** Their names. */
export function namesOfHoldingAccounts(connection: Connection): readonly string[] {
  return holdingAccounts(connection).pluck().all();
}
