// Seals and opens the secrets of an open store. Keys are read again when they are needed: `mayday keys rotate` runs beside the servers.
import { isSealed, openSealed, parseKeys, seal, SecretsLocked } from '../../shared/secret-box.ts';
import type { KeyRing } from '../../shared/secret-box.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { ensureKeyFile } from './key-file.ts';
import type { SecretPlace } from './sealed-rows.ts';

/** Where the keys come from. */
export interface KeySource {
  readonly layout: Layout;
  /** The text of the keys from elsewhere (SECRET_KEYS_COMMAND); absent: the file beside the database. */
  readonly command?: (() => string) | undefined;
}

/** The keys as they are now. Throws `SecretsLocked`, or the system's error. */
export function currentKeys({ layout, command }: KeySource): KeyRing {
  return command === undefined ? ensureKeyFile(layout) : parseKeys(command(), 'SECRET_KEYS_COMMAND');
}

/** The secrets of one store. */
export class Secrets {
  readonly #source: KeySource;
  #ring: KeyRing | null = null;

  constructor(source: KeySource) {
    this.#source = source;
  }

  /** A secret as it is stored. What is sealed already stays as it is: it could not be opened here, and is not lost. */
  seal(text: string, place: SecretPlace): string {
    if (text === '' || isSealed(text)) return text;
    // A key that another process has put in front since.
    this.#ring = currentKeys(this.#source);
    return seal(this.#ring, text, place);
  }

  /** A secret as it was given; null where its key is missing. */
  open(stored: string, place: SecretPlace): string | null {
    if (!isSealed(stored)) return stored;
    try {
      return openSealed((this.#ring ??= currentKeys(this.#source)), stored, place);
    } catch (error) {
      if (!(error instanceof SecretsLocked)) throw error;
    }
    try {
      this.#ring = currentKeys(this.#source);
      return openSealed(this.#ring, stored, place);
    } catch (error) {
      if (!(error instanceof SecretsLocked)) throw error;
      return null;
    }
  }
}
