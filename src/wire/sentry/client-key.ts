// Which key a request of Sentry's clients brings. It can stand in five places; the first found counts, and all that are there
// must be the same.
import { Refused } from '../../base/refusal.ts';
import type { KeyedProduct } from '../../report/client-rules.ts';
import type { Intake, WireRequest } from '../adapter.ts';

const KEY = /^[0-9a-f]{32}$/;
const MAX_HEADER = 2000;
const MAX_CLIENT = 100;

/** The keys of a request beside its body: query, `X-Sentry-Auth`, `Authorization` (Sentry or Basic). Refuses malformed ones. */
export function keysOfRequest({ query, headers }: WireRequest): readonly string[] {
  const keys: string[] = [];
  const inQuery = query.get('sentry_key');
  if (inQuery !== null) keys.push(checkedKey(inQuery));
  for (const header of [headers['x-sentry-auth'], headers.authorization]) {
    const text = Array.isArray(header) ? header[0] : header;
    const key = text === undefined ? null : keyOfHeader(text.slice(0, MAX_HEADER));
    if (key !== null) keys.push(key);
  }
  return keys;
}

/** `Sentry sentry_key=…, …` or `Basic …`; null: the header is of something else. */
function keyOfHeader(text: string): string | null {
  const basic = /^Basic\s{1,5}([A-Za-z0-9+/=_-]{1,1000})\s*$/i.exec(text)?.[1];
  if (basic !== undefined)
    return checkedKey(Buffer.from(basic, 'base64').toString('utf8').split(':', 1)[0] ?? '');
  if (!/^Sentry\s/i.test(text) && !text.includes('sentry_key')) return null;
  for (const field of text.replace(/^Sentry\s+/i, '').split(',')) {
    const equals = field.indexOf('=');
    if (equals !== -1 && field.slice(0, equals).trim() === 'sentry_key') {
      return checkedKey(
        field
          .slice(equals + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      );
    }
  }
  return null;
}

/** The SDK as the request names it, `sentry_client` in header or query; null: it does not. Never the `User-Agent`, which is a person's. */
export function clientOfRequest({ query, headers }: WireRequest): string | null {
  const header = [headers['x-sentry-auth']].flat()[0] ?? headers.authorization ?? '';
  const named =
    /\bsentry_client=([^,\s]{1,100})/.exec(header.slice(0, MAX_HEADER))?.[1] ?? query.get('sentry_client');
  return named === null || named === '' ? null : named.slice(0, MAX_CLIENT);
}

/** The key in the path of the Unreal endpoint. */
export function unrealKey(segment: string): string {
  return checkedKey(segment);
}

/** Key and number of a DSN; refuses one that is none. */
export function readDsn(dsn: string): { readonly key: string; readonly id: string } {
  let url: URL;
  try {
    url = new URL(dsn);
  } catch (error) {
    throw new Refused('bad_key', 'the DSN of the envelope is no URL', { cause: error });
  }
  const id = url.pathname.split('/').findLast((segment) => segment !== '') ?? '';
  return { key: checkedKey(decodeURIComponent(url.username)), id };
}

function checkedKey(text: string): string {
  const key = text.trim().toLowerCase();
  if (!KEY.test(key)) throw new Refused('bad_key', 'the key is not 32 hexadecimal digits');
  return key;
}

/** The product that keys name, which must be the one of the path. Refuses otherwise. */
export async function productOfKeys(
  keys: readonly string[],
  request: WireRequest,
  intake: Intake,
): Promise<KeyedProduct> {
  const [key] = keys;
  if (key === undefined) throw new Refused('no_key', 'neither query, header, nor envelope names a key');
  if (keys.some((other) => other !== key))
    throw new Refused('key_rejected', 'the request brings keys that differ');
  const keyed = await intake.keyedProduct(key);
  if (keyed === null) throw new Refused('key_rejected', 'no product has this key');
  if (!keyed.enabled) throw new Refused('key_rejected', `the key of ${keyed.product} is switched off`);
  if (String(keyed.dsnId) !== request.params['id']) {
    throw new Refused('key_rejected', 'the key belongs to another product than the path names');
  }
  const { origin } = request.headers;
  if (origin !== undefined && !originAllowed(origin, keyed.rules.origins)) {
    intake.countClient(keyed, { fate: 'filtered', kind: 'request', reason: 'origin', sdk: '', count: 1 });
    throw new Refused('origin_rejected', `${keyed.product} takes nothing from ${origin.slice(0, 200)}`);
  }
  return keyed;
}

/** Whether pages of an origin may send: `*`, `*.shop.example`, `shop.example`, or the whole origin. */
export function originAllowed(origin: string, allowed: readonly string[]): boolean {
  if (allowed.includes('*')) return true;
  const whole = origin.toLowerCase();
  const host = whole.replace(/^[a-z][a-z0-9+.-]*:\/\//, '');
  const name = host.replace(/:\d+$/, '');
  return allowed.some((entry) => {
    const rule = entry.toLowerCase().replace(/\/+$/, '');
    if (rule.startsWith('*.')) return name.endsWith(rule.slice(1)) || name === rule.slice(2);
    return rule === whole || rule === host || rule === name;
  });
}
