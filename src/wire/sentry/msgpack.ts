// MessagePack (its specification, msgpack.org), as sentry-native's crash handler writes events: one value after the other.
// Every length is checked against what is left, depth and number of values are bounded.

const MAX_DEPTH = 60;
const MAX_VALUES = 200_000;

/** The values that could be read before the end or the first damage. */
export function decodeMsgpack(bytes: Uint8Array): {
  readonly values: readonly unknown[];
  readonly damaged: boolean;
} {
  const reader = new Reader(bytes);
  const values: unknown[] = [];
  try {
    while (!reader.atEnd) values.push(reader.value(0));
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    return { values, damaged: true };
  }
  return { values, damaged: false };
}

class Damaged extends Error {}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #count = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(depth: number): unknown {
    this.#count += 1;
    if (depth > MAX_DEPTH || this.#count > MAX_VALUES) throw new Damaged();
    const type = this.#unsigned(1);
    if (type <= 0x7f) return type;
    if (type >= 0xe0) return type - 0x100;
    if (type <= 0x8f) return this.#map(type & 0x0f, depth);
    if (type <= 0x9f) return this.#array(type & 0x0f, depth);
    if (type <= 0xbf) return this.#text(type & 0x1f);
    return this.#typed(type, depth);
  }

  #typed(type: number, depth: number): unknown {
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#take(this.#unsigned(1 << (type - 0xc4))).toString('base64');
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#unsigned(1 << (type - 0xc7)));
      case 0xca:
        return this.#take(4).readFloatBE(0);
      case 0xcb:
        return this.#take(8).readDoubleBE(0);
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#unsigned(1 << (type - 0xcc));
      case 0xcf:
        return plainNumber(this.#take(8).readBigUInt64BE(0));
      case 0xd0:
        return this.#take(1).readInt8(0);
      case 0xd1:
        return this.#take(2).readInt16BE(0);
      case 0xd2:
        return this.#take(4).readInt32BE(0);
      case 0xd3:
        return plainNumber(this.#take(8).readBigInt64BE(0));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (type - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#unsigned(1 << (type - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(type === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(type === 0xde ? 2 : 4), depth);
      default:
        throw new Damaged();
    }
  }

  #map(size: number, depth: number): unknown {
    const entries: [string, unknown][] = [];
    for (let index = 0; index < size; index += 1) {
      const key = this.value(depth + 1);
      entries.push([typeof key === 'string' ? key : JSON.stringify(key), this.value(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #array(size: number, depth: number): unknown {
    const values: unknown[] = [];
    for (let index = 0; index < size; index += 1) values.push(this.value(depth + 1));
    return values;
  }

  #text(size: number): string {
    return this.#take(size).toString('utf8');
  }

  /** Nothing that a client sends means anything in an extension. */
  #extension(size: number): null {
    this.#take(size + 1);
    return null;
  }

  #unsigned(size: number): number {
    return this.#take(size).readUIntBE(0, size);
  }

  #take(size: number): Buffer {
    if (size > this.#bytes.length - this.#at) throw new Damaged();
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}

/** A number where it is exact, else its digits. */
function plainNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
