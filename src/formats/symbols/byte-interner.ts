// Remembers byte strings with a number each, without making JavaScript strings of them: symbol files repeat a few
// thousand CFI texts hundreds of thousands of times.

/** Bounded: when it is full it forgets everything, and starts again. */
export class ByteInterner {
  private readonly maxEntries: number;
  private readonly maxLength: number;
  /** Open addressing: entry number + 1, or 0. Twice as many slots as entries. */
  private readonly slots: Int32Array;
  private readonly hashes: Int32Array;
  private readonly values: Float64Array;
  /** Where the bytes of entry i begin in the arena; they end where those of the next begin. */
  private readonly starts: Int32Array;
  private arena: Uint8Array;
  private count = 0;

  /** Holds up to `maxEntries` (a power of two) strings of up to `maxLength` bytes. */
  constructor({ maxEntries, maxLength }: { readonly maxEntries: number; readonly maxLength: number }) {
    this.maxEntries = maxEntries;
    this.maxLength = maxLength;
    this.slots = new Int32Array(maxEntries * 2);
    this.hashes = new Int32Array(maxEntries);
    this.values = new Float64Array(maxEntries);
    this.starts = new Int32Array(maxEntries + 1);
    this.arena = new Uint8Array(maxEntries * 16);
  }

  /** The number of these bytes; where they are new, `create` gives it. */
  get(bytes: Uint8Array, create: (bytes: Uint8Array) => number): number {
    const { length } = bytes;
    if (length > this.maxLength) return create(bytes);
    let hash = 0x811c9dc5 | 0;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    const mask = this.slots.length - 1;
    // The low bits of this hash follow the last byte alone; the high ones mix them all.
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const entry = (this.slots[slot] ?? 0) - 1;
      if (entry < 0) break;
      if (this.hashes[entry] === hash && this.isEntry(entry, bytes)) return this.values[entry] ?? 0;
      slot = (slot + 1) & mask;
    }
    const value = create(bytes);
    if (this.count === this.maxEntries) {
      this.clear();
      slot = (hash ^ (hash >>> 15)) & mask;
    }
    this.store(slot, hash, bytes, value);
    return value;
  }

  private isEntry(entry: number, bytes: Uint8Array): boolean {
    const start = this.starts[entry] ?? 0;
    if ((this.starts[entry + 1] ?? 0) - start !== bytes.length) return false;
    for (let i = 0; i < bytes.length; i++) {
      if (this.arena[start + i] !== bytes[i]) return false;
    }
    return true;
  }

  private store(slot: number, hash: number, bytes: Uint8Array, value: number): void {
    const entry = this.count++;
    const start = this.starts[entry] ?? 0;
    const end = start + bytes.length;
    if (end > this.arena.length) {
      const larger = new Uint8Array(Math.max(end, this.arena.length * 2));
      larger.set(this.arena);
      this.arena = larger;
    }
    this.arena.set(bytes, start);
    this.starts[entry + 1] = end;
    this.hashes[entry] = hash;
    this.values[entry] = value;
    this.slots[slot] = entry + 1;
  }

  private clear(): void {
    this.slots.fill(0);
    this.count = 0;
  }
}
