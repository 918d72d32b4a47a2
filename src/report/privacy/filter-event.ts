// The privacy step for an event of Sentry's clients, before anything of it is stored. Data that a program gathered (request,
// locals, extra, contexts, breadcrumbs, tags, user) is filtered by the names in it; everything else by what texts show.
import { asObject, own, type JsonObject } from '../crashkit/json-object.ts';
import { changedMembers } from './changed-members.ts';
import type { SecretNames } from './secret-names.ts';
import { ValueFilter } from './filter-value.ts';

/** What is decided about an event. */
export interface EventPrivacy {
  readonly names: SecretNames;
  /** Whether the address of a user is kept. */
  readonly keepAddress: boolean;
  /** The peer's address, for `{{auto}}`; null: not known. */
  readonly address: string | null;
}

/** An event without secrets, and how many values were filtered. */
export interface PrivateEvent {
  readonly event: JsonObject;
  readonly count: number;
}

/** Keys that hold ids, versions and names of code: nothing in them is a value of a user. */
const STRUCTURE: ReadonlySet<string> = new Set([
  ...[
    'event_id',
    'timestamp',
    'start_timestamp',
    'platform',
    'level',
    'logger',
    'release',
    'dist',
    'environment',
  ],
  ...['sdk', 'modules', 'debug_meta', 'fingerprint', 'type', 'received', 'project', 'key_id', 'version'],
]);

/** Filters one event. The event itself is not changed. */
export function filterEvent(event: JsonObject, { names, keepAddress, address }: EventPrivacy): PrivateEvent {
  const filter = new ValueFilter(names);
  const out = changedMembers(event, (key, value) => filteredPart(key, value, filter));
  const user = asObject(own(event, 'user'));
  if (user === null) return { event: out, count: filter.count };
  const kept = userWithAddress(filter.members(user), { keepAddress, address });
  if (own(user, 'ip_address') !== undefined && own(kept, 'ip_address') === undefined) {
    if (own(user, 'ip_address') !== '{{auto}}') filter.count += 1;
  }
  return { event: kept === user ? out : { ...out, user: kept }, count: filter.count };
}

function filteredPart(key: string, value: unknown, filter: ValueFilter): unknown {
  if (STRUCTURE.has(key) || key === 'user') return value;
  if (key === 'request') return filterRequest(value, filter);
  if (key === 'exception' || key === 'threads' || key === 'stacktrace') return filterStacks(value, filter, 0);
  return filter.value(value);
}

function filterRequest(value: unknown, filter: ValueFilter): unknown {
  const request = asObject(value);
  if (request === null) return filter.value(value);
  return changedMembers(request, (key, part) => {
    if (key === 'cookies') return filter.allMembers(part);
    const isQuery = (key === 'query_string' || key === 'data') && typeof part === 'string';
    return isQuery ? filter.text(part, { as: 'query' }) : filter.value(part);
  });
}

/** Names of a frame or exception that hold code rather than data. */
const SOURCE: ReadonlySet<string> = new Set(['pre_context', 'context_line', 'post_context']);
const CODE: ReadonlySet<string> = new Set([
  ...[
    'function',
    'raw_function',
    'module',
    'package',
    'lineno',
    'colno',
    'in_app',
    'instruction_addr',
    'type',
  ],
  ...['symbol_addr', 'image_addr', 'trust', 'platform', 'mechanism', 'id', 'thread_id', 'registers', 'lang'],
]);
const MAX_DEPTH = 12;

function filterStacks(value: unknown, filter: ValueFilter, depth: number): unknown {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return filter.value(value);
  if (Array.isArray(value)) return changedItems(value, (one) => filterStacks(one, filter, depth + 1));
  return changedMembers(value as Readonly<Record<string, unknown>>, (key, part) =>
    filterStackPart(key, part, filter, depth),
  );
}

function filterStackPart(key: string, part: unknown, filter: ValueFilter, depth: number): unknown {
  if (key === 'values' || key === 'stacktrace' || key === 'raw_stacktrace' || key === 'frames') {
    return filterStacks(part, filter, depth + 1);
  }
  if (SOURCE.has(key)) return filterSource(part, filter);
  if (key === 'mechanism') {
    const mechanism = asObject(part);
    if (mechanism === null) return part;
    return changedMembers(mechanism, (name, one) => (name === 'data' ? filter.value(one) : one));
  }
  return CODE.has(key) ? part : filter.value(part);
}

/** A list with each item as `change` gives it; the very same list where nothing changes. */
function changedItems(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  let out: unknown[] | null = null;
  for (const [index, item] of list.entries()) {
    const after = change(item);
    if (after === item) continue;
    out ??= [...list];
    out[index] = after;
  }
  return out ?? list;
}

function filterSource(part: unknown, filter: ValueFilter): unknown {
  if (typeof part === 'string') return filter.text(part, { as: 'source' });
  if (!Array.isArray(part)) return part;
  return changedItems(part, (line) =>
    typeof line === 'string' ? filter.text(line, { as: 'source' }) : line,
  );
}

/** The address of a user is kept only where the product says so; `{{auto}}` is the peer's. */
function userWithAddress(
  user: JsonObject,
  { keepAddress, address }: { readonly keepAddress: boolean; readonly address: string | null },
): JsonObject {
  const given = own(user, 'ip_address');
  if (given === undefined) return user;
  const { ip_address: _address, ...rest } = user;
  const kept = given === '{{auto}}' ? address : given;
  return keepAddress && kept !== null ? { ...rest, ip_address: kept } : rest;
}
