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
const FORM = /qzx[0-9a-f]{12}/g;

export class Canaries {
  readonly #byToken = new Map<string, Canary>();

  /** A fresh token for a place. */
  put(kind: CanaryKind, name: string): string {
    const token = `${PREFIX}${randomBytes(6).toString('hex')}`;
    this.#byToken.set(token, { name, kind, token });
    return token;
  }

  all(): readonly Canary[] {
    return [...this.#byToken.values()];
  }

  /** The canaries in a text. */
  in(text: string): readonly Canary[] {
    const found = new Set(text.toLowerCase().match(FORM));
    return [...found].flatMap((token) => this.#byToken.get(token) ?? []);
  }

  named(name: string): Canary {
    const found = this.all().find((canary) => canary.name === name);
    if (found === undefined) throw new Error(`no canary is named ${name}`);
    return found;
  }
}
