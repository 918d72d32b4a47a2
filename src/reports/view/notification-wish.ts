// Subscriptions and webhooks as they come from a form or the API, checked in one place.
import { randomBytes } from 'node:crypto';
import { NOTICES } from '../../store/notifications.ts';
import type { Notice, Subscription, Webhook } from '../../store/notifications.ts';
import type { PeopleStore } from '../../store/people.ts';
import type { Checked } from './bug-change.ts';

const MAX_URL = 2000;
/** Webhooks of one server, and wishes of one person. */
export const MAX_WEBHOOKS = 100;
export const MAX_SUBSCRIPTIONS = 200;

type Fields = Readonly<Record<string, unknown>>;

const bad = (fault: string): { readonly ok: false; readonly fault: string } => ({ ok: false, fault });

/** A fresh secret of a webhook: 256 bits. */
export function newWebhookSecret(): string {
  return randomBytes(32).toString('hex');
}

/** What a person wants to be told of. */
export async function checkSubscription(
  fields: Fields,
  people: PeopleStore,
): Promise<Checked<Omit<Subscription, 'id' | 'userId'>>> {
  const { account, product, notices, quietHours, ...unknown } = fields;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) return bad(`"${stranger}" is not part of a subscription.`);
  const scope = await checkScope(account, product, people);
  if (!scope.ok) return scope;
  const wanted = checkNotices(notices);
  if (!wanted.ok) return wanted;
  const quiet = checkQuietHours(quietHours);
  if (!quiet.ok) return quiet;
  return { ok: true, value: { ...scope.value, notices: wanted.value, quietHours: quiet.value } };
}

/** What a webhook is checked against. */
interface WebhookSurroundings {
  readonly store: { readonly people: PeopleStore };
  readonly webhookRefusal: (url: URL) => Promise<string | null>;
}

/** A webhook without its id and secret. What the fields do not name stays as in `before`. */
export async function checkWebhook(
  fields: Fields,
  { store, webhookRefusal }: WebhookSurroundings,
  before: Webhook | null,
): Promise<Checked<Omit<Webhook, 'id' | 'secret'>>> {
  const {
    account = before?.account,
    product = before?.product,
    url = before?.url,
    format = before?.format ?? 'mayday',
    notices = before?.notices ?? NOTICES,
    enabled = before?.enabled ?? true,
    ...unknown
  } = fields;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) return bad(`"${stranger}" is not part of a webhook.`);
  const scope = await checkScope(account, product, store.people);
  if (!scope.ok) return scope;
  const address = checkUrl(url);
  if (!address.ok) return address;
  const refusal = address.value === before?.url ? null : await webhookRefusal(new URL(address.value));
  if (refusal !== null) return bad(`"url": ${refusal}.`);
  const wanted = checkNotices(notices);
  if (!wanted.ok) return wanted;
  if (format !== 'mayday' && format !== 'slack') return bad('"format" must be mayday or slack.');
  if (typeof enabled !== 'boolean') return bad('"enabled" must be true or false.');
  return {
    ok: true,
    value: { ...scope.value, url: address.value, format, notices: wanted.value, enabled },
  };
}

type Scope = Pick<Subscription, 'account' | 'product'>;

async function checkScope(account: unknown, product: unknown, people: PeopleStore): Promise<Checked<Scope>> {
  const name = account ?? 'default';
  if (typeof name !== 'string' || !(await people.listAccounts()).includes(name)) {
    return bad('There is no such account.');
  }
  if (product === undefined || product === null) return { ok: true, value: { account: name, product: null } };
  if (typeof product !== 'string' || (await people.getProduct(name, product)) === null) {
    return bad('There is no such product.');
  }
  return { ok: true, value: { account: name, product } };
}

function checkNotices(value: unknown): Checked<readonly Notice[]> {
  const given: readonly unknown[] = Array.isArray(value) ? value : [];
  const wanted = NOTICES.filter((notice) => given.includes(notice));
  const known = given.every((notice) => NOTICES.some((name) => name === notice));
  if (wanted.length === 0 || !known) return bad(`Choose at least one of ${NOTICES.join(', ')}.`);
  return { ok: true, value: wanted };
}

function checkQuietHours(value: unknown): Checked<Subscription['quietHours']> {
  if (value === undefined || value === null) return { ok: true, value: null };
  const { from, to } = typeof value === 'object' ? (value as Fields) : {};
  if (!isHour(from) || !isHour(to) || from === to) {
    return bad('Quiet hours need two different hours from 0 to 23 (UTC).');
  }
  return { ok: true, value: { from, to } };
}

function isHour(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 23;
}

function checkUrl(value: unknown): Checked<string> {
  if (typeof value !== 'string' || value.length > MAX_URL || !URL.canParse(value)) {
    return bad(`"url" must be an http or https address of at most ${MAX_URL} characters.`);
  }
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return bad('"url" must begin with http:// or https://.');
  }
  if (url.username !== '' || url.password !== '') {
    return bad('"url" must not hold a user name or password; the signature says who is calling.');
  }
  url.hash = '';
  return { ok: true, value: url.href };
}
