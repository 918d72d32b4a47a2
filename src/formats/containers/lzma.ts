// LZMA2 chunks → bytes: the compression inside .xz files and of the mini debug info in ELF files. After the LZMA and XZ
// specifications (Igor Pavlov, Lasse Collin, public domain). Every read and every distance is checked; output has a limit.

/** The data is no LZMA2, is damaged, or grows beyond its limit. */
export class LzmaError extends Error {
  override readonly name = 'LzmaError';
}

const PROBABILITY_BITS = 11;
const HALF = 1 << (PROBABILITY_BITS - 1);
const MOVE_BITS = 5;
const TOP = 2 ** 24;
const STATES = 12;
const POSITION_STATES = 16;
const MATCH_MIN = 2;
const LENGTH_STATES = 4;
const END_POSITION_MODEL = 14;
const FULL_DISTANCES = 128;
const ALIGN_BITS = 4;

/** Where the output is gathered: it is the dictionary, too, since all of it is kept. */
class Output {
  bytes: Uint8Array;
  length = 0;
  /** Distances do not reach before this: the dictionary was reset here. */
  start = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.bytes = new Uint8Array(Math.min(maxBytes, 64 * 1024));
  }

  room(more: number): void {
    const needed = this.length + more;
    if (needed > this.#maxBytes) throw new LzmaError('it grows beyond its limit');
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, this.bytes.length * 2)));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** The range decoder over the bytes of one chunk. */
class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;
  #range = 0xffffffff;
  #code = 0;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
    if (this.#next() !== 0) throw new LzmaError('a chunk begins wrongly');
    for (let index = 0; index < 4; index += 1) this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  #next(): number {
    if (this.#at >= this.#end) throw new LzmaError('a chunk ends early');
    const byte = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }

  #normalize(): void {
    if (this.#range >= TOP) return;
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | this.#next()) >>> 0;
  }

  bit(model: Uint16Array, index: number): number {
    const probability = model[index] ?? HALF;
    const bound = (this.#range >>> PROBABILITY_BITS) * probability;
    let bit = 0;
    if (this.#code < bound) {
      this.#range = bound;
      model[index] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
    } else {
      this.#range = (this.#range - bound) >>> 0;
      this.#code = (this.#code - bound) >>> 0;
      model[index] = probability - (probability >> MOVE_BITS);
      bit = 1;
    }
    this.#normalize();
    return bit;
  }

  direct(bits: number): number {
    let value = 0;
    for (let index = 0; index < bits; index += 1) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code = (this.#code - this.#range) >>> 0;
      value = value * 2 + bit;
      this.#normalize();
    }
    return value;
  }

  tree(model: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    for (let index = 0; index < bits; index += 1) symbol = (symbol << 1) | this.bit(model, base + symbol);
    return symbol - (1 << bits);
  }

  reverseTree(model: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let index = 0; index < bits; index += 1) {
      const bit = this.bit(model, base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << index;
    }
    return value;
  }
}

const models = (size: number): Uint16Array => new Uint16Array(size).fill(HALF);

/** The models of lengths: short, middle and long ones. */
class LengthModels {
  readonly choice = models(2);
  readonly low = models(POSITION_STATES << 3);
  readonly middle = models(POSITION_STATES << 3);
  readonly high = models(256);

  decode(range: RangeDecoder, positionState: number): number {
    if (range.bit(this.choice, 0) === 0) return range.tree(this.low, positionState << 3, 3);
    if (range.bit(this.choice, 1) === 0) return 8 + range.tree(this.middle, positionState << 3, 3);
    return 16 + range.tree(this.high, 0, 8);
  }
}

/** Everything that is learned while decoding; reset when a chunk says so. */
class State {
  readonly literalContext: number;
  readonly literalPosition: number;
  readonly position: number;
  readonly literals: Uint16Array;
  readonly isMatch = models(STATES << 4);
  readonly isRepeat = models(STATES);
  readonly isRepeat0 = models(STATES);
  readonly isRepeat1 = models(STATES);
  readonly isRepeat2 = models(STATES);
  readonly isRepeat0Long = models(STATES << 4);
  readonly slots = models(LENGTH_STATES << 6);
  readonly special = models(1 + FULL_DISTANCES - END_POSITION_MODEL);
  readonly align = models(1 << ALIGN_BITS);
  readonly lengths = new LengthModels();
  readonly repeatLengths = new LengthModels();
  state = 0;
  repeats: [number, number, number, number] = [0, 0, 0, 0];

  constructor(properties: number) {
    if (properties >= 9 * 5 * 5) throw new LzmaError('a chunk has impossible properties');
    this.literalContext = properties % 9;
    this.literalPosition = Math.floor(properties / 9) % 5;
    this.position = Math.floor(properties / 45);
    if (this.literalContext + this.literalPosition > 4)
      throw new LzmaError('a chunk has impossible properties');
    this.literals = models(0x300 << (this.literalContext + this.literalPosition));
  }

  /** Decodes until `size` more bytes are there. */
  run(range: RangeDecoder, output: Output, size: number): void {
    const end = output.length + size;
    output.room(size);
    while (output.length < end) {
      const positionState = (output.length - output.start) & ((1 << this.position) - 1);
      if (range.bit(this.isMatch, (this.state << 4) + positionState) === 0) this.#literal(range, output);
      else this.#copy(output, this.#matchLength(range, positionState), end);
    }
  }

  #literal(range: RangeDecoder, output: Output): void {
    const at = output.length - output.start;
    const before = at === 0 ? 0 : (output.bytes[output.length - 1] ?? 0);
    const context =
      ((at & ((1 << this.literalPosition) - 1)) << this.literalContext) +
      (before >> (8 - this.literalContext));
    const base = 0x300 * context;
    let symbol = 1;
    if (this.state >= 7) {
      let match = this.#byteBack(output, this.repeats[0]);
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = range.bit(this.literals, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(this.literals, base + symbol);
    output.bytes[output.length] = symbol & 0xff;
    output.length += 1;
    this.state = this.state < 4 ? 0 : this.state < 10 ? this.state - 3 : this.state - 6;
  }

  /** Decodes a match or a repeated one and leaves its distance in `repeats[0]`. */
  #matchLength(range: RangeDecoder, positionState: number): number {
    const [first, second, third, fourth] = this.repeats;
    if (range.bit(this.isRepeat, this.state) === 0) {
      const length = this.lengths.decode(range, positionState);
      this.repeats = [this.#distance(range, length), first, second, third];
      this.state = this.state < 7 ? 7 : 10;
      return length + MATCH_MIN;
    }
    if (range.bit(this.isRepeat0, this.state) === 0) {
      if (range.bit(this.isRepeat0Long, (this.state << 4) + positionState) === 0) {
        this.state = this.state < 7 ? 9 : 11;
        return 1;
      }
    } else if (range.bit(this.isRepeat1, this.state) === 0) this.repeats = [second, first, third, fourth];
    else if (range.bit(this.isRepeat2, this.state) === 0) this.repeats = [third, first, second, fourth];
    else this.repeats = [fourth, first, second, third];
    const length = this.repeatLengths.decode(range, positionState);
    this.state = this.state < 7 ? 8 : 11;
    return length + MATCH_MIN;
  }

  #distance(range: RangeDecoder, length: number): number {
    const slot = range.tree(this.slots, Math.min(length, LENGTH_STATES - 1) << 6, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < END_POSITION_MODEL) return base + range.reverseTree(this.special, base - slot, bits);
    return (
      base + range.direct(bits - ALIGN_BITS) * 2 ** ALIGN_BITS + range.reverseTree(this.align, 0, ALIGN_BITS)
    );
  }

  #copy(output: Output, length: number, end: number): void {
    const distance = this.repeats[0] + 1;
    if (distance > output.length - output.start) throw new LzmaError('a distance leads before the beginning');
    if (output.length + length > end) throw new LzmaError('a match leads over the end of its chunk');
    for (let index = 0; index < length; index += 1)
      output.bytes[output.length + index] = output.bytes[output.length + index - distance] ?? 0;
    output.length += length;
  }

  #byteBack(output: Output, distance: number): number {
    if (distance >= output.length - output.start)
      throw new LzmaError('a distance leads before the beginning');
    return output.bytes[output.length - distance - 1] ?? 0;
  }
}

