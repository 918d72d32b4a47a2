// The data keys that this process has unlocked, by their ids, and with which of them a database seals. Worker threads get those that are known when
// they start. Nothing of it is ever written.
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { dataKeyOf } from '../../shared/sealed-bytes.ts';
import type { DataKey, FindKey } from '../../shared/sealed-bytes.ts';

/** A data key as it is wrapped in the database, opened. */
export interface OpenedKey {
  readonly id: string;
  readonly secret: string;
}

/** The keys of one database, oldest first, and how those are unwrapped that come later. */
export interface Unlocked {
  readonly keys: readonly OpenedKey[];
  /** The file of the keys that wrap, or (null) those keys themselves as text. */
  readonly wrapping: { readonly file: string | null; readonly text: string | null };
}

const SHARED = 'mayday data keys';
const known = new Map<string, DataKey>();
let databases: ReadonlyMap<string, Unlocked> = new Map();
let lookAgain: (databases: ReadonlyMap<string, Unlocked>) => void = () => undefined;

// What the thread that started this one knew.
for (const [database, unlocked] of inherited()) add(database, unlocked);

function inherited(): ReadonlyMap<string, Unlocked> {
  const shared: unknown = getEnvironmentData(SHARED);
  return shared instanceof Map ? (shared as ReadonlyMap<string, Unlocked>) : new Map();
}

function add(database: string, unlocked: Unlocked): void {
  for (const { id, secret } of unlocked.keys) if (!known.has(id)) known.set(id, dataKeyOf(id, secret));
  databases = new Map([...databases, [database, unlocked]]);
}

/** Keeps the keys of a database for this thread and for those that it starts from now on. */
export function rememberKeys(database: string, unlocked: Unlocked): void {
  add(database, unlocked);
  setEnvironmentData(SHARED, databases);
}

/** Says what is done once where a key is not known: another process may have made it meanwhile. */
export function whenUnknown(look: (databases: ReadonlyMap<string, Unlocked>) => void): void {
  lookAgain = look;
}

/** A key that was unlocked. */
export const findKey: FindKey = (id) => {
  if (!known.has(id)) lookAgain(databases);
  return known.get(id);
};

/** With which key files beside a database are sealed; null: it is not encrypted. */
export function sealingKeyOf(database: string): DataKey | null {
  const id = databases.get(database)?.keys.at(-1)?.id;
  return id === undefined ? null : (known.get(id) ?? null);
}
