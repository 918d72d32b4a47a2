// Keeps mails to one person apart: the first goes at once, what happens soon after waits and comes in one mail together. Anybody can
// post ten thousand different crashes; nobody wants ten thousand mails.
import { LRUCache } from 'lru-cache';

/** Addresses remembered; one that is forgotten costs a mail that could have been part of another. */
const MAX_REMEMBERED = 20_000;

export class MailSpacing {
  readonly #spacingMs: number;
  /** By address: when its newest mail goes. */
  readonly #last = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  constructor(spacingMs: number) {
    this.#spacingMs = spacingMs;
  }

  /** When a message that is there now goes to an address. */
  dueFor(address: string, now: number): number {
    const last = this.#last.get(address);
    // A mail that has not gone yet takes this message along.
    if (last !== undefined && last > now) return last;
    const due = last === undefined ? now : Math.max(now, last + this.#spacingMs);
    this.#last.set(address, due);
    return due;
  }
}
