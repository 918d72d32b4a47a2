// Bounds what attachments on their way into packs take in memory, all of them together; beyond it they go into files, as large ones do.

/** With every lane of the submit server busy with attachments of half a pack's entry, and some more that wait for an fsync. */
const MAX_HELD_BYTES = 24 * 1024 * 1024;

export class HeldBytes {
  #held = 0;

  /** False: that would be too much. */
  take(bytes: number): boolean {
    if (this.#held + bytes > MAX_HELD_BYTES) return false;
    this.#held += bytes;
    return true;
  }

  /** Those bytes are no longer held. */
  give(bytes: number): void {
    this.#held -= bytes;
  }
}
