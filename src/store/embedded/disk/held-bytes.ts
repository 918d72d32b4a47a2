// Bounds what attachments on their way into packs take in memory, all of them together; beyond it they go into files, as large ones do.

/** Every lane of the submit server (upload-lanes.ts) may gather the largest entry of a pack. */
const MAX_HELD_BYTES = 8 * 1024 * 1024;

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
