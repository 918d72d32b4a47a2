// Floods: while space or the queue is short, a client network that sends more reports of one product than a minute's allowance is counted and not
// kept. Its clients are answered as if they had been throttled, so that none of them tries again, and everybody else's reports stay.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { LRUCache } from 'lru-cache';

const MINUTE_MS = 60_000;
/** Networks with a product; the one that was quiet longest is forgotten, with a full allowance. */
const MAX_BUCKETS = 20_000;
/** Products whose losses are told in one minute; clients choose the names. */
const MAX_TOLD = 100;
const OTHERS = JSON.stringify({ account: '', product: '' });

/** The rule that answers name. */
export const FLOOD_RULE = 'flood';

export interface FloodGuardOptions {
  /** Reports a minute of one network and product; 0: no limit. */
  readonly perMinute: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told once a minute for each product that lost reports. */
  readonly tell: (home: { readonly account: string; readonly product: string }, reports: number) => void;
}

interface Bucket {
  left: number;
  at: number;
}

/** Who sends what. */
export interface Sending {
  readonly address: string;
  readonly request: IncomingMessage;
  readonly account: string;
  readonly product: string;
  /** Space or the queue is short (`Admission`): without that a flood harms nobody. */
  readonly short: boolean;
}

/** Token buckets by client network and product. */
export class FloodGuard {
  readonly #options: FloodGuardOptions;
  readonly #buckets = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });
  /** By account and product, as JSON; those beyond `MAX_TOLD` under one key. */
  readonly #lost = new Map<string, number>();
  #minute: number;

  constructor(options: FloodGuardOptions) {
    this.#options = options;
    this.#minute = Math.floor(options.now() / MINUTE_MS);
  }

  /** Takes one report out of the allowance; true: it is one too many, and is counted here. */
  isFlood({ address, request, account, product, short }: Sending): boolean {
    const { perMinute, now } = this.#options;
    const at = now();
    this.#tellLosses(at);
    if (perMinute === 0 || isExempt(address, request)) return false;
    const key = JSON.stringify([networkOf(address), account, product]);
    const bucket = this.#buckets.get(key) ?? { left: perMinute, at };
    bucket.left = Math.min(perMinute, bucket.left + ((at - bucket.at) / MINUTE_MS) * perMinute);
    bucket.at = at;
    this.#buckets.set(key, bucket);
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return false;
    }
    if (!short) return false;
    const home = JSON.stringify({ account, product });
    const known = this.#lost.has(home) || this.#lost.size < MAX_TOLD ? home : OTHERS;
    this.#lost.set(known, (this.#lost.get(known) ?? 0) + 1);
    return true;
  }

  #tellLosses(at: number): void {
    const minute = Math.floor(at / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#minute = minute;
    for (const [home, reports] of this.#lost) {
      this.#options.tell(JSON.parse(home) as { account: string; product: string }, reports);
    }
    this.#lost.clear();
  }
}

/**
 * This machine; and an address of a private network that passes on what others sent (it says so) without TRUST_PROXY knowing it: that
 * is a proxy, and behind it stand all clients there are.
 */
function isExempt(address: string, request: IncomingMessage): boolean {
  if (isIP(address) === 0 || isLoopback(address)) return true;
  const { headers } = request;
  const passesOn = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return passesOn && isPrivate(address) && address === plainPeer(request);
}

function plainPeer(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/i, '').toLowerCase();
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

function isPrivate(address: string): boolean {
  return /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|f[cd]|fe80:)/i.test(address);
}

/** The /24 or /64 that an address lies in. */
export function networkOf(address: string): string {
  if (isIP(address) === 4) return address.split('.').slice(0, 3).join('.');
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  return [...groups, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4).join(':');
}
