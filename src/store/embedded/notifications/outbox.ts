// The outbox: messages on their way, and the log of those that are not any more (see Delivery for the states).
import type { AlertAdvance } from '../../alerts.ts';
import type { Delivery, NotificationStore, PendingNotice } from '../../notifications.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** How long a message is out with one process. */
const LEASE_MS = 60_000;
/** Messages that are through stay in the log, but no more than this. */
const MAX_LOG = 20_000;
const MAX_ERROR = 2000;

type Message = Parameters<NotificationStore['enqueue']>[0][number];

const insert = query<
  [
    channel: string,
    target: string,
    notice: string,
    bugId: number | null,
    payload: string,
    createdAt: number,
    dueAt: number,
    onceKey: string | null,
  ]
>(`
  INSERT INTO deliveries (channel, target, notice, bug_id, payload, created_at, due_at, once_key)
  VALUES (?, ?, ?, ?, sealed(?, 'deliveries.payload'), ?, ?, ?) ON CONFLICT (once_key) DO NOTHING`);

const deletePendingNotices = query<[id: number]>(`DELETE FROM untold WHERE id = ?`);

/** Gives how many messages are new. */
export function enqueueMessages(
  { connection }: WriteContext,
  messages: readonly Message[],
  told: readonly number[],
  now: number,
): number {
  let count = 0;
  for (const { channel, target, notice, bugId, payload, dueAt, onceKey } of messages) {
    count += insert(connection).run(channel, target, notice, bugId, payload, now, dueAt, onceKey).changes;
  }
  for (const id of told) deletePendingNotices(connection).run(id);
  return count;
}

const insertAlert = query<
  [
    channel: string,
    target: string,
    notice: string,
    payload: string,
    createdAt: number,
    dueAt: number,
    onceKey: string,
    alertId: number,
    alertAt: number,
  ]
>(`
  INSERT INTO deliveries (channel, target, notice, payload, created_at, due_at, once_key, alert_id, alert_at)
  VALUES (?, ?, ?, sealed(?, 'deliveries.payload'), ?, ?, ?, ?, ?) ON CONFLICT (once_key) DO NOTHING`);

/** A message of an alert rule: one for each moment and receiver. Part of the transaction that writes down what the rule found. */
export function enqueueAlert(
  connection: Connection,
  { channel, target, notice, payload, dueAt }: AlertAdvance['messages'][number],
  { alertId, alertAt, now }: { readonly alertId: number; readonly alertAt: number; readonly now: number },
): void {
  const onceKey = `alert ${alertId} ${alertAt} ${channel} ${target}`;
  insertAlert(connection).run(channel, target, notice, payload, now, dueAt, onceKey, alertId, alertAt);
}

const selectPendingNotices = query<[limit: number], PendingNotice>(`
  SELECT id, bug_id AS bugId, event, at FROM untold ORDER BY id LIMIT ?`);

/** The oldest first. */
export function listPendingNotices(connection: Connection, limit: number): readonly PendingNotice[] {
  return selectPendingNotices(connection).all(limit);
}

const COLUMNS = `
  id, channel, target, notice, bug_id AS bugId, opened(payload, 'deliveries.payload') AS payload,
  created_at AS createdAt, again_at AS againAt, due_at AS dueAt, attempts, state,
  opened(last_error, 'deliveries.last_error') AS lastError, delivered_at AS deliveredAt, alert_id AS alertId, alert_at AS alertAt`;

const due = query<[now: number, limit: number], number>(`
  SELECT id FROM deliveries WHERE state = 'due' AND due_at <= ? ORDER BY due_at, id LIMIT ?`);
const take = query<[until: number, id: number], Delivery>(`
  UPDATE deliveries SET due_at = ?, attempts = attempts + 1 WHERE id = ? RETURNING ${COLUMNS}`);

/** Takes due messages for a minute; `attempts` counts this one. */
export function takeDueMessages(
  { connection }: WriteContext,
  limit: number,
  now: number,
): readonly Delivery[] {
  return due(connection)
    .pluck()
    .all(now, limit)
    .flatMap((id) => take(connection).get(now + LEASE_MS, id) ?? []);
}

const setDelivered = query<[{ id: number; at: number }]>(`
  UPDATE deliveries SET state = 'delivered', delivered_at = @at, ended_at = @at, last_error = NULL
  WHERE id = @id AND state = 'due'`);

export function messageDelivered({ connection }: WriteContext, id: number, now: number): void {
  setDelivered(connection).run({ id, at: now });
}

