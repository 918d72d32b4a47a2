// A CrashKit payload file → the item that posts it: the current API or 1.0, by its keys (docs/protocols/crashkit.md,
// crashkit1.md), or Syncthing's failures (syncthing.md).
import { createHash } from 'node:crypto';
import { judge, retryAfter } from './form-upload.ts';
import type { Attempt, Item, ItemSettings, SendResult } from './item.ts';
import { asRecord } from './kind.ts';

const TIMEOUT_MS = 60_000;
const NAME = /^[A-Za-z0-9._-]+$/;
const CURRENT_KEYS = ['exceptions', 'exception'];
/** Keys of CrashKit 1.0's document that the current API does not have. */
const NEW_KEYS = ['stacktrace', 'host', 'user', 'ownership', 'version', 'configuration', 'environment'];

export function crashkitItem(
  file: string,
  bytes: Buffer,
  value: unknown,
  { product, account }: ItemSettings,
): { readonly item: Item } | { readonly fault: string } {
  const kind = payloadKind(value);
  if (kind === null) {
    return {
      fault: `${file} is JSON, but neither a CrashKit payload nor the annotations of a dump beside it`,
    };
  }
  const key = createHash('sha256').update(`${kind}\n${account}\n${product}\n`).update(bytes).digest('hex');
  const item = (send: Item['send']): { readonly item: Item } => ({
    item: { kind, name: file, bytes: bytes.length, key, send },
  });
  if (kind === 'failures') return item((attempt) => post('/newcrash/failure', bytes, attempt));
  if (product === null) return { fault: `${file} is a CrashKit payload, which needs --product` };
  if (!NAME.test(product) || !NAME.test(account)) {
    return {
      fault: `${file}: CrashKit's names of accounts and products are made of letters, digits, ".", "_" and "-"`,
    };
  }
  if (kind === 'crashkit') {
    return item((attempt) => post(`/${account}/products/${product}/post-report/0/0`, bytes, attempt));
  }
  const base = `/api/1/${account}/products/${product}`;
  return item(async (attempt) => {
    // The 1.0 API has no retries of its own, but remembers a token: a report that has arrived can be asked for.
    if (await hasArrived(`${base}/latest-report`, key, attempt))
      return { kind: 'stored', answer: 'ok', id: '' };
    return post(`${base}/reports`, bytes, attempt, key);
  });
}

function payloadKind(value: unknown): 'crashkit' | 'crashkit 1.0' | 'failures' | null {
  const first = asRecord(Array.isArray(value) ? value[0] : value);
  if (first === null) return null;
  if (CURRENT_KEYS.some((key) => Object.hasOwn(first, key))) return 'crashkit';
  if (Array.isArray(value) && Object.hasOwn(first, 'goroutines') && Object.hasOwn(first, 'description')) {
    return 'failures';
  }
  const names = new Set(Object.keys(first).map((key) => key.split('.', 1)[0]));
  return NEW_KEYS.some((key) => names.has(key)) ? 'crashkit 1.0' : null;
}

async function post(path: string, body: Buffer, attempt: Attempt, token?: string): Promise<SendResult> {
  const { address, send, signal, onBytes } = attempt;
  try {
    const answer = await send({
      method: 'POST',
      url: withToken(address.at(path), token),
      headers: { 'content-type': 'application/json' },
      body,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    onBytes(body.length);
    const judged = judge(answer.status, answer.text, retryAfter(answer.headers));
    const id = new URLSearchParams(answer.text.trim()).get('report') ?? '';
    return judged.kind === 'stored' ? { ...judged, id } : judged;
  } catch (error) {
    return { kind: 'unavailable', problem: (error as Error).message, retryAfter: null };
  }
}

async function hasArrived(path: string, token: string, { address, send, signal }: Attempt): Promise<boolean> {
  try {
    const url = withToken(address.at(path), token);
    return (await send({ method: 'HEAD', url, timeoutMs: TIMEOUT_MS, signal })).status === 200;
  } catch {
    return false;
  }
}

function withToken(url: string, token: string | undefined): string {
  if (token === undefined) return url;
  const result = new URL(url);
  result.searchParams.set('token', token);
  return result.href;
}
