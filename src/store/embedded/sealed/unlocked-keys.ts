// The data keys that this process has unlocked, by their ids, and with which of them a database seals. Worker threads get those that are known when
// they start, and hear of those that come later. Nothing of it is ever written.
import {
  BroadcastChannel,
  getEnvironmentData,
  receiveMessageOnPort,
  setEnvironmentData,
} from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { dataKeyOf } from '../../shared/sealed-bytes.ts';
import type { DataKey, FindKey } from '../../shared/sealed-bytes.ts';

/** A data key as it is wrapped in the database, opened. */
export interface OpenedKey {
  readonly id: string;
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** The keys of one database, oldest first, and how those are unwrapped that come later. */
export interface Unlocked {
  readonly keys: readonly OpenedKey[];
  /** The file of the keys that wrap, or (null) those keys themselves as text. */
  readonly wrapping: { readonly file: string | null; readonly text: string | null };
}

/** A data key seals when it is so old: every process that has the store open has learned it by then (secrets/data-key-watch.ts). */
export const ADOPT_MS = 60_000;

const SHARED = 'mayday data keys';
const known = new Map<string, DataKey>();
let databases: ReadonlyMap<string, Unlocked> = new Map();
let lookAgain: (databases: ReadonlyMap<string, Unlocked>) => void = () => undefined;
let channel: BroadcastChannel | null = null;

// What the thread that started this one knew.
for (const [database, unlocked] of inherited()) add(database, unlocked);

function inherited(): ReadonlyMap<string, Unlocked> {
  const shared: unknown = getEnvironmentData(SHARED);
  return shared instanceof Map ? (shared as ReadonlyMap<string, Unlocked>) : new Map();
}

function add(database: string, unlocked: Unlocked): void {
  for (const { id, secret } of unlocked.keys) if (!known.has(id)) known.set(id, dataKeyOf(id, secret));
  databases = new Map([...databases, [database, unlocked]]);
  threads();
}

/** Between the threads of this process; it keeps none of them running. */
function threads(): BroadcastChannel {
  if (channel !== null) return channel;
  channel = new BroadcastChannel(SHARED);
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- Node's types know no other way for this kind of channel
  channel.onmessage = (event: unknown) => hear((event as { readonly data: unknown }).data);
  channel.unref();
  return channel;
}

function hear(message: unknown): void {
  const [database, unlocked] = message as readonly [database: string, unlocked: Unlocked];
  // A thread that learned nothing yet may speak last.
  if (unlocked.keys.length >= (databases.get(database)?.keys.length ?? 0)) add(database, unlocked);
}

/** Keeps the keys of a database for this thread, for those that run, and for those that it starts from now on. */
export function rememberKeys(database: string, unlocked: Unlocked): void {
  add(database, unlocked);
  setEnvironmentData(SHARED, databases);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  threads().postMessage([database, unlocked]);
}

/** Says what is done once where a key is not known: another process may have made it meanwhile. */
export function whenUnknown(look: (databases: ReadonlyMap<string, Unlocked>) => void): void {
  lookAgain = look;
}

/** A key that was unlocked. */
export const findKey: FindKey = (id) => {
  if (!known.has(id)) hearNow();
  if (!known.has(id)) lookAgain(databases);
  return known.get(id);
};

/** Takes what other threads have said while this one was busy. */
function hearNow(): void {
  if (channel === null) return;
  // It takes both kinds of ports (Node's documentation); its types know one.
  const port = channel as unknown as MessagePort;
  for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port))
    hear(got.message);
}

/** Ids of the keys of a database that are known here; none: it is not encrypted, or was not unlocked. */
export function knownKeysOf(database: string): readonly string[] {
  return (databases.get(database)?.keys ?? []).map(({ id }) => id);
}

/** With which key what goes into a database, or into files beside it, is sealed now; null: it is not encrypted, or was not unlocked. */
export function sealingKeyOf(database: string, now = Date.now()): DataKey | null {
  const keys = databases.get(database)?.keys ?? [];
  const sealing = keys.findLast(({ createdAt }) => createdAt + ADOPT_MS <= now) ?? keys[0];
  return sealing === undefined ? null : (known.get(sealing.id) ?? null);
}
