// Reads blank-separated fields out of one line of a symbol file. Numbers are exact or refused.

const SPACE = 0x20;
const TAB = 0x09;

/** Value of a hexadecimal digit by its byte; 255 where it is none. */
const HEX_VALUE = new Uint8Array(256).fill(255);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  HEX_VALUE[digit.charCodeAt(0)] = value;
  HEX_VALUE[digit.toUpperCase().charCodeAt(0)] = value;
}

/** Largest module-relative address in an index: six bytes hold it, and no module is larger. */
export const MAX_ADDRESS = 2 ** 48 - 1;
/** Largest size, line or number of a record. */
export const MAX_U32 = 2 ** 32 - 1;

/** Names are UTF-8; broken sequences become U+FFFD. */
const decoder = new TextDecoder();

/** A cursor over the fields of one line at a time; reused for all lines. */
export class FieldScanner {
  bytes: Uint8Array = new Uint8Array(0);
  position = 0;
  end = 0;

  reset(bytes: Uint8Array, position: number, end: number): void {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /** The next field as a hexadecimal number up to `max`; -1 where it is not one. */
  hex(max: number): number {
    return this.number(16, max);
  }

  /** The next field as a decimal number up to `max`; -1 where it is not one. */
  decimal(max: number): number {
    return this.number(10, max);
  }

  private number(radix: number, max: number): number {
    this.skipBlanks();
    const { bytes, end } = this;
    const start = this.position;
    let position = start;
    let value = 0;
    while (position < end) {
      const byte = bytes[position] ?? 0;
      if (byte === SPACE || byte === TAB) break;
      const digit = HEX_VALUE[byte] ?? 255;
      if (digit >= radix) return -1;
      value = value * radix + digit;
      if (value > max) return -1;
      position++;
    }
    this.position = position;
    return position === start ? -1 : value;
  }

  /** Skips the field `m` (several symbols share the address), where it is next. */
  skipMultipleMark(): void {
    this.skipBlanks();
    const next = this.bytes[this.position + 1];
    if (this.bytes[this.position] === 0x6d && (next === SPACE || next === TAB)) this.position += 2;
  }

  /** True where no field is left. */
  atEnd(): boolean {
    this.skipBlanks();
    return this.position === this.end;
  }

  /** The next field as text; empty at the end of the line. */
  word(): string {
    this.skipBlanks();
    let position = this.position;
    while (position < this.end && this.bytes[position] !== SPACE && this.bytes[position] !== TAB) position++;
    const word = decoder.decode(this.bytes.subarray(this.position, position));
    this.position = position;
    return word;
  }

  /** Everything that is left, blanks inside included, as bytes of the line. */
  rest(): Uint8Array {
    this.skipBlanks();
    return this.bytes.subarray(this.position, this.end);
  }

  /** The same as text. */
  restText(): string {
    return decoder.decode(this.rest());
  }

  private skipBlanks(): void {
    while (
      this.position < this.end &&
      (this.bytes[this.position] === SPACE || this.bytes[this.position] === TAB)
    ) {
      this.position++;
    }
  }
}
