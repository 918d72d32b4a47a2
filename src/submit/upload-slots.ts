// Counts the uploads that each client has under way, so that one of them cannot take the whole server.

/** Slots by client; see `clientKey` for what a client is. */
export class UploadSlots {
  readonly #underWay = new Map<string, number>();
  readonly #max: number;

  constructor(maxPerClient: number) {
    this.#max = maxPerClient;
  }

  /** False: the client has as many as it may have. */
  take(client: string): boolean {
    const count = this.#underWay.get(client) ?? 0;
    if (count >= this.#max) return false;
    this.#underWay.set(client, count + 1);
    return true;
  }

  release(client: string): void {
    const count = this.#underWay.get(client) ?? 0;
    if (count <= 1) this.#underWay.delete(client);
    else this.#underWay.set(client, count - 1);
  }
}
