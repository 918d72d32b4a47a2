// Who sent a request: the address behind trusted proxies (TRUST_PROXY), and what is kept of it, a salted hash that
// changes every month and so cannot be followed for longer.
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Finds the client address of a request. Whoever is not trusted cannot choose it. */
export type AddressOf = (request: IncomingMessage) => string;

const UNKNOWN = 'unknown';
/** More addresses in one X-Forwarded-For are cut off on the far side. */
const MAX_HOPS = 50;

/**
 * `trust` is empty (the peer is the client), a number of proxies in front, or a list of addresses and CIDR ranges of
 * proxies (`loopback` stands for this machine).
 */
export function clientAddressOf(trust: string): AddressOf {
  const text = trust.trim();
  if (text === '' || text === '0') return peerOf;
  if (/^\d+$/.test(text)) {
    const hops = Number(text);
    return (request) => {
      const chain = chainOf(request);
      return chain[Math.min(hops, chain.length - 1)] ?? UNKNOWN;
    };
  }
  const trusted = trustedList(text);
  return (request) => {
    const chain = chainOf(request);
    return chain.find((address) => !isTrusted(trusted, address)) ?? chain.at(-1) ?? UNKNOWN;
  };
}

const CACHED_PEERS = 1024;
const peers = new LRUCache<string, string>({ max: CACHED_PEERS });

/** Remembered by what the socket says: reading an address takes about as long as parsing a form. */
function peerOf(request: IncomingMessage): string {
  const said = request.socket.remoteAddress ?? '';
  let peer = peers.get(said);
  if (peer === undefined) {
    peers.set(said, (peer = plainAddress(said) ?? UNKNOWN));
  }
  return peer;
}

/** The peer, then the addresses that proxies told, nearest first; ends before the first that is no address. */
function chainOf(request: IncomingMessage): readonly string[] {
  const header = request.headers['x-forwarded-for'];
  const told = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .slice(-MAX_HOPS)
    .toReversed();
  const chain = [peerOf(request)];
  for (const entry of told) {
    const address = plainAddress(entry);
    if (address === null) break;
    chain.push(address);
  }
  return chain;
}

/** An address without port, brackets, zone or IPv4-in-IPv6 clothing; null where it is none. */
function plainAddress(text: string): string | null {
  let address = text.trim();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(address);
  if (bracketed !== null) address = bracketed[1] ?? '';
  else if (/^[\d.]+:\d+$/.test(address)) address = address.slice(0, address.indexOf(':'));
  const zone = address.indexOf('%');
  if (zone !== -1) address = address.slice(0, zone);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) address = mapped[1] ?? '';
  return isIP(address) === 0 ? null : address.toLowerCase();
}

/** Throws with a sentence where an entry is neither an address nor a range. */
function trustedList(text: string): BlockList {
  const list = new BlockList();
  for (const entry of text.split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    if (entry === 'loopback') {
      list.addSubnet('127.0.0.0', 8, 'ipv4');
      list.addAddress('::1', 'ipv6');
      continue;
    }
    const [address = '', prefix, ...more] = entry.split('/');
    const family = isIP(address);
    const width = family === 6 ? 128 : 32;
    if (
      family === 0 ||
      more.length > 0 ||
      (prefix !== undefined && !(/^\d+$/.test(prefix) && Number(prefix) <= width))
    ) {
      throw new Error(`TRUST_PROXY has an entry that is neither an address nor a CIDR range: ${entry}`);
    }
    list.addSubnet(address, prefix === undefined ? width : Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}

function isTrusted(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** What stands for one client when uploads are counted: one who has an IPv6 address has at least a /64 of them. */
export function clientKey(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const missing =
    tail === undefined ? 0 : 8 - groups.length - tail.split(':').filter((group) => group !== '').length;
  const all = [
    ...groups,
    ...Array.from({ length: Math.max(0, missing) }, () => '0'),
    ...(tail ?? '').split(':'),
  ];
  return `${all.slice(0, 4).join(':')}::/64`;
}

const CACHED_HASHES = 4096;

/** Makes the hash that is kept in place of an address: 32 hexadecimal digits, another one each month. */
export function addressHasher(salt: Uint8Array): (address: string, nowMs: number) => string | null {
  const cache = new LRUCache<string, string>({ max: CACHED_HASHES });
  let month = '';
  return (address, nowMs) => {
    if (address === UNKNOWN) return null;
    const known = month === monthOf(nowMs) ? cache.get(address) : undefined;
    if (known !== undefined) return known;
    if (month !== monthOf(nowMs)) {
      month = monthOf(nowMs);
      cache.clear();
    }
    const hash = createHash('sha256').update(salt).update(`|${month}|${address}`).digest('hex').slice(0, 32);
    cache.set(address, hash);
    return hash;
  };
}

let lastMonth = { day: -1, text: '' };

/** The UTC month of a moment; remembered for the day because it is asked for with every report. */
function monthOf(nowMs: number): string {
  const day = Math.floor(nowMs / 86_400_000);
  if (lastMonth.day !== day) lastMonth = { day, text: new Date(nowMs).toISOString().slice(0, 7) };
  return lastMonth.text;
}
