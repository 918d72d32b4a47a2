// Sends one request to a tracker: http or https only, no redirects, no proxy, everything bounded; private addresses only where the operator
// names the host. The token goes there and nowhere else: not into the log, not into words of errors.
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { limitEndsMs, retryAfterMs } from '../notify/retry-after.ts';
import { checkLiteralHost, guardedLookup, RefusedAddressError } from '../notify/address-guard.ts';
import { oneLine } from '../../alerts/notice-words.ts';
import type { TrackerRequest } from './tracker-client.ts';
import { TrackerFailure } from './tracker-failure.ts';
import { TrackerRests } from './tracker-rests.ts';

/** A person may wait for it. */
const TIMEOUT_MS = 15_000;
/** A ticket's JSON holds its whole text; more than this is none. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_SHOWN = 200;
const MAX_RETRY_AFTER_MS = 6 * 3_600_000;
/** What GitHub asks for where it limits and says no time. */
const LIMIT_MS = 60_000;

export interface TrackerHttpOptions {
  /** TRACKER_PRIVATE_HOSTS: `host` or `host:port` that may have a private address. */
  readonly privateHosts: readonly string[];
  /** Mayday's version, for the User-Agent. */
  readonly version: string;
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

/** Gives the JSON of an answer from 200 to 299; throws `TrackerFailure`. */
export type TrackerHttp = (
  request: TrackerRequest,
  authorization: Readonly<Record<string, string>>,
  signal?: AbortSignal,
) => Promise<unknown>;

/** Whether the operator allows a host though it is private. */
export function isPrivateHostAllowed(url: URL, privateHosts: readonly string[]): boolean {
  return privateHosts.some((host) => [url.host, url.hostname].includes(host.toLowerCase()));
}

/** Why a token may not be sent to an address; null: it may. */
export function addressFault(url: URL, privateHosts: readonly string[]): string | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'the address is neither http nor https';
  if (isPrivateHostAllowed(url, privateHosts)) return null;
  if (url.protocol === 'http:')
    return `${url.host} is asked by http, so anybody on the way could read the token; TRACKER_PRIVATE_HOSTS=${url.host} allows it`;
  try {
    checkLiteralHost(url);
    return null;
  } catch (error) {
    return (error as Error).message.replace(
      'WEBHOOK_ALLOW_PRIVATE=true',
      `TRACKER_PRIVATE_HOSTS=${url.host}`,
    );
  }
}

export function trackerHttp({
  privateHosts,
  version,
  timeoutMs = TIMEOUT_MS,
  now = Date.now,
}: TrackerHttpOptions): TrackerHttp {
  const rests = new TrackerRests();
  return async (request, authorization, signal) => {
    const url = new URL(request.url);
    const fault = addressFault(url, privateHosts);
    if (fault !== null) throw new TrackerFailure(fault, { kind: 'refused' });
    const left = rests.left(url.host, authorization, now());
    if (left > 0) throw restingFailure(left, now());
    const secrets = Object.values(authorization).flatMap((value) => [value, value.replace(/^\S+ /, '')]);
    const timeout = AbortSignal.timeout(timeoutMs);
    const answer = await exchange(url, request, {
      isGuarded: !isPrivateHostAllowed(url, privateHosts),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      headers: { 'user-agent': `Mayday/${version}`, ...authorization },
      words: (error) => errorWords(error, { url, timeoutMs }),
    });
    try {
      return jsonOf(answer, { method: request.method, secrets, now: now() });
    } catch (error) {
      const pause = error instanceof TrackerFailure ? error.retryAfterMs : null;
      if (pause !== null) rests.rest(url.host, authorization, now() + pause);
      throw error;
    }
  };
}

/** Nothing was asked. */
function restingFailure(left: number, now: number): TrackerFailure {
  const until = new Date(now + left).toISOString().slice(11, 16);
  return new TrackerFailure(`it asked not to be asked again before ${until} UTC`, {
    kind: 'away',
    retryAfterMs: left,
  });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Null: it was too long. */
  readonly text: string | null;
}

async function exchange(
  url: URL,
  { method, headers = {}, body }: TrackerRequest,
  options: {
    readonly isGuarded: boolean;
    readonly signal: AbortSignal;
    readonly headers: Readonly<Record<string, string>>;
    readonly words: (error: unknown) => string;
  },
): Promise<Answer> {
  const text = body === undefined ? null : JSON.stringify(body);
  let wasSent = false;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const outgoing = (secure ? httpsRequest : httpRequest)(url, {
        method,
        headers: {
          accept: 'application/json',
          ...(text !== null && {
            'content-type': 'application/json; charset=utf-8',
            'content-length': String(Buffer.byteLength(text)),
          }),
          ...headers,
          ...options.headers,
        },
        // No connection is kept: the next one is checked again.
        agent: false,
        signal: options.signal,
        ...(options.isGuarded && { lookup: guardedLookup() }),
      });
      // From here on the tracker may do what it is asked, whatever becomes of the answer.
      outgoing.once('socket', (socket) => {
        socket.once(secure ? 'secureConnect' : 'connect', () => (wasSent = true));
      });
      outgoing.once('error', reject);
      outgoing.once('response', (incoming) => {
        readAnswer(incoming).then((read) => {
          outgoing.destroy();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: read,
          });
        }, reject);
      });
      outgoing.end(text ?? undefined);
    });
  } catch (error) {
    const isRefused = error instanceof RefusedAddressError;
    throw new TrackerFailure(options.words(error), {
      kind: isRefused ? 'refused' : wasSent && method !== 'GET' ? 'unknown' : 'away',
    });
  }
}

