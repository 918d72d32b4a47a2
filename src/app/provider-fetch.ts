// `fetch` for providers of sign-ins (OpenID Connect): https only and public addresses only, but for hosts that the operator names; no redirects, an
// answer in time and of a bounded size. The address is checked at the moment of connecting: what a provider names leads no further.
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { checkLiteralHost, guardedLookup } from '../process/notify/address-guard.ts';
import { isPrivateHostAllowed } from '../process/tickets/tracker-http.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 512 * 1024;

export interface ProviderFetchOptions {
  /** `host` or `host:port` that may have a private address or be asked by plain http. */
  readonly privateHosts: readonly string[];
  readonly timeoutMs?: number;
}

/** What a request says, as openid-client gives it. */
interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Rejects with a sentence, or the system's error. */
export function providerFetch({
  privateHosts,
  timeoutMs = TIMEOUT_MS,
}: ProviderFetchOptions): (address: string, asked: Asked) => Promise<Response> {
  return async (address, { method = 'GET', headers = {}, body }) => {
    const url = new URL(address);
    const isAllowed = isPrivateHostAllowed(url, privateHosts);
    if (url.protocol !== 'https:' && !(isAllowed && url.protocol === 'http:')) {
      throw new Error(`${url.host} is not asked by https`);
    }
    if (!isAllowed) checkLiteralHost(url);
    const text = body instanceof URLSearchParams ? body.toString() : body;
    if (text !== undefined && text !== null && typeof text !== 'string') {
      throw new Error('only text is sent to providers');
    }
    return new Promise<Response>((resolve, reject) => {
      const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
        method,
        headers: {
          ...headers,
          ...(typeof text === 'string' && { 'content-length': String(Buffer.byteLength(text)) }),
        },
        // No connection is kept: the next one is checked again.
        agent: false,
        signal: AbortSignal.timeout(timeoutMs),
        ...(!isAllowed && { lookup: guardedLookup() }),
      });
      outgoing.once('error', reject);
      outgoing.once('response', (incoming) => {
        readAnswer(incoming).then(
          (read) => {
            outgoing.destroy();
            resolve(read);
          },
          (error: unknown) => {
            outgoing.destroy();
            reject(error instanceof Error ? error : new Error(String(error)));
          },
        );
      });
      outgoing.end(text ?? undefined);
    });
  };
}

async function readAnswer(incoming: IncomingMessage): Promise<Response> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    pieces.push(piece);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) headers.append(name, one);
    }
  }
  const status = incoming.statusCode ?? 500;
  const isEmpty = [101, 204, 205, 304].includes(status);
  return new Response(isEmpty ? null : Buffer.concat(pieces), { status, headers });
}
