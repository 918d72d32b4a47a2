// Sends one message to a webhook or chat, as its target words it: http or https only, no redirects, no proxy, everything bounded.
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Delivery, Webhook } from '../../store/notifications.ts';
import { checkLiteralHost, guardedLookup } from './address-guard.ts';
import { oneLine } from '../../alerts/notice-words.ts';
import { targetNamed } from '../../alerts/targets/target-registry.ts';
import type { Payload } from '../../store/notice-payload.ts';
import { failed } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { retryAfterMs } from './retry-after.ts';

/** The whole exchange; it stays well below the minute for which a message is leased. */
const TIMEOUT_MS = 15_000;
/** Of an answer; more is not read. */
const MAX_ANSWER_BYTES = 4096;
const MAX_SHOWN = 200;
const MAX_RETRY_AFTER_MS = 6 * 3_600_000;
const HTTP_GONE = 410;

export interface WebhookSenderOptions {
  readonly reportsUrl: string;
  /** Whether webhooks may reach private addresses, this machine included. */
  readonly allowPrivate: boolean;
  /** Mayday's version, for the User-Agent. */
  readonly version: string;
  readonly now: () => number;
  readonly timeoutMs?: number;
}

/** Sends a message; never throws. `signal` ends it early. */
export type WebhookSender = (
  webhook: Webhook,
  delivery: Pick<Delivery, 'id'>,
  payload: Payload,
  signal: AbortSignal,
) => Promise<Outcome>;

/** A sender. */
export function webhookSender(options: WebhookSenderOptions): WebhookSender {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  return async (webhook, delivery, payload, signal) => {
    const sentAt = options.now();
    const target = targetNamed(webhook.format);
    if (target === undefined) {
      return failed(`nothing is known of the format ${oneLine(webhook.format, 50)}`, { final: true });
    }
    try {
      const { method, url, headers, body } = target.request(webhook, payload, {
        deliveryId: delivery.id,
        sentAt,
        reportsUrl: options.reportsUrl,
      });
      if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        return failed('the address is neither http nor https', { final: true });
      }
      if (!options.allowPrivate) checkLiteralHost(url);
      const answer = await exchange(url, body, {
        method,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        allowPrivate: options.allowPrivate,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'user-agent': `Mayday/${options.version}`,
          'x-mayday-notice': payload.notice,
          'x-mayday-delivery': String(delivery.id),
          'x-mayday-timestamp': String(Math.floor(sentAt / 1000)),
          ...headers,
        },
      });
      return outcomeOf(answer, options.now());
    } catch (error) {
      return failed(errorWords(error, timeoutMs));
    }
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

function exchange(
  url: URL,
  body: string,
  options: {
    readonly method: 'POST' | 'PUT';
    readonly headers: Readonly<Record<string, string>>;
    readonly allowPrivate: boolean;
    readonly signal: AbortSignal;
  },
): Promise<Answer> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: options.method,
      headers: { ...options.headers, 'content-length': String(Buffer.byteLength(body)) },
      // No connection is kept: the next one is checked again.
      agent: false,
      signal: options.signal,
      ...(!options.allowPrivate && { lookup: guardedLookup() }),
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      readSome(incoming).then(
        (text) => {
          outgoing.destroy();
          resolve({
            status: incoming.statusCode ?? 0,
            retryAfter: incoming.headers['retry-after'],
            text,
          });
        },
        (error: unknown) => reject(error as Error),
      );
    });
    outgoing.end(body);
  });
}

async function readSome(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString('utf8');
}

function outcomeOf({ status, retryAfter, text }: Answer, now: number): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const shown = oneLine(text, MAX_SHOWN);
  const words =
    status >= 300 && status < 400
      ? `answered ${status}; redirects are not followed`
      : `answered ${status}${shown === '' ? '' : `: ${shown}`}`;
  return failed(words, {
    // A refused message says nothing about the next one; a receiver that is down or busy does.
    scope: status >= 500 || status === 429 ? 'receiver' : 'message',
    retryAfterMs: retryAfterMs(retryAfter, now, MAX_RETRY_AFTER_MS),
    final: status === HTTP_GONE,
  });
}

function errorWords(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return oneLine(String(error), MAX_SHOWN);
  if (
    error.name === 'TimeoutError' ||
    (error.cause instanceof DOMException && error.cause.name === 'TimeoutError')
  )
    return `no whole answer in ${Math.round(timeoutMs / 1000)} s`;
  // Several addresses were tried: the message of the whole is empty.
  if (error instanceof AggregateError && error.message === '') {
    return oneLine(error.errors.map((each) => (each as Error).message).join('; '), MAX_SHOWN);
  }
  return oneLine(error.message, MAX_SHOWN);
}
