// Servers that are told by HTTP.
import type { Notice, Webhook } from '../../notifications.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

type WebhookRow = Omit<Webhook, 'notices' | 'enabled'> & {
  readonly notices: string;
  readonly enabled: number;
};

const selectAll = query<[], WebhookRow>(`
  SELECT id, account, product, url, secret, format, notices, enabled, search, room, token FROM webhooks ORDER BY id`);

export function listWebhooks(connection: Connection): readonly Webhook[] {
  return selectAll(connection)
    .all()
    .map((row) =>
      Object.assign(row, { notices: JSON.parse(row.notices) as Notice[], enabled: row.enabled === 1 }),
    );
}

type Fields = [
  account: string,
  product: string | null,
  url: string,
  secret: string,
  format: string,
  notices: string,
  enabled: number,
  search: string | null,
  room: string | null,
  token: string | null,
];

const insert = query<Fields>(`
  INSERT INTO webhooks (account, product, url, secret, format, notices, enabled, search, room, token)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
const update = query<[...Fields, id: number]>(`
  UPDATE webhooks SET account = ?, product = ?, url = ?, secret = ?, format = ?, notices = ?, enabled = ?,
    search = ?, room = ?, token = ?
  WHERE id = ?`);

/** One with an id changes it; one without, or whose id is gone, is new. */
export function saveWebhook(
  { connection }: WriteContext,
  webhook: Omit<Webhook, 'id'> & { readonly id?: number },
): Webhook {
  const fields: Fields = [
    webhook.account,
    webhook.product,
    webhook.url,
    webhook.secret,
    webhook.format,
    JSON.stringify(webhook.notices),
    webhook.enabled ? 1 : 0,
    webhook.search ?? null,
    webhook.room ?? null,
    webhook.token ?? null,
  ];
  if (webhook.id !== undefined && update(connection).run(...fields, webhook.id).changes > 0) {
    return { ...webhook, id: webhook.id };
  }
  return { ...webhook, id: Number(insert(connection).run(...fields).lastInsertRowid) };
}

const deleteOne = query<[id: number]>(`DELETE FROM webhooks WHERE id = ?`);
const giveUpOf = query<[at: number, target: string]>(`
  UPDATE deliveries SET state = 'given_up', ended_at = ?, last_error = 'The webhook was deleted.'
  WHERE channel = 'webhook' AND target = ? AND state = 'due'`);

/** What still waits for it is given up. */
export function deleteWebhook({ connection }: WriteContext, id: number, now: number): boolean {
  if (deleteOne(connection).run(id).changes === 0) return false;
  giveUpOf(connection).run(now, String(id));
  return true;
}