const setRetry = query<[retryAt: number, error: string, id: number]>(`
  UPDATE deliveries SET due_at = ?, last_error = sealed(?, 'deliveries.last_error') WHERE id = ? AND state = 'due'`);
const setGivenUp = query<[at: number, error: string, id: number]>(`
  UPDATE deliveries SET state = 'given_up', ended_at = ?, last_error = sealed(?, 'deliveries.last_error') WHERE id = ? AND state = 'due'`);

export function messageUndelivered(
  { connection }: WriteContext,
  id: number,
  error: string,
  retryAt: number | null,
  now: number,
): void {
  const detail = error.slice(0, MAX_ERROR);
  if (retryAt === null) setGivenUp(connection).run(now, detail, id);
  else setRetry(connection).run(retryAt, detail, id);
}

const setAgain = query<[{ id: number; webhook: string | null; alert: number | null; at: number }]>(`
  UPDATE deliveries SET state = 'due', due_at = @at, again_at = @at, ended_at = NULL, attempts = 0
  WHERE id = @id AND state = 'given_up' AND (alert_id = @alert OR channel = 'webhook' AND target = @webhook)
    -- What a rule found goes only to webhooks of its place (mayTell), also when one of the two has moved since.
    AND (channel <> 'webhook' OR alert_id IS NULL OR EXISTS (
      SELECT 1 FROM webhooks JOIN alert_rules ON alert_rules.id = deliveries.alert_id
      WHERE webhooks.id = CAST(deliveries.target AS INTEGER) AND webhooks.account = alert_rules.account
        AND (webhooks.product IS NULL OR webhooks.product = alert_rules.product)))`);

/** A message that was given up becomes due anew; gives whether it was one. */
export function sendAgain(
  { connection }: WriteContext,
  id: number,
  of: { readonly webhookId: number } | { readonly alertId: number },
  now: number,
): boolean {
  const [webhook, alert] = 'webhookId' in of ? [String(of.webhookId), null] : [null, of.alertId];
  return setAgain(connection).run({ id, webhook, alert, at: now }).changes > 0;
}

const selectAll = query<[limit: number], Delivery>(`
  SELECT ${COLUMNS} FROM deliveries ORDER BY id DESC LIMIT ?`);
const selectOfChannel = query<[channel: string, limit: number], Delivery>(`
  SELECT ${COLUMNS} FROM deliveries WHERE channel = ? ORDER BY id DESC LIMIT ?`);
const selectOfTarget = query<[channel: string, target: string, limit: number], Delivery>(`
  SELECT ${COLUMNS} FROM deliveries WHERE channel = ? AND target = ? ORDER BY id DESC LIMIT ?`);

/** Newest first. A target without a channel is looked for in both. */
export function listDeliveries(
  connection: Connection,
  { channel, target }: { readonly channel?: 'mail' | 'webhook'; readonly target?: string },
  limit: number,
): readonly Delivery[] {
  if (target !== undefined) {
    return (channel === undefined ? ['mail', 'webhook'] : [channel])
      .flatMap((each) => selectOfTarget(connection).all(each, target, limit))
      .sort((a, b) => b.id - a.id)
      .slice(0, limit);
  }
  if (channel !== undefined) return selectOfChannel(connection).all(channel, limit);
  return selectAll(connection).all(limit);
}

const selectOfAlert = query<[alertId: number, limit: number], Delivery>(`
  SELECT ${COLUMNS} FROM deliveries WHERE alert_id = ? ORDER BY id DESC LIMIT ?`);

/** Messages of an alert rule, newest first. */
export function deliveriesOfAlert(
  connection: Connection,
  alertId: number,
  limit: number,
): readonly Delivery[] {
  return selectOfAlert(connection).all(alertId, limit);
}

const forgetBefore = query<[before: number]>(`DELETE FROM deliveries WHERE ended_at < ?`);
const forgetBeyond = query<[keep: number]>(`
  DELETE FROM deliveries WHERE ended_at IS NOT NULL AND ended_at < (
    SELECT ended_at FROM deliveries WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 1 OFFSET ?)`);

/** Gives how many. */
export function forgetDeliveries({ connection }: WriteContext, before: number): number {
  return forgetBefore(connection).run(before).changes;
}

/** Keeps the log at its length; called now and then. */
export function boundDeliveries({ connection }: WriteContext): void {
  forgetBeyond(connection).run(MAX_LOG);
}
