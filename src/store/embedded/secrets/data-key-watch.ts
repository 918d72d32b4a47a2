// Learns the data keys that another process makes (`mayday keys rotate --data`) while the store is open, and tells every thread: well before any
// process seals with them (ADOPT_MS), so that nobody meets a key that it does not know.
import type { Log } from '../../../base/log.ts';
import { parseKeys } from '../../shared/secret-box.ts';
import { unlockKeys, wrappedKeys } from '../database/data-keys.ts';
import type { Connection } from '../database/query.ts';
import { knownKeysOf } from '../sealed/unlocked-keys.ts';
import { readKeyFile } from './key-file.ts';
import type { KeySource } from './stored-secrets.ts';

const LOOK_MS = 2000;
/** Keys that could not be had are not asked for again before this. */
const ASK_AGAIN_MS = 5000;

/** Looks from now on until it is stopped. */
export class DataKeyWatch {
  readonly #connection: Connection;
  readonly #source: KeySource;
  readonly #ask: (() => Promise<string>) | undefined;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #isBusy = false;
  #askAt = 0;
  #isTold = false;

  /** `ask`: prints the keys of the operator's command without keeping the thread waiting; default: as `source` has them. */
  constructor(
    connection: Connection,
    {
      source,
      ask,
      log,
    }: {
      readonly source: KeySource;
      readonly ask: (() => Promise<string>) | undefined;
      readonly log: Log;
    },
  ) {
    this.#connection = connection;
    this.#source = source;
    this.#ask = ask;
    this.#log = log;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isBusy || Date.now() < this.#askAt) return;
    this.#isBusy = true;
    try {
      const known = new Set(knownKeysOf(this.#source.layout.database));
      if (known.size > 0 && wrappedKeys(this.#connection).some(({ id }) => !known.has(id)))
        await this.#learn();
      this.#isTold = false;
    } catch (error) {
      this.#askAt = Date.now() + ASK_AGAIN_MS;
      if (!this.#isTold && this.#connection.open)
        this.#log.error({ err: error }, 'a data key that another process made does not open yet');
      this.#isTold = true;
    } finally {
      this.#isBusy = false;
    }
  }

  async #learn(): Promise<void> {
    const { layout, command } = this.#source;
    const text = await (this.#ask ?? command)?.();
    const ring = text === undefined ? readKeyFile(layout) : parseKeys(text, 'SECRET_KEYS_COMMAND');
    if (ring === null) throw new Error(`${layout.keys} is missing`);
    const file = text === undefined ? layout.keys : null;
    if (this.#connection.open) unlockKeys(this.#connection, { database: layout.database, ring, file });
  }
}
