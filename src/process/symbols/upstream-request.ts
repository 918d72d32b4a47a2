// One GET to an upstream symbol server. Names come from dumps: they are checked, encoded and put behind the configured
// address, so that nothing in them chooses a host or leaves the path. Redirects only lead where the operator allows.
import { Readable } from 'node:stream';

/** Steps below the address of a server; each is encoded, and none may be `.` or `..`. */
export type UpstreamPath = readonly string[];

/** `absent`: the server has no such symbols. `failed`: it could not say. */
export type UpstreamAnswer =
  | { readonly kind: 'found'; readonly body: Readable }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly why: string };

export type UpstreamRequestOptions = {
  readonly fetch: typeof fetch;
  /** For the head of the answer and for every silence within the body. */
  readonly timeoutMs: number;
  /** Host names beside the server's own to which it may redirect. */
  readonly redirectHosts: readonly string[];
  /** `HEAD`: only whether it is there. */
  readonly method?: 'GET' | 'HEAD';
};

const MAX_REDIRECTS = 3;
const ABSENT = new Set([400, 403, 404, 410]);

/** The address of symbols at a server, which may have a path of its own. */
export function upstreamUrl(server: string, path: UpstreamPath): URL {
  // An address resolves such steps, encoded or not: the path would not stay where the operator put it.
  if (path.some((step) => step === '' || step === '.' || step === '..'))
    throw new RangeError('no step of a path');
  const url = new URL(server);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`;
  return url;
}

/** Asks one server; `signal` ends it at any time. Never rejects. */
export async function askUpstream(
  server: string,
  path: UpstreamPath,
  signal: AbortSignal,
  options: UpstreamRequestOptions,
): Promise<UpstreamAnswer> {
  const own = new URL(server);
  try {
    let url = upstreamUrl(server, path);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const headers = { 'user-agent': 'Mayday', ...credentialsOf(own, url) };
      const { method = 'GET' } = options;
      const response = await options.fetch(bare(url), { method, redirect: 'manual', signal, headers });
      if (response.status >= 300 && response.status < 400) {
        await response.body?.cancel();
        const next = target(response.headers.get('location'), url);
        if (next === null || !mayFollow(own, url, next, options.redirectHosts)) {
          return { kind: 'failed', why: `redirects to ${next?.host ?? 'nowhere'}, which is not allowed` };
        }
        url = next;
        continue;
      }
      if (response.status === 200 && (response.body !== null || method === 'HEAD')) {
        const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
        return { kind: 'found', body };
      }
      await response.body?.cancel();
      if (ABSENT.has(response.status)) return { kind: 'absent' };
      return { kind: 'failed', why: `answers ${response.status}` };
    }
    return { kind: 'failed', why: 'redirects too often' };
  } catch (error) {
    const { cause, message } = error as Error;
    return { kind: 'failed', why: cause instanceof Error ? cause.message : message };
  }
}

function target(location: string | null, from: URL): URL | null {
  return location !== null && URL.canParse(location, from.href) ? new URL(location, from.href) : null;
}

/** Never to another scheme than https, except where the server itself has none. */
function mayFollow(own: URL, from: URL, next: URL, hosts: readonly string[]): boolean {
  if (next.username !== '' || next.password !== '') return false;
  if (next.protocol !== 'https:' && !(next.protocol === 'http:' && from.protocol === 'http:')) return false;
  return next.host === own.host || hosts.includes(next.host);
}

/** `fetch` refuses addresses with a user and password; these go to the server's own host only. */
function credentialsOf(own: URL, url: URL): Record<string, string> {
  if (own.username === '' && own.password === '') return {};
  if (url.host !== own.host) return {};
  const pair = `${decodeURIComponent(own.username)}:${decodeURIComponent(own.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function bare(url: URL): URL {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain;
}
