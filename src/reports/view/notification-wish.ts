// Subscriptions and webhooks as they come from a form or the API, checked in one place.
import { randomBytes } from 'node:crypto';
import { TARGETS, targetNamed } from '../../alerts/targets/target-registry.ts';
import type { Target } from '../../alerts/targets/target.ts';
import { parseQuery } from '../../search/query/parse-query.ts';
import { NOTICES } from '../../store/notifications.ts';
import type { Notice, Subscription, Webhook } from '../../store/notifications.ts';
import type { Role } from '../../store/rights.ts';
import type { SeenStore } from '../gate/gate.ts';
import type { SeenSettings } from '../gate/seen-settings.ts';
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
  seen: SeenStore,
): Promise<Checked<Omit<Subscription, 'id' | 'userId'>>> {
  const { account, product, notices, quietHours, search = null, ...unknown } = fields;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) return bad(`"${stranger}" is not part of a subscription.`);
  const scope = await checkScope(account, product, seen.settings);
  if (!scope.ok) return scope;
  const wanted = checkNotices(notices);
  if (!wanted.ok) return wanted;
  const quiet = checkQuietHours(quietHours);
  if (!quiet.ok) return quiet;
  const asked = await checkNoticeSearch(search, scope.value, seen, { mayBeProtected: true });
  if (!asked.ok) return asked;
  return {
    ok: true,
    value: { ...scope.value, notices: wanted.value, quietHours: quiet.value, search: asked.value },
  };
}

const MAX_SEARCH = 3000;

/** A search that bugs must match to be told; null and an empty one: all. */
async function checkNoticeSearch(
  value: unknown,
  scope: Scope,
  seen: SeenStore,
  { mayBeProtected }: { readonly mayBeProtected: boolean },
): Promise<Checked<string | null>> {
  if (value === null) return { ok: true, value: null };
  if (typeof value !== 'string' || value.length > MAX_SEARCH)
    return bad(`"search" must be a text of at most ${MAX_SEARCH} characters, or null.`);
  if (value.trim() === '') return { ok: true, value: null };
  const parsed = parseQuery(value.trim());
  const rights = 'fault' in parsed ? parsed : await seen.searchRights(parsed.query, scope);
  if ('fault' in rights)
    return bad(`"search": ${rights.fault.problem} (at character ${rights.fault.at + 1})`);
  if (rights.isProtected && !mayBeProtected)
    return bad('"search" names protected data, and who reads what a webhook gets is not known.');
  return { ok: true, value: value.trim() };
}

/** What a webhook is checked against. */
interface WebhookSurroundings {
  readonly webhookRefusal: (url: URL) => Promise<string | null>;
}

/** A webhook without its id and secret. What the fields do not name stays as in `before`. */
export async function checkWebhook(
  fields: Fields,
  { webhookRefusal }: WebhookSurroundings,
  before: Webhook | null,
  seen: SeenStore,
): Promise<Checked<Omit<Webhook, 'id' | 'secret'>>> {
  const {
    account = before?.account,
    product = before?.product,
    url = before?.url,
    format = before?.format ?? 'mayday',
    notices = before?.notices ?? NOTICES,
    enabled = before?.enabled ?? true,
    search = before?.search ?? null,
    room = before?.room ?? null,
    token = before?.token ?? null,
    ...unknown
  } = fields;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) return bad(`"${stranger}" is not part of a webhook.`);
  const scope = await checkScope(account, product, seen.settings, 'admin');
  if (!scope.ok) return scope;
  const address = checkUrl(url);
  if (!address.ok) return address;
  const refusal = address.value === before?.url ? null : await webhookRefusal(new URL(address.value));
  if (refusal !== null) return bad(`"url": ${refusal}.`);
  const none = Array.isArray(notices) && notices.length === 0;
  const wanted = none ? { ok: true as const, value: [] } : checkNotices(notices);
  if (!wanted.ok) return wanted;
  const target = typeof format === 'string' ? targetNamed(format) : undefined;
  if (target === undefined)
    return bad(`"format" must be one of ${TARGETS.map(({ name }) => name).join(', ')}.`);
  if (before !== null && fields['url'] === undefined && hidesAddress(before) && !target.addressIsSecret)
    return bad(
      'The address is a secret of the chat that it leads to: give the new one together with another format.',
    );
  if (typeof enabled !== 'boolean') return bad('"enabled" must be true or false.');
  // Whoever may not read the token may not have it sent to a server of their own either.
  const isElsewhere = before !== null && new URL(address.value).origin !== new URL(before.url).origin;
  if (isElsewhere && target.hasRooms && token !== null && fields['token'] === undefined)
    return bad('"token" is missing: the one that is kept was given for another address.');
  const inRoom = checkRoom(target, { room, token });
  if (!inRoom.ok) return inRoom;
  const asked = await checkNoticeSearch(search, scope.value, seen, { mayBeProtected: false });
  if (!asked.ok) return asked;
  return {
    ok: true,
    value: {
      ...scope.value,
      url: address.value,
      format: target.name,
      notices: wanted.value,
      enabled,
      search: asked.value,
      ...inRoom.value,
    },
  };
}

const MAX_ROOM = 255;
const MAX_TOKEN = 4000;

function checkRoom(
  target: Target,
  { room, token }: { readonly room: unknown; readonly token: unknown },
): Checked<{ readonly room: string | null; readonly token: string | null }> {
  if (!target.hasRooms) return { ok: true, value: { room: null, token: null } };
  // https://spec.matrix.org/latest/appendices/#room-ids; an alias would have to be looked up.
  if (typeof room !== 'string' || room.length > MAX_ROOM || !/^![^\s\p{Cc}]+$/u.test(room))
    return bad('"room" must be the id of a room, which begins with "!" (room settings, Advanced).');
  if (typeof token !== 'string' || token.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(token))
    return bad('"token" must be the access token of the account that writes.');
  return { ok: true, value: { room, token } };
}

/** Whether the address of a webhook is as good as a password, so that it is not shown again. */
export function hidesAddress({ format }: Pick<Webhook, 'format'>): boolean {
  return targetNamed(format)?.addressIsSecret ?? true;
}

/** The address as it is shown: of a secret one where it leads, and no more. */
export function shownAddress(webhook: Pick<Webhook, 'format' | 'url'>): string {
  return hidesAddress(webhook) ? `${new URL(webhook.url).origin}/…` : webhook.url;
}

type Scope = Pick<Subscription, 'account' | 'product'>;

/** A product, or all of an account, for somebody who has at least the role there; for others there is no such thing. */
export async function checkScope(
  account: unknown,
  product: unknown,
  settings: SeenSettings,
  role: Role = 'read',
): Promise<Checked<Scope>> {
  const name = account ?? 'default';
  if (typeof name !== 'string' || !settings.accounts().includes(name))
    return bad('There is no such account.');
  const scope = { account: name, product: null };
  if (product === undefined || product === null) {
    // Somebody who reads single products wishes for all that they read; what is sent elsewhere must be theirs to send.
    return role === 'read' || settings.has(role, scope)
      ? { ok: true, value: scope }
      : bad(`This needs the role "${role}" for every product of the account: name a product.`);
  }
  if (typeof product !== 'string' || (await settings.product(name, product)) === null) {
    return bad('There is no such product.');
  }
  if (!settings.has(role, { account: name, product })) {
    return bad(`This needs the role "${role}" for the product.`);
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
