// Which addresses a webhook may reach. An administrator types the URL, but the name in it can lead anywhere, and lead somewhere else
// each time it is looked up: so the address is checked at the moment of connecting, and the connection uses exactly that address.
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

/** IANA's special-purpose registries: what is not the public Internet. */
const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;
/** Includes every way to write an IPv4 address inside an IPv6 one; IPv4-mapped ones are checked as IPv4. */
const PRIVATE_V6 = [
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

const PRIVATE = new BlockList();
for (const range of PRIVATE_V4) addRange(range, 'ipv4');
for (const range of PRIVATE_V6) addRange(range, 'ipv6');

function addRange(range: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', prefix = ''] = range.split('/');
  PRIVATE.addSubnet(network, Number(prefix), family);
}

/** Whether an IP address belongs to this machine, a private network, or anything else that is not the public Internet. */
export function isPrivateAddress(address: string): boolean {
  const bare = address.split('%')[0] ?? '';
  const family = isIP(bare);
  if (family === 0) return true;
  return PRIVATE.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/** A person waits for the answer. */
const LOOKUP_MS = 3000;

/** Says that an address is refused. */
export class RefusedAddressError extends Error {
  constructor(host: string, address: string) {
    super(
      `${host} is ${host === address ? 'a private address' : `at the private address ${address}`}; WEBHOOK_ALLOW_PRIVATE=true allows it`,
    );
    this.name = 'RefusedAddressError';
  }
}

/** A `lookup` for net.connect that refuses names which lead to private addresses, even when only one of several does. */
export function guardedLookup(lookup: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const refused = addresses.find(({ address }) => isPrivateAddress(address));
      if (refused !== undefined) return callback(new RefusedAddressError(hostname, refused.address), []);
      if (options.all === true) return callback(null, addresses);
      const [first] = addresses;
      return first === undefined
        ? callback(new Error(`${hostname} has no address`), [])
        : callback(null, first.address, first.family);
    });
  };
}

/** Throws where the host of a URL is itself a private address: connecting to one looks nothing up. */
export function checkLiteralHost(url: URL): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && isPrivateAddress(host)) throw new RefusedAddressError(host, host);
}

/**
 * Why a webhook may not have this address, as far as it can be told when it is typed; null: nothing is against it. A name that
 * leads nowhere yet is taken: it is looked up again at each delivery.
 */
export function addressRefusal(
  url: URL,
  lookup: typeof systemLookup = systemLookup,
): Promise<RefusedAddressError | null> {
  try {
    checkLiteralHost(url);
  } catch (error) {
    return Promise.resolve(error instanceof RefusedAddressError ? error : null);
  }
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(null), LOOKUP_MS);
    guardedLookup(lookup)(url.hostname, {}, (error) => {
      clearTimeout(late);
      resolve(error instanceof RefusedAddressError ? error : null);
    });
  });
}
