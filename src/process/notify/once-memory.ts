// Remembers what this process has put into the outbox. A bug that crashes every second would else be planned every time only for the
// outbox to refuse it, and each time take a place in the spacing of mails.
import { LRUCache } from 'lru-cache';

const MAX_REMEMBERED = 20_000;

export class OnceMemory {
  readonly #keys = new LRUCache<string, true>({ max: MAX_REMEMBERED });

  has(onceKey: string): boolean {
    return this.#keys.has(onceKey);
  }

  add(onceKey: string): void {
    this.#keys.set(onceKey, true);
  }
}
