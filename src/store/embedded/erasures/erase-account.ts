// What an account has beside its products: symbol files, webhooks with their secrets, alert rules, wishes to be told, service tokens, invitations
// and searches. The account itself, its people, teams and rights stay: they are not what programs sent.
import { TEST_ACCOUNT } from '../../accounts.ts';
import { query } from '../database/query.ts';
import { deleteAlertRule } from '../notifications/alert-rows.ts';
import { deleteWebhook } from '../notifications/webhook-rows.ts';
import { giveUpSymbols } from '../symbols/write-symbols.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** Symbol files of one step; their files are removed after it. */
const OF_STEP = 100;

const symbolsOf = query<[account: string, limit: number], { debugFile: string; debugId: string }>(`
  SELECT debug_file AS debugFile, debug_id AS debugId FROM symbols
  JOIN symbol_accounts ON symbol_accounts.symbol_id = symbols.id
  WHERE symbol_accounts.account_id = (SELECT id FROM accounts WHERE name = ?) LIMIT ?`);
const rulesOf = query<[account: string], number>(`SELECT id FROM alert_rules WHERE account = ?`);
const webhooksOf = query<[account: string], number>(`SELECT id FROM webhooks WHERE account = ?`);
/** Sent or not. */
const messagesOfRule = query<[rule: number]>(`DELETE FROM deliveries WHERE alert_id = ?`);
const messagesTo = query<[webhook: string]>(
  `DELETE FROM deliveries WHERE channel = 'webhook' AND target = ?`,
);
const REMOVE = [
  `DELETE FROM subscriptions WHERE account = @account`,
  `DELETE FROM tokens WHERE account_id = (SELECT id FROM accounts WHERE name = @account)`,
  `DELETE FROM one_time_secrets WHERE purpose = 'invitation' AND json_extract(data, '$.account') = @account`,
  // A search is its owner's: it is of the account where they belong to no other one of people.
  `DELETE FROM saved_searches WHERE owner COLLATE NOCASE IN (
     SELECT email FROM users JOIN members ON members.user_id = users.id
     WHERE members.account_id = (SELECT id FROM accounts WHERE name = @account)
       AND NOT EXISTS (
         SELECT 1 FROM members AS others JOIN accounts ON accounts.id = others.account_id
         WHERE others.user_id = users.id AND accounts.name NOT IN (@account, '${TEST_ACCOUNT}')))`,
].map((sql) => query<[{ account: string }]>(sql));

/** When its products are gone; false: there is more of it. */
export function eraseBesideProducts(context: WriteContext, account: string, now: number): boolean {
  const { connection } = context;
  const symbols = symbolsOf(connection).all(account, OF_STEP);
  for (const key of symbols) giveUpSymbols(context, key, [account]);
  if (symbols.length === OF_STEP) return false;
  for (const id of rulesOf(connection).pluck().all(account)) {
    messagesOfRule(connection).run(id);
    deleteAlertRule(context, id);
  }
  for (const id of webhooksOf(connection).pluck().all(account)) {
    deleteWebhook(context, id, now);
    messagesTo(connection).run(String(id));
  }
  for (const remove of REMOVE) remove(connection).run({ account });
  return true;
}
