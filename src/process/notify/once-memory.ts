// Remembers what this process has put into the outbox. A bug that crashes every second would else be planned every time only for the
// outbox to refuse it, and each time take a place in the spacing of mails.

const MAX_REMEMBERED = 200_000;

export class OnceMemory {
  readonly #keys = new Set<string>();

  has(onceKey: string): boolean {
    return this.#keys.has(onceKey);
  }

  add(onceKey: string): void {
    if (this.#keys.size >= MAX_REMEMBERED) this.#keys.clear();
    this.#keys.add(onceKey);
  }
}