/**
 * Decodes the LZMA2 chunks that begin at `at`. Gives the bytes and where the chunks end. Throws `LzmaError` where the data is damaged or
 * grows beyond `maxBytes`.
 */
export function decodeLzma2(
  bytes: Uint8Array,
  at: number,
  { maxBytes }: { readonly maxBytes: number },
): { readonly bytes: Uint8Array; readonly end: number } {
  const output = new Output(maxBytes);
  let state: State | null = null;
  let properties: number | null = null;
  let position = at;
  const byteAt = (index: number): number => {
    const byte = bytes[index];
    if (byte === undefined) throw new LzmaError('it ends early');
    return byte;
  };
  for (;;) {
    const control = byteAt(position);
    position += 1;
    if (control === 0) return { bytes: output.bytes.subarray(0, output.length), end: position };
    if (control === 1 || control >= 0xe0) output.start = output.length;
    if (control < 0x80) {
      if (control > 2) throw new LzmaError('a chunk is of an unknown kind');
      const size = ((byteAt(position) << 8) | byteAt(position + 1)) + 1;
      position += 2;
      byteAt(position + size - 1);
      output.room(size);
      output.bytes.set(bytes.subarray(position, position + size), output.length);
      output.length += size;
      position += size;
      continue;
    }
    const size = (((control & 0x1f) << 16) | (byteAt(position) << 8) | byteAt(position + 1)) + 1;
    const packed = ((byteAt(position + 2) << 8) | byteAt(position + 3)) + 1;
    position += 4;
    const reset = (control >> 5) & 3;
    if (reset >= 2) {
      properties = byteAt(position);
      position += 1;
    }
    if (properties === null) throw new LzmaError('its first chunk has no properties');
    if (reset >= 1 || state === null) state = new State(properties);
    byteAt(position + packed - 1);
    state.run(new RangeDecoder(bytes, position, position + packed), output, size);
    position += packed;
  }
}
