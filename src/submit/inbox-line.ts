// Makes the lines of the inbox: what an operator needs to see why a client's report did not arrive, and no more. Secrets
// and addresses stay out.
import type { IncomingHttpHeaders } from 'node:http';
import type { InboxEntry } from '../store/intake.ts';

const MAX_HEADERS = 30;
const MAX_HEADER_VALUE = 300;
const MAX_PATH = 300;
const MAX_DETAIL = 1000;

/**
 * Headers whose values are kept. Of all others only the name is: proxies and programs invent headers of their own for the
 * address of a person (`x-real-ip`, `cf-connecting-ip`, …) and for secrets (`x-api-key`, …), which no list can know.
 */
const SHOWN: ReadonlySet<string> = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'cache-control', 'connection'],
  ...['content-disposition', 'content-encoding', 'content-length', 'content-md5', 'content-type', 'date'],
  ...['dnt', 'expect', 'host', 'keep-alive', 'origin', 'pragma', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'user-agent', 'x-requested-with', 'x-forwarded-proto', 'x-forwarded-host'],
  ...['access-control-request-method', 'access-control-request-headers'],
  ...['sec-fetch-dest', 'sec-fetch-mode', 'sec-fetch-site'],
]);

/** Request headers as the inbox keeps them. */
export function inboxHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers).slice(0, MAX_HEADERS)) {
    if (value === undefined) continue;
    const text = Array.isArray(value) ? value.join(', ') : value;
    kept[name.slice(0, 100)] = SHOWN.has(name) ? text.slice(0, MAX_HEADER_VALUE) : '(withheld)';
  }
  return kept;
}

/**
 * A request target without upload keys, client cookies, test tokens and annotations that are never kept; slashes that stand
 * together count as one.
 */
export function inboxPath(target: string, removedAnnotations: Pick<ReadonlySet<string>, 'has'>): string {
  const [path, query] = splitTarget(target.slice(0, 4 * MAX_PATH));
  const hidden = path
    .replace(/^\/+submit\/.+/, '/submit/(key)')
    .replace(/\/unreal\/+[^/]+/, '/unreal/(key)')
    .replace(/\/(post-report|post-blob)\/+([^/]*)\/+[^/]+/, '/$1/$2/(cookie)');
  const shown =
    query === undefined
      ? hidden
      : `${hidden}?${query.replaceAll(/(^|&)([^=&]*)=[^&]*/g, (pair, mark: string, name: string) =>
          isWithheld(name, removedAnnotations) ? `${mark}${name}=(withheld)` : pair,
        )}`;
  return shown.slice(0, MAX_PATH);
}

const SECRET_PARAMETERS: ReadonlySet<string> = new Set(['key', 'token', 'sentry_key']);

function isWithheld(encoded: string, removedAnnotations: Pick<ReadonlySet<string>, 'has'>): boolean {
  let name = encoded.replaceAll('+', ' ');
  try {
    name = decodeURIComponent(name);
  } catch {
    // It stays as it was sent.
  }
  return SECRET_PARAMETERS.has(name) || removedAnnotations.has(name);
}

/** Path and query (undefined where there is none) of a request target; `http://host` in front of it does not count. */
export function splitTarget(target: string): readonly [string, string | undefined] {
  let origin = target;
  if (!target.startsWith('/')) origin = target.replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const mark = origin.indexOf('?');
  return mark === -1 ? [origin, undefined] : [origin.slice(0, mark), origin.slice(mark + 1)];
}

/** A line with its texts cut to length. */
export function inboxLine(entry: InboxEntry): InboxEntry {
  return { ...entry, reason: entry.reason.slice(0, MAX_DETAIL), detail: entry.detail.slice(0, MAX_DETAIL) };
}

/** How many reports of a product a flood cost in the last minute. */
export function floodLine(
  { account, product }: { readonly account: string; readonly product: string },
  reports: number,
  at: number,
): InboxEntry {
  return inboxLine({
    at,
    protocol: null,
    method: '',
    path: '',
    account: account === '' ? null : account,
    product: product === '' ? null : product,
    outcome: 'throttled',
    reason: `flood: ${reports} reports were counted and not kept`,
    detail: 'Space or the queue is short, and a client network sent more than FLOOD_PER_MINUTE.',
    status: 200,
    bodyBytes: 0,
    clientHash: null,
    crashId: null,
    headers: {},
  });
}
