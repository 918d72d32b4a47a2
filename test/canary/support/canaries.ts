// Tokens that stand for what clients send: each has a name, which says where it was put, and a kind, which says who may see it.
import { randomBytes } from 'node:crypto';

/**
 * `open`: everybody who is signed in. `message`: as `open`, unless the product protects messages; then `secret`.
 * `secret`: people with the right to protected data. `removed`: nobody, and it may not be on the disk.
 */
export type CanaryKind = 'open' | 'message' | 'secret' | 'removed';

export interface Canary {
  readonly name: string;
  readonly kind: CanaryKind;
  readonly token: string;
}

const PREFIX = 'qzx';
/** Also where a token was cut: the beginning of one gives it away, as it would a password. */
const FORM = /qzx[0-9a-f]{6,12}/g;
const LEAST = 9;

export class Canaries {
  /** By the first signs of the token, which no two have in common. */
  readonly #byStart = new Map<string, Canary>();

  /** A fresh token for a place. */
  put(kind: CanaryKind, name: string): string {
    let token = '';
    do token = `${PREFIX}${randomBytes(6).toString('hex')}`;
    while (this.#byStart.has(token.slice(0, LEAST)));
    this.#byStart.set(token.slice(0, LEAST), { name, kind, token });
    return token;
  }

  all(): readonly Canary[] {
    return [...this.#byStart.values()];
  }

  /** The canaries in a text. */
  in(text: string): readonly Canary[] {
    const found = new Set(text.toLowerCase().match(FORM));
    return [...found].flatMap((part) => {
      const canary = this.#byStart.get(part.slice(0, LEAST));
      return canary?.token.startsWith(part) === true ? [canary] : [];
    });
  }

  named(name: string): Canary {
    const found = this.all().find((canary) => canary.name === name);
    if (found === undefined) throw new Error(`no canary is named ${name}`);
    return found;
  }
}
