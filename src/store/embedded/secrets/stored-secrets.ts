// Seals and opens the secrets of an open store. Keys are read again when they are needed: `mayday keys rotate` runs beside the servers.
import type { Log } from '../../../base/log.ts';
import { isSealed, keyIdOf, openSealed, parseKeys, seal, SecretsLocked } from '../../shared/secret-box.ts';
import type { KeyRing } from '../../shared/secret-box.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { ensureKeyFile, readKeyFile } from './key-file.ts';
import type { SecretPlace } from './sealed-rows.ts';

/** Where the keys come from. */
export interface KeySource {
  readonly layout: Layout;
  /** The text of the keys from elsewhere (SECRET_KEYS_COMMAND); absent: the file beside the database. */
  readonly command?: (() => string) | undefined;
}

/** The keys that are there; null: there is no file yet, and none is made. Throws `SecretsLocked`, or the system's error. */
export function keysThere({ layout, command }: KeySource): KeyRing | null {
  return command === undefined ? readKeyFile(layout) : parseKeys(command(), 'SECRET_KEYS_COMMAND');
}

/** Keys to seal with: where there are none yet, a file is made. Throws `SecretsLocked`, or the system's error. */
export function currentKeys(source: KeySource): KeyRing {
  return keysThere(source) ?? ensureKeyFile(source.layout);
}

/** Keys that could not be had, or were not there, are not asked for again before this: a command may take seconds, in which nothing else runs. */
const ASK_AGAIN_MS = 30_000;
/** Ids of missing keys that are remembered. */
const MAX_MISSED = 1000;

/** The secrets of one store. */
export class Secrets {
  readonly #source: KeySource;
  readonly #now: () => number;
  readonly #log: Log;
  #ring: KeyRing | null = null;
  /** When keys could not be had, and why. */
  #failure: { readonly at: number; readonly error: unknown } | null = null;
  /** Keys that were not among those that were had last, and when that was. */
  readonly #missed = new Map<string, number>();

  constructor(source: KeySource, { now, log }: { readonly now: () => number; readonly log: Log }) {
    this.#source = source;
    this.#now = now;
    this.#log = log;
  }

  /**
   * A secret as it is stored. What is sealed already stays as it is: it could not be opened here, and is not lost. Throws where keys cannot be
   * had: nothing is stored in clear.
   */
  seal(text: string, place: SecretPlace): string {
    if (text === '' || isSealed(text)) return text;
    // A key that another process has put in front since.
    const ring = this.#load(currentKeys);
    if (ring === null) throw this.#failure?.error;
    return seal(ring, text, place);
  }

  /** A secret as it was given; null where its key is missing, keys cannot be had, or it was changed. */
  open(stored: string, place: SecretPlace): string | null {
    const id = keyIdOf(stored);
    if (id === null) return stored;
    const ring = this.#ringWith(id);
    if (ring === null) return null;
    try {
      return openSealed(ring, stored, place);
    } catch (error) {
      if (!(error instanceof SecretsLocked)) throw error;
      return null;
    }
  }

  /** Keys with this one among them, read again where it is not; null: it is missing. */
  #ringWith(id: string): KeyRing | null {
    const has = (ring: KeyRing | null): boolean => ring?.some((key) => key.id === id) === true;
    if (has(this.#ring)) return this.#ring;
    const now = this.#now();
    if (now - (this.#missed.get(id) ?? Number.NEGATIVE_INFINITY) < ASK_AGAIN_MS) return null;
    // Where the file is missing none is made: it would open nothing, and stand where the right one belongs.
    const ring = this.#load(keysThere);
    if (has(ring) || this.#failure !== null) return ring;
    if (this.#missed.size >= MAX_MISSED) this.#missed.clear();
    this.#missed.set(id, now);
    return null;
  }

  /** The keys as they are now; null: they could not be had, now or a moment ago. What is wrong is logged once. */
  #load(keys: (source: KeySource) => KeyRing | null): KeyRing | null {
    const now = this.#now();
    if (this.#failure !== null && now - this.#failure.at < ASK_AGAIN_MS) return null;
    try {
      this.#ring = keys(this.#source);
      this.#failure = null;
      return this.#ring;
    } catch (error) {
      if (this.#failure === null) this.#log.error({ err: error }, 'the keys of secrets cannot be used');
      this.#failure = { at: now, error };
      return null;
    }
  }
}