async function readAnswer(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(
  { status, headers, text }: Answer,
  {
    method,
    secrets,
    now,
  }: { readonly method: string; readonly secrets: readonly string[]; readonly now: number },
): unknown {
  const after = method === 'GET' ? ('away' as const) : ('unknown' as const);
  if (status >= 200 && status < 300) {
    // 204 of what has nothing to say.
    if (text === '') return {};
    if (text === null) throw new TrackerFailure('the answer is too long', { kind: after });
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new TrackerFailure('the answer is no JSON', { kind: after });
    }
  }
  const words = answerWords(status, without(text ?? '', secrets));
  if (status >= 300 && status < 400) throw new TrackerFailure(words, { kind: 'refused' });
  const asked = retryAfterMs(headers['retry-after'], now, MAX_RETRY_AFTER_MS);
  if (isLimited(status, headers, words)) {
    const ends = limitEndsMs(
      headerOf(headers, 'x-ratelimit-reset') ?? headerOf(headers, 'ratelimit-reset'),
      now,
      MAX_RETRY_AFTER_MS,
    );
    throw new TrackerFailure(words, { kind: 'away', retryAfterMs: asked ?? ends ?? LIMIT_MS });
  }
  if (status >= 400 && status < 500 && status !== 408) throw new TrackerFailure(words, { kind: 'refused' });
  // 408 and what gateways say: behind them it may have been done.
  throw new TrackerFailure(words, { kind: after, retryAfterMs: asked });
}

/**
 * Whether a tracker did not do it because there were too many requests: 429 (RFC 6585), which GitLab and Jira use; GitHub answers 403 too, with
 * what is left (`x-ratelimit-remaining`), with `retry-after`, or for its secondary limits with words alone.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function isLimited(status: number, headers: IncomingHttpHeaders, words: string): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  const left = headerOf(headers, 'x-ratelimit-remaining') ?? headerOf(headers, 'ratelimit-remaining');
  return headers['retry-after'] !== undefined || left?.trim() === '0' || /\brate limit/i.test(words);
}

function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function answerWords(status: number, text: string): string {
  if (status >= 300 && status < 400) return `it answered ${status}; redirects are not followed`;
  const said = oneLine(saidIn(text), MAX_SHOWN);
  const hint = status === 401 ? ' (the token is not accepted)' : '';
  return `it answered ${status}${hint}${said === '' ? '' : `: ${said}`}`;
}

/** What trackers say in their errors: `message` (GitHub, GitLab, Bugzilla), `errorMessages` and `errors` (Jira). HTML is not shown. */
function saidIn(text: string): string {
  try {
    const json = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    const { message, error, errorMessages, errors } = json ?? {};
    const parts = [message, error, errorMessages, errors].filter(
      (part) =>
        part !== undefined && part !== null && typeof part !== 'boolean' && JSON.stringify(part) !== '[]',
    );
    return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(' ');
  } catch {
    return text.trimStart().startsWith('<') ? '' : text;
  }
}

/** A tracker that says back what it was told must not show the token. */
function without(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === '' ? rest : rest.replaceAll(secret, '…')), text);
}

function errorWords(
  error: unknown,
  { url, timeoutMs }: { readonly url: URL; readonly timeoutMs: number },
): string {
  if (!(error instanceof Error)) return oneLine(String(error), MAX_SHOWN);
  if (error instanceof RefusedAddressError)
    return error.message.replace('WEBHOOK_ALLOW_PRIVATE=true', `TRACKER_PRIVATE_HOSTS=${url.host}`);
  const isTimeout =
    error.name === 'TimeoutError' ||
    (error.cause instanceof DOMException && error.cause.name === 'TimeoutError');
  if (isTimeout)
    return `no whole answer in ${timeoutMs >= 1000 ? `${Math.round(timeoutMs / 1000)} s` : `${timeoutMs} ms`}`;
  if (error instanceof AggregateError && error.message === '')
    return oneLine(error.errors.map((each) => (each as Error).message).join('; '), MAX_SHOWN);
  return oneLine(error.message, MAX_SHOWN);
}
